"""Loads the pack under a fixed name, so that tests can import from it; and what the tests of every floor need."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

from comfy_host import surroundings
from comfy_host.loader import load_pack_as
from service_double import Account, ServiceDouble

if TYPE_CHECKING:
    from browser.pool import StagePool
    from playwright.sync_api import Browser

load_pack_as(Path(__file__).parent.parent, "comfycontrol_pack")
# The pack is loaded hundreds of times. Collected as often as usual, its garbage would take a fifth of the time.
gc.set_threshold(20_000, 20)
# How long an example takes says only how busy this machine is.
settings.register_profile("on_a_busy_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("on_a_busy_machine")

# What a machine may have set, and a test must set for itself.
_ENVIRONMENT = ("all_proxy", "curl_ca_bundle", "http_proxy", "https_proxy", "netrc", "no_proxy", "requests_ca_bundle")


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a double, the service is a closed port of this machine; never the real one. No tunnel is opened."""
    for name in list(os.environ):
        ours = name.startswith("COMFYCONTROL_") and name not in surroundings.VARIABLES
        if name.lower() in _ENVIRONMENT or ours:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COMFYCONTROL_API_URL", "http://127.0.0.1:9")
    # Whatever agents this machine has, no test opens a tunnel of theirs.
    monkeypatch.setenv("COMFYCONTROL_TUNNEL_PROGRAM", "/nowhere/cloudflared")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Last what needs the browser: while it is open, its loop is the main thread's, and async tests have none.

    Of these, first what is played in older versions of ComfyUI's page, one version after the other: each has one page.
    """
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> tuple[bool, bool, str]:
    if "chromium" not in getattr(item, "fixturenames", ()):
        return False, False, ""
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    frontend = parameters.get("frontend") or getattr(parameters.get("look"), "frontend", surroundings.NEWEST)
    return True, parameters.get("host_kind") == "real", str(frontend)


@pytest.fixture(scope="session")
def chromium() -> "Iterator[Browser]":
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=surroundings.browser(), args=surroundings.CHROMIUM_ARGUMENTS
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def stage_pool(chromium: "Browser", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[StagePool]":
    from browser.pool import StagePool

    pool = StagePool(chromium, tmp_path_factory.mktemp("stages"))
    yield pool
    pool.close()


@pytest.fixture
def double() -> Iterator[ServiceDouble]:
    with ServiceDouble() as running:
        yield running


@pytest.fixture
def account(double: ServiceDouble) -> Account:
    return double.add_account("Ada Lovelace", tier="pro")


@pytest.fixture
def token(double: ServiceDouble, account: Account) -> str:
    return double.add_token(account)


def pytest_itemcollected(item: pytest.Item) -> None:
    """A test with a browser is marked; outside of browser/ in its file, for the workers are given files by that."""
    if item.nodeid.startswith("browser/"):
        item.add_marker("browser")
    elif "chromium" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("browser"):
        raise pytest.UsageError(f"{item.nodeid} opens a browser: mark it with pytest.mark.browser.")

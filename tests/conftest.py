"""Loads the pack under a fixed name, so that tests can import from it; and what the tests of every floor need."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from comfy_host import surroundings
from comfy_host.loader import load_pack_as
from service_double import Account, ServiceDouble

load_pack_as(Path(__file__).parent.parent, "comfycontrol_pack")
# How long an example takes says only how busy this machine is.
settings.register_profile("on_a_busy_machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("on_a_busy_machine")

# What a machine may have set, and a test must set for itself.
_ENVIRONMENT = ("all_proxy", "curl_ca_bundle", "http_proxy", "https_proxy", "netrc", "no_proxy", "requests_ca_bundle")


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a double, the service is a closed port of this machine; never the real one."""
    for name in list(os.environ):
        ours = name.startswith("COMFYCONTROL_") and name not in surroundings.VARIABLES
        if name.lower() in _ENVIRONMENT or ours:
            monkeypatch.delenv(name)
    monkeypatch.setenv("COMFYCONTROL_API_URL", "http://127.0.0.1:9")


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

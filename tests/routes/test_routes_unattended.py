"""An instance that the environment configures: what it does by itself, what people see of it, and what they can do."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import Account, ServiceDouble

# Of this machine, so that nothing else is called; nobody listens there.
ENDPOINT = "http://127.0.0.1:9"
Start = Callable[..., Any]


@pytest.fixture
async def start(
    tmp_path: Path, double: ServiceDouble, token: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Start]:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    # One machine of many: the first that chance lets begin.
    monkeypatch.setattr(random.SystemRandom, "uniform", lambda _chance, least, _most: least)
    async with AsyncExitStack() as stack:

        async def started(**variables: str) -> ComfyUI:
            for name, value in {"TOKEN": token, **variables}.items():
                monkeypatch.setenv(f"COMFYCONTROL_{name}", value)
            running = running_comfyui(mounted_pack(), tmp_path / "user")
            comfyui = await stack.enter_async_context(running)
            stack.push_async_callback(end_of, comfyui)
            return comfyui

        yield started


async def end_of(comfyui: ComfyUI) -> None:
    for task in comfyui.module("comfycontrol.unattended.start")._tasks:
        await asyncio.to_thread(task.end)


async def registered(browser: Browser, double: ServiceDouble) -> dict[str, Any]:
    """Wait until the instance has made itself a runner, and remembers that."""
    await asyncio.to_thread(double.wait_for_calls, 1, method="POST", path="/v1/runner")
    for _ in range(500):
        status = await browser.status()
        if status["registered"]:
            return status
        await asyncio.sleep(0.02)
    raise AssertionError("it is not registered")


async def test_it_registers_itself_and_strangers_see_no_more_than_that(start: Start, double: ServiceDouble) -> None:
    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT, NAME="pod")
    stranger = comfyui.browser()
    status = await registered(stranger, double)
    assert (status["state"], status["owner"], status["connected"]) == ("registered", False, True)
    assert {"from_environment", "source", "runner", "account", "token_hint"}.isdisjoint(status)
    assert [(runner["name"], runner["endpoint"]) for runner in double.runners()] == [("pod", ENDPOINT)]


async def test_a_token_of_the_account_makes_an_owner_who_sees_what_is_decided(
    start: Start, double: ServiceDouble, account: Account
) -> None:
    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT, TAGS="flux")
    owner = comfyui.browser()
    await registered(owner, double)
    answer = await owner.enter_token(double.add_token(account))
    assert answer.status == 200
    status = await owner.status()
    assert status["owner"]
    assert status["source"] == "environment"
    assert status["from_environment"] == ["token", "runner", "endpoint", "tags"]
    assert status["runner"]["endpoint"] == ENDPOINT
    assert {"disconnect", "enter_token", "take_over", "register"}.isdisjoint(status["actions"])


async def test_a_token_of_another_account_makes_nobody_an_owner(start: Start, double: ServiceDouble) -> None:
    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT)
    stranger = comfyui.browser()
    await registered(stranger, double)
    answer = await stranger.enter_token(double.add_token(double.add_account("Eve")))
    assert (answer.status, answer.code) == (403, "other_account")
    assert not (await stranger.status())["owner"]


async def test_the_environments_own_token_gets_in_while_strangers_loop(
    start: Start, double: ServiceDouble, token: str
) -> None:
    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT)
    await registered(comfyui.browser(), double)
    eve = comfyui.browser()
    eves_token = double.add_token(double.add_account("Eve"))
    answers = [await eve.enter_token(eves_token) for _ in range(12)]
    assert answers[-1].code == "too_many_tries"
    owner = comfyui.browser()
    assert (await owner.enter_token(token)).status == 200
    assert (await owner.status())["owner"]


async def test_what_another_account_left_on_the_volume_is_forgotten(
    start: Start,
    double: ServiceDouble,
    account: Account,
    token: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack("before"), tmp_path / "user") as unclaimed:
        squatter = unclaimed.browser()
        await squatter.enter_token(double.add_token(double.add_account("Eve")))
        theirs = (await squatter.register(endpoint="https://eve.example.com")).content["runner"]["id"]

    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT)
    await asyncio.to_thread(double.wait_for_calls, 2, method="POST", path="/v1/runner")
    squatter.client = comfyui.client
    assert not (await squatter.status())["owner"]
    owner = comfyui.browser()
    assert (await owner.enter_token(token)).status == 200
    status = await owner.status()
    assert status["account"]["name"] == account.name
    assert status["runner"]["id"] != theirs


REFUSED = [
    ("PATCH", "/runner", {"endpoint": "https://other.example.com"}),
    ("PATCH", "/runner", {"name": "Other"}),
    ("PATCH", "/runner", {"tags": ["other"], "status": "disabled"}),
    ("POST", "/runner", {"name": "Other", "endpoint": "https://other.example.com"}),
    ("DELETE", "/token", None),
]


@pytest.mark.parametrize(("method", "path", "body"), REFUSED)
async def test_what_the_environment_decides_no_owner_changes(
    start: Start, double: ServiceDouble, token: str, method: str, path: str, body: Any
) -> None:
    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT, NAME="pod", TAGS="flux")
    owner = comfyui.browser()
    await registered(owner, double)
    await owner.enter_token(token)
    before = double.runners()
    answer = await owner.ask(method, path, body)
    assert (answer.status, answer.code) == (403, "set_by_environment")
    assert double.runners() == before
    assert (await owner.status())["registered"]


@pytest.mark.parametrize("change", [{"name": "Renamed"}, {"tags": ["mine"]}, {"status": "disabled"}])
async def test_what_it_leaves_open_an_owner_changes(
    start: Start, double: ServiceDouble, token: str, change: dict[str, Any]
) -> None:
    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT)
    owner = comfyui.browser()
    await registered(owner, double)
    await owner.enter_token(token)
    assert (await owner.change(**change)).status == 200
    [(name, value)] = change.items()
    assert double.runners()[0][name] == value


async def test_with_a_token_alone_a_person_registers_with_it(
    start: Start, double: ServiceDouble, account: Account
) -> None:
    comfyui = await start()
    owner = comfyui.browser()
    await owner.enter_token(double.add_token(account))
    assert (await owner.status())["from_environment"] == ["token"]
    assert (await owner.register()).status == 201
    answer = await owner.ask("DELETE", "/token")
    assert (answer.status, answer.code) == (403, "set_by_environment")


async def test_a_wrong_variable_sends_nothing_and_is_named(
    start: Start, double: ServiceDouble, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    comfyui = await start(REGISTER="on", ENDPOINT=ENDPOINT, TAGS="${TAG}")
    person = comfyui.browser()
    answer = await person.enter_token(token)
    assert (answer.status, answer.code) == (503, "environment_invalid")
    assert "COMFYCONTROL_TAGS" in answer.text
    assert double.calls == []
    assert token not in caplog.text

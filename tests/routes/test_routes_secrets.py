import json
import logging

import pytest
from routes.comfyui_with_pack import ENDPOINT, SETTING, Browser, ComfyUI

from service_double import Account, Fault, ServiceDouble

HEADERS = {"X-Key": "s3cr3t-first-value", "Authorization": "Bearer s3cr3t-second-value"}
LATER = {"X-Key": "s3cr3t-third-value"}


async def live_through_it_all(comfyui: ComfyUI, double: ServiceDouble, account: Account, token: str) -> list[Browser]:
    """Everything a person may do, and everything that may go wrong with it."""
    browser, other, eve = comfyui.browser(), comfyui.browser(), comfyui.browser()
    double.plan(Fault.answer(401, '{"status": 401, "message": "Invalid token"}'), Fault.close_before())
    for _ in range(3):
        await browser.enter_token(token)
    await browser.enter_token(f" {token}")
    await browser.enter_token(token.removeprefix("cfc_"))
    await other.enter_token(token)
    await browser.ask("GET", "/suggestions")
    double.add_runner(account, endpoint=ENDPOINT, headers=HEADERS)
    await browser.register(headers=HEADERS)
    await browser.register(headers={"X-Key": f"{HEADERS['X-Key']}\n"})
    await browser.register(headers={"Host": HEADERS["X-Key"]})
    await browser.register(headers=[HEADERS["X-Key"]])
    double.plan(Fault.close_after(method="POST"))
    await browser.register(headers=HEADERS, take_over=None)
    double.plan(Fault.answer(400, '{"status": 400, "message": "invalid header"}', method="PUT"))
    await browser.change(headers=LATER)
    await browser.change(headers=LATER)
    for refresh in (False, True):
        for each in (browser, other, eve):
            await each.status(refresh=refresh)
    await eve.enter_token(double.add_token(double.add_account("Eve")))
    await eve.change(headers=LATER)
    runner = (await browser.status())["runner"]["id"]
    double.remove_runner(runner)
    await browser.change(headers=LATER)
    await browser.register(endpoint="https://third.example.com", headers=HEADERS)
    double.plan(Fault.answer(401, '{"status": 401, "message": "Token has expired"}', method="PUT"))
    await browser.change(headers=LATER)
    await browser.status()
    return [browser, other, eve]


def found_in(text: str, secrets: list[str]) -> list[str]:
    return [secret for secret in secrets if secret in text]


async def test_after_the_whole_story_no_secret_is_anywhere_that_comfyui_serves(
    comfyui: ComfyUI,
    double: ServiceDouble,
    account: Account,
    token: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    browsers = await live_through_it_all(comfyui, double, account, token)
    owner_keys = [
        answer.content["owner_key"]
        for browser in browsers
        for answer in browser.answers
        if "owner_key" in answer.content
    ]
    # The second is for the token with a blank before it, which is understood.
    assert len(owner_keys) == 3
    values = [value.removeprefix("Bearer ") for value in (*HEADERS.values(), *LATER.values())]
    # The hint shows the last four characters, and nothing more.
    secrets = [token, token.removeprefix("cfc_"), token[-5:], *values, *owner_keys]

    # The service did get them, so the search is for the right thing.
    sent = json.dumps([call.body for call in double.calls])
    assert found_in(sent, values) == values
    assert all(call.headers["Authorization"].endswith(token[-5:]) for call in double.calls[:1])

    settings = await comfyui.text_of("/settings")
    assert SETTING in settings
    assert found_in(settings, secrets) == []
    for listing in ("/v2/userdata?path=", "/userdata?dir=.&recurse=true", "/userdata?dir=..&recurse=true"):
        async with comfyui.client.get(listing) as response:
            assert found_in(await response.text(), secrets) == []
    files = json.loads(await comfyui.text_of("/userdata?dir=.&recurse=true"))
    assert "comfy.settings.json" in files
    for file in files:
        assert found_in(await comfyui.text_of(f"/userdata/{file.replace('/', '%2F')}"), secrets) == []

    for browser in browsers:
        for answer in browser.answers:
            told = answer.content.get("owner_key")
            # To whoever has just shown to know a token, once.
            assert found_in(answer.text, secrets) == ([told] if told else [])
            assert found_in(str(answer.headers), secrets) == []

    logs = await comfyui.text_of("/internal/logs")
    assert "this instance is connected" in logs
    for log in (logs, await comfyui.text_of("/internal/logs/raw"), caplog.text):
        assert found_in(log, secrets) == []


async def test_after_the_whole_story_no_secret_is_on_the_disk(
    comfyui: ComfyUI, double: ServiceDouble, account: Account, token: str
) -> None:
    browsers = await live_through_it_all(comfyui, double, account, token)
    values = [value.removeprefix("Bearer ") for value in (*HEADERS.values(), *LATER.values())]
    secrets = [
        token,
        token.removeprefix("cfc_"),
        *values,
        *(browser.owner_key for browser in browsers if browser.owner_key),
    ]
    files = [file for file in comfyui.user_directory.rglob("*") if file.is_file()]
    assert sorted(file.name for file in files) == ["comfy.settings.json", "memory.json", "memory.lock", "seal.key"]
    for file in files:
        assert found_in(file.read_bytes().decode("latin-1"), secrets) == []
    # What opens the sealed token lies where no route of ComfyUI reaches.
    for path in (
        "__comfycontrol%2Fseal.key",
        "..%2F__comfycontrol%2Fseal.key",
        "%2e%2e%2f__comfycontrol%2fmemory.json",
    ):
        async with comfyui.client.get(f"/userdata/{path}") as response:
            assert response.status in {403, 404}


async def test_after_the_whole_story_no_object_shows_a_secret(
    comfyui: ComfyUI, double: ServiceDouble, account: Account, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await comfyui.browser().status()
    shown: list[str] = []
    errors = comfyui.module("comfycontrol.errors")
    registration = comfyui.module("comfycontrol.runners.registration").Registration
    ownership = comfyui.module("comfycontrol.runners.ownership").Ownership
    queries = comfyui.module("comfycontrol.runners.queries").RunnerQueries
    make_error = errors.ComfyControlError.__init__

    def noted(error: BaseException, *given: object, **values: object) -> None:
        make_error(error, *given, **values)
        shown.append(f"{error} {error!r} {vars(error)}")

    monkeypatch.setattr(errors.ComfyControlError, "__init__", noted)
    for room, names in (
        (ownership, ("connect", "disconnect")),
        (registration, ("register", "change")),
        (queries, ("status", "runners", "history")),
    ):
        for name in names:
            monkeypatch.setattr(room, name, _showing(getattr(room, name), shown))
    browsers = await live_through_it_all(comfyui, double, account, token)
    await browsers[0].ask("DELETE", "/token")

    values = [value.removeprefix("Bearer ") for value in (*HEADERS.values(), *LATER.values())]
    together = "\n".join(shown)
    assert "NewRunner" in together
    assert "values_refused" in together
    secrets = [token, token[-5:], *values, *(browser.owner_key for browser in browsers if browser.owner_key)]
    assert found_in(together, secrets) == []


def _showing(method: object, shown: list[str]) -> object:
    """The use case, noting how all that goes in and comes out is shown; except what is a secret by itself."""

    def call(room: object, *given: object, **named: object) -> object:
        shown.extend(f"{each} {each!r}" for each in (room, *given, *named.values()) if not isinstance(each, str))
        result = method(room, *given, **named)  # type: ignore[operator]
        shown.append(f"{result} {result!r}")
        return result

    return call

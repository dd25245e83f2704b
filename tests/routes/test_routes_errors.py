import asyncio
import sys
from pathlib import Path
from typing import NoReturn

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import Account, Fault, ServiceDouble

SECRET = "s3cr3t-value"


def said(status: int) -> str:
    return f'{{"status": {status}, "message": "the words"}}'


@pytest.mark.parametrize(
    ("fault", "status", "code", "words"),
    [
        (Fault.answer(400, said(400)), 400, "values_refused", "the words"),
        # Not 401: that would be ComfyUI's own.
        (Fault.answer(401, said(401)), 403, "token_rejected", "the words"),
        (Fault.answer(403, said(403)), 403, "runner_limit", "the words"),
        (Fault.answer(429, "<h1>Error 1015</h1>"), 429, "rate_limited", None),
        (Fault.answer(500, said(500)), 424, "service_trouble", "the words"),
        (Fault.answer(503, "<h1>Down</h1>"), 424, "service_trouble", None),
        (Fault.answer(403, "<h1>Blocked</h1>"), 424, "not_the_service", None),
        (Fault.redirect("https://portal.example.com"), 424, "not_the_service", None),
        (Fault.answer(200, "<h1>Welcome</h1>"), 424, "answer_lost", None),
        (Fault.close_before(), 424, "answer_lost", None),
    ],
)
async def test_what_the_service_says_to_a_registration_becomes_an_answer(
    owner: Browser, double: ServiceDouble, fault: Fault, status: int, code: str, words: str | None
) -> None:
    double.plan(Fault(fault.misbehaviour, "POST"))
    answer = await owner.register()
    assert (answer.status, answer.code) == (status, code)
    error = answer.content["error"]
    assert error.keys() <= {"code", "message", "next_step", "field", "service_message", "retry_after"}
    assert error["message"]
    assert error["next_step"]
    assert error.get("service_message") == words
    if code == "rate_limited":
        assert (error["retry_after"], answer.headers["Retry-After"]) == (10, "10")
    assert (await owner.status())["registered"] is False
    assert (await owner.register()).status == 201


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.answer(401, said(401)), 403, "token_rejected"),
        (Fault.answer(429), 429, "rate_limited"),
        (Fault.answer(503), 424, "service_trouble"),
        (Fault.answer(200, "<h1>Welcome</h1>"), 424, "not_the_service"),
        (Fault.close_before(), 424, "service_unreachable"),
    ],
)
async def test_what_the_service_says_to_a_token_becomes_an_answer(
    comfyui: ComfyUI, double: ServiceDouble, token: str, fault: Fault, status: int, code: str
) -> None:
    double.plan(fault)
    browser = comfyui.browser()
    answer = await browser.enter_token(token)
    assert (answer.status, answer.code) == (status, code)
    assert token not in answer.text
    assert (await browser.status())["state"] == "not_connected"
    assert (await browser.enter_token(token)).status == 200


async def test_a_service_that_does_not_answer_in_time_is_told(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors, registration = comfyui.module("comfycontrol.errors"), comfyui.module("comfycontrol.runners.registration")

    def timed_out(*_: object, **__: object) -> NoReturn:
        raise errors.AnswerLostError("service_timeout")

    with monkeypatch.context() as silent:
        silent.setattr(registration.Registration, "change", timed_out)
        answer = await owner.change(name="Renamed")
    assert (answer.status, answer.code) == (424, "service_timeout")


async def test_a_lost_answer_that_cannot_be_looked_for_is_told_and_found_at_the_next_press(
    owner: Browser, double: ServiceDouble
) -> None:
    double.plan(Fault.slow(seconds=0, method="GET"), Fault.close_after(method="POST"), Fault.close_before(method="GET"))
    answer = await owner.register()
    assert (answer.status, answer.code) == (424, "outcome_unknown")
    assert (await owner.status())["registered"] is False

    found = await owner.register()
    assert (found.status, found.code) == (409, "runner_exists")
    taken = await owner.register(take_over=found.content["candidates"][0]["id"])
    assert taken.status == 201
    assert len(double.runners()) == 1


async def test_a_change_before_registering_is_a_conflict(owner: Browser) -> None:
    answer = await owner.change(name="Renamed")
    assert (answer.status, answer.code) == (409, "not_registered")


async def test_a_runner_that_is_gone_is_told_and_registered_anew(owner: Browser, double: ServiceDouble) -> None:
    first = (await owner.register()).content["runner"]["id"]
    double.remove_runner(first)
    answer = await owner.change(name="Renamed")
    assert (answer.status, answer.code) == (404, "runner_gone")
    status = await owner.status()
    assert (status["state"], status["problem"]["code"]) == ("runner_gone", "runner_gone")
    again = await owner.register()
    assert again.status == 201
    assert again.content["runner"]["id"] != first
    assert (await owner.status())["state"] == "registered"


async def test_a_token_of_another_account_is_refused(comfyui: ComfyUI, owner: Browser, double: ServiceDouble) -> None:
    eve = comfyui.browser()
    answer = await eve.enter_token(double.add_token(double.add_account("Eve")))
    assert (answer.status, answer.code) == (403, "other_account")
    assert "memory.json" in answer.content["error"]["next_step"]
    assert "Ada" not in answer.text
    assert (await owner.status())["owner"] is True


async def test_a_stranger_is_stopped_after_a_few_tries_and_the_owner_is_not(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, account: Account, token: str
) -> None:
    eve = comfyui.browser()
    eves_token = double.add_token(double.add_account("Eve"))
    # One of the six that one address has was the owner's own, before anybody was one.
    answers = [await eve.enter_token(eves_token) for _ in range(6)]
    assert [answer.code for answer in answers] == [*["other_account"] * 5, "too_many_tries"]
    assert answers[-1].status == 429
    assert 1 <= answers[-1].content["error"]["retry_after"] <= 60
    assert answers[-1].headers["Retry-After"] == str(answers[-1].content["error"]["retry_after"])
    assert len(double.calls_of("GET", "/v1/user")) == 6

    assert (await owner.enter_token(double.add_token(account))).status == 200
    double.forget_calls()
    assert (await comfyui.browser().enter_token(double.add_token(account))).code == "too_many_tries"
    assert double.calls == []


async def test_a_revoked_token_needs_attention_until_a_new_one_is_entered(
    owner: Browser, double: ServiceDouble, account: Account, token: str
) -> None:
    await owner.register()
    double.revoke(token)
    assert (await owner.change(name="Renamed")).code == "token_rejected"
    status = await owner.status()
    assert (status["state"], status["problem"]["code"]) == ("token_rejected", "token_rejected")
    assert (await owner.enter_token(double.add_token(account))).status == 200
    assert (await owner.status())["state"] == "registered"
    assert (await owner.change(name="Renamed")).status == 200


async def test_a_missing_package_is_told_to_everybody_with_the_command(
    comfyui: ComfyUI, double: ServiceDouble, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = comfyui.browser()
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
        status = await browser.status()
        assert status.keys() == {
            "state",
            "label",
            "message",
            "next_step",
            "actions",
            "connected",
            "registered",
            "owner",
            "problem",
        }
        assert status["problem"]["code"] == "cryptography_missing"
        assert "-m pip install cryptography" in status["problem"]["next_step"]
        answer = await browser.enter_token(token)
        assert (answer.status, answer.code) == (503, "cryptography_missing")
    assert double.calls == []
    assert (await browser.enter_token(token)).status == 200


@pytest.mark.parametrize("content", ["", "{", "[]"])
async def test_a_damaged_memory_is_told_and_gives_the_instance_to_nobody(
    comfyui: ComfyUI, owner: Browser, token: str, content: str
) -> None:
    store = comfyui.user_directory / "__comfycontrol" / "memory.json"
    store.write_text(content, encoding="utf-8")
    for answer in (
        await owner.ask("GET", "/status"),
        await owner.register(),
        await comfyui.browser().enter_token(token),
    ):
        assert (answer.status, answer.code) == (503, "memory_damaged")
    store.unlink()
    assert (await owner.enter_token(token)).status == 200


async def test_an_operators_wrong_address_is_told_and_the_token_goes_nowhere(
    tmp_path: Path, double: ServiceDouble, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMFYCONTROL_API_URL", "http://api.comfycontrol.app")
    async with running_comfyui(mounted_pack(), tmp_path / "user") as running:
        answer = await running.browser().enter_token(token)
        assert (answer.status, answer.code) == (503, "api_url_invalid")


async def test_the_event_loop_goes_on_while_the_service_hangs(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    double.plan(Fault.hang(method="POST"))
    hanging = asyncio.create_task(owner.register())
    await asyncio.to_thread(double.wait_for_calls, 1, "POST")
    stranger = comfyui.browser()
    assert (await asyncio.wait_for(stranger.status(), 2))["state"] == "not_registered"
    assert await asyncio.wait_for(comfyui.text_of("/settings"), 2)
    assert not hanging.done()

    double.release()
    assert (await hanging).status == 201


async def test_strangers_who_make_the_service_hang_leave_room_for_the_owner(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    double.plan(Fault.hang(method="GET", path="/v1/user", times=None))
    eves_token = double.add_token(double.add_account("Eve"))
    strangers = [asyncio.create_task(comfyui.browser().enter_token(eves_token)) for _ in range(9)]
    await asyncio.to_thread(double.wait_for_calls, 3, "GET", "/v1/user")
    assert (await asyncio.wait_for(owner.register(), 5)).status == 201
    double.no_faults()
    double.release()
    answers = await asyncio.gather(*strangers)
    assert sorted(str(answer.code) for answer in answers) == [*["other_account"] * 2, *["too_many_tries"] * 7]


async def test_a_fault_of_our_own_says_nothing_of_what_was_typed(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> NoReturn:
        raise RuntimeError(SECRET) from ValueError(SECRET)

    with monkeypatch.context() as broken:
        broken.setattr(comfyui.module("comfycontrol.runners.registration").Registration, "register", fail)
        answer = await owner.register(headers={"X-Key": SECRET})
    assert (answer.status, answer.code) == (500, "internal")
    log = await comfyui.text_of("/internal/logs")
    assert "RuntimeError" in log
    assert "runner.py" in log
    assert SECRET not in log + answer.text
    assert (await owner.register()).status == 201


async def test_a_user_folder_that_cannot_be_written_is_told_by_every_route_that_needs_it(
    comfyui: ComfyUI, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = comfyui.browser()
    await owner.enter_token(token)
    assert (await owner.register()).status == 201

    def fail(*_given: object, **_named: object) -> NoReturn:
        raise OSError(30, "Read-only file system", str(comfyui.user_directory))

    monkeypatch.setattr(comfyui.module("comfycontrol.storage.protected_file").tempfile, "mkstemp", fail)
    refused = []
    for method, path, body in (
        ("PUT", "/token", {"token": token}),
        ("PATCH", "/runner", {"name": "Other"}),
        ("PATCH", "/preferences", {"keep_address": True}),
        ("GET", "/status?refresh=1", None),
        ("GET", "/runners", None),
        ("GET", "/diagnostics", None),
        ("DELETE", "/token", None),
    ):
        answer = await owner.ask(method, path, body)
        refused.append((path, answer.status, answer.status < 400 or answer.code))
        assert str(comfyui.user_directory) not in answer.text
    assert refused == [
        ("/token", 503, "storage_failed"),
        ("/runner", 503, "storage_failed"),
        ("/preferences", 503, "storage_failed"),
        ("/status?refresh=1", 503, "storage_failed"),
        ("/runners", 200, True),
        ("/diagnostics", 200, True),
        ("/token", 503, "storage_failed"),
    ]

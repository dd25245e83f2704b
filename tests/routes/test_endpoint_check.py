import asyncio
import threading
from typing import Any

import pytest
from routes.checked_addresses import NAME, PUBLIC, lead, listen_at, pack_module, port_of
from routes.comfyui_with_pack import Answer, Browser, ComfyUI

from service_double import ServiceDouble

SECRET = "s3cret-header-value"


async def check(browser: Browser, endpoint: str, **headers: str) -> Answer:
    return await browser.ask("POST", "/endpoint-check", {"endpoint": endpoint, "headers": headers})


@pytest.fixture
def called(comfyui: ComfyUI, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name leads to this very ComfyUI."""
    return lead(comfyui, monkeypatch, port_of(comfyui))


@pytest.mark.parametrize("prefix", ["/comfycontrol", "/api/comfycontrol"])
async def test_an_address_that_leads_here(owner: Browser, called: list[str], prefix: str) -> None:
    owner.prefix = prefix
    answer = await check(owner, f"http://{NAME}", Authorization=f"Bearer {SECRET}")
    assert answer.status == 200
    assert answer.content.keys() == {"verdict", "message", "next_step", "may_still_work"}
    assert answer.content["verdict"] == "proven"
    assert set(called) == {PUBLIC}


async def test_our_own_port_on_loopback_is_for_this_computer_alone(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = listen_at(comfyui, monkeypatch, port_of(comfyui))
    for endpoint in (f"http://127.0.0.1:{port}", f"http://localhost:{port}/", f"https://127.0.0.1:{port}/api"):
        answer = await check(owner, endpoint)
        assert (answer.content["verdict"], answer.content["may_still_work"]) == ("only_here", False)


async def test_another_path_of_it(owner: Browser, called: list[str]) -> None:
    answer = await check(owner, f"http://{NAME}/comfy")
    assert answer.content.keys() == {"verdict", "message", "next_step", "may_still_work", "address"}
    assert (answer.content["verdict"], answer.content["address"]) == ("other_address", f"http://{NAME}")


async def test_without_headers_in_the_body(owner: Browser, called: list[str]) -> None:
    answer = await owner.ask("POST", "/endpoint-check", {"endpoint": f"http://{NAME}"})
    assert answer.content["verdict"] == "proven"


@pytest.mark.parametrize("key", ["", "wrong", "k" * 8000])
async def test_who_is_no_owner_makes_nothing_be_called(
    comfyui: ComfyUI, owner: Browser, called: list[str], key: str
) -> None:
    stranger = comfyui.browser()
    stranger.owner_key = key
    answer = await check(stranger, f"http://{NAME}")
    assert (answer.status, answer.code) == (403, "owner_required")
    # Not even told what is wrong with the body.
    assert (await stranger.ask("POST", "/endpoint-check", {})).code == "owner_required"
    assert called == []


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "body_invalid", "endpoint"),
        ({"endpoint": 1}, "body_invalid", "endpoint"),
        ({"endpoint": ""}, "endpoint_missing", "endpoint"),
        ({"endpoint": "ftp://example.com"}, "endpoint_invalid", "endpoint"),
        ({"endpoint": "http://me:pw@example.com"}, "endpoint_user_info", "endpoint"),
        ({"endpoint": "http://example.com", "headers": []}, "body_invalid", "headers"),
        ({"endpoint": "http://example.com", "headers": {"X": 1}}, "body_invalid", "headers"),
        ({"endpoint": "http://example.com", "headers": {"Host": "inside"}}, "header_name_refused", "headers"),
        ({"endpoint": "http://example.com", "headers": {"X": f"{SECRET}\r\nY: z"}}, "header_value_invalid", "headers"),
        ({"endpoint": "http://example.com", "headers": {"X\r\nY": SECRET}}, "header_name_invalid", "headers"),
    ],
)
async def test_what_cannot_be_registered_is_not_checked(
    owner: Browser, called: list[str], body: Any, code: str, field: str
) -> None:
    answer = await owner.ask("POST", "/endpoint-check", body)
    assert (answer.status, answer.code, answer.content["error"]["field"]) == (400, code, field)
    assert SECRET not in answer.text
    assert called == []


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"data": "{}", "headers": {"Content-Type": "text/plain"}}, 415),
        ({"data": b"{" + b" " * 65536 + b"}", "headers": {"Content-Type": "application/json"}}, 413),
    ],
)
async def test_other_bodies_are_refused(owner: Browser, called: list[str], sent: dict[str, Any], status: int) -> None:
    assert (await owner.ask("POST", "/endpoint-check", **sent)).status == status
    assert called == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest",
        "http://127.0.0.1:22",
        "http://10.0.0.1",
        "http://[::1]:6379",
        "http://nas.local",
    ],
)
async def test_an_address_inside_is_judged_and_not_called(owner: Browser, called: list[str], endpoint: str) -> None:
    answer = await check(owner, endpoint)
    assert answer.status == 200
    assert answer.content["verdict"] in {"not_public", "only_here"}
    assert called == []


async def test_ten_checks_a_minute_for_all_owners_together(
    comfyui: ComfyUI, owner: Browser, called: list[str], token: str
) -> None:
    other = comfyui.browser()
    await other.enter_token(token)
    other.prefix = "/api/comfycontrol"
    for browser in (owner, other) * 5:
        assert (await check(browser, f"http://{NAME}")).status == 200
    answer = await check(owner, f"http://{NAME}")
    assert (answer.status, answer.code) == (429, "too_many_checks")
    assert answer.headers["Retry-After"] == str(answer.content["error"]["retry_after"])
    # The proof, and who gets in.
    assert len(called) == 20


async def test_checks_do_not_use_up_the_tries_for_tokens(comfyui: ComfyUI, owner: Browser, token: str) -> None:
    for _ in range(11):
        await check(owner, "http://10.0.0.1")
    assert (await comfyui.browser().enter_token(token)).status == 200


async def test_a_failed_check_keeps_nobody_from_registering(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, called: list[str]
) -> None:
    assert (await check(owner, "http://192.168.1.2:8188")).content["verdict"] == "not_public"
    assert (await owner.register(endpoint="http://192.168.1.2:8188")).status == 201
    # And after it, a right one proves.
    assert (await check(owner, f"http://{NAME}")).content["verdict"] == "proven"
    assert double.complaints == []


async def test_a_check_that_hangs_holds_up_nobody(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, free = threading.Event(), threading.Event()

    def hang(_name: str, _port: int) -> list[str]:
        begun.set()
        free.wait()
        return [PUBLIC]

    lead(comfyui, monkeypatch, port_of(comfyui), hang)
    waiting = asyncio.ensure_future(check(comfyui_browser(comfyui, owner), f"http://{NAME}"))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait)
    assert (await owner.status())["owner"] is True
    assert not waiting.done()
    free.set()
    assert (await waiting).content["verdict"] == "proven"


def comfyui_browser(comfyui: ComfyUI, owner: Browser) -> Browser:
    browser = comfyui.browser()
    browser.owner_key = owner.owner_key
    return browser


async def test_header_values_stay_out_of_answers_logs_and_memory(
    comfyui: ComfyUI, owner: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    # One check that proves, one that fails, and one that breaks.
    lead(comfyui, monkeypatch, port_of(comfyui))
    answers = [
        await check(owner, f"http://{NAME}", Authorization=f"Bearer {SECRET}"),
        await check(owner, "http://10.0.0.1", Authorization=f"Bearer {SECRET}"),
    ]
    proof = pack_module(comfyui, "comfycontrol.address_check.check")
    monkeypatch.setattr(proof, "target_of", lambda _: 1 / 0)
    answers.append(await check(owner, f"http://{NAME}/{SECRET}", Authorization=f"Bearer {SECRET}"))
    assert [answer.status for answer in answers] == [200, 200, 500]
    assert "ZeroDivisionError" in caplog.text
    told = [answer.text for answer in answers] + [caplog.text, await comfyui.text_of("/internal/logs")]
    assert all(SECRET not in text for text in told)
    for file in comfyui.user_directory.rglob("*"):
        assert file.is_dir() or SECRET.encode() not in file.read_bytes()

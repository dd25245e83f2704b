"""What a page of another site can have a person's browser send here, and what a stranger's websocket hears."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientWebSocketResponse
from attacks.strangers import ALL, FOR_OWNERS, WITH_BODY, Operation, at_rest
from routes.comfyui_with_pack import ENDPOINT, OWNER_HEADER, Browser, ComfyUI, mounted_pack, running_comfyui

from service_double import ServiceDouble

ORIGINS = ("null", "https://evil.example.com", "http://127.0.0.1.evil.example.com", "http://localhost:9")
# What a browser sends without asking first (Fetch standard, "CORS-safelisted request-header").
SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "")


@pytest.fixture
async def open_to_all(tmp_path: Path, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ComfyUI]:
    """ComfyUI with --enable-cors-header, which takes its own guard away."""
    monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
    async with running_comfyui(mounted_pack(), tmp_path / "user", cors=True) as running:
        yield running


def as_form(operation: Operation, media_type: str) -> bytes:
    text = json.dumps(operation.body)
    if media_type == "application/x-www-form-urlencoded":
        return urlencode(operation.body).encode()
    if media_type.startswith("multipart"):
        return f'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n{text}\r\n--x--\r\n'.encode()
    # A form of text/plain makes one JSON object of a name and a value.
    return f'{text[:-1]}, "x": "="}}'.encode()


@pytest.mark.parametrize("origin", ORIGINS)
async def test_no_page_of_another_site_can_send_what_a_route_reads(
    open_to_all: ComfyUI, double: ServiceDouble, origin: str
) -> None:
    before = at_rest(open_to_all, double)
    asked = {"Origin": origin, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
    for operation in ALL:
        preflight = {"Access-Control-Request-Method": operation.method, "Access-Control-Request-Headers": OWNER_HEADER}
        async with open_to_all.client.options(operation.path, headers={**asked, **preflight}) as response:
            allowed = response.headers["Access-Control-Allow-Headers"].lower()
        assert OWNER_HEADER.lower() not in allowed
        assert "*" not in allowed
        assert "x-comfycontrol" not in allowed
    browser = open_to_all.browser()
    for operation, media_type in product(WITH_BODY, SIMPLE):
        for method in {"POST", operation.method}:
            headers = {**asked, "Content-Type": media_type}
            async with browser.client.request(
                method, operation.path, data=as_form(operation, media_type), headers=headers
            ) as response:
                assert response.status in {403, 405, 415}, (operation.label, media_type)
    assert double.calls == []
    assert at_rest(open_to_all, double) == before


async def test_with_all_that_comfyui_lets_another_site_send_nothing_is_changed_and_nobody_is_let_in(
    open_to_all: ComfyUI, double: ServiceDouble, token: str
) -> None:
    """Even by one who knows a token: the claim would be theirs, and the key read by their page."""
    before = at_rest(open_to_all, double)
    headers = {"Origin": "https://evil.example.com", "Content-Type": "application/json", "Authorization": "Bearer x"}
    for operation in ALL:
        if operation.method == "GET":
            continue
        for body in (operation.body or {}, {"token": token}):
            async with open_to_all.client.request(
                operation.method, operation.path, json=body, headers=headers
            ) as response:
                assert response.status in {400, 403, 415}, operation.label
                assert "owner_key" not in await response.text(), operation.label
    assert double.calls == []
    assert at_rest(open_to_all, double) == before


async def test_where_comfyui_guards_itself_no_other_site_gets_in_at_all(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    double.forget_calls()
    before = at_rest(comfyui, double)
    for operation in ALL:
        headers = {OWNER_HEADER: owner.owner_key, **operation.headers, "Sec-Fetch-Site": "cross-site"}
        for prefix in ("", "/api"):
            async with comfyui.client.request(
                operation.method, f"{prefix}{operation.path}", json=operation.body, headers=headers
            ) as response:
                assert (response.status, await response.text()) == (403, "")
    assert double.calls == []
    assert at_rest(comfyui, double) == before


async def test_a_simple_request_that_a_browser_sends_for_anyone_does_nothing(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble
) -> None:
    """An image, a link or a form of an older browser: no header of ours, none of its own, and every cookie."""
    double.forget_calls()
    before = at_rest(comfyui, double)
    for operation in FOR_OWNERS:
        for method in ("GET", "POST", "HEAD"):
            async with comfyui.client.request(
                method, f"{operation.path}?{urlencode({OWNER_HEADER: owner.owner_key})}", cookies={"x": owner.owner_key}
            ) as response:
                assert response.status in {403, 405, 415}, (operation.label, method)
    assert double.calls == []
    assert at_rest(comfyui, double) == before


Heard = list[dict[str, Any]]


async def heard_while(socket: ClientWebSocketResponse, comfyui: ComfyUI, act: Coroutine[Any, Any, Any]) -> Heard:
    """All that the socket hears until a message of the test's own, sent after `act` is done, comes through."""
    await act
    prompt_server: Any = __import__("server").PromptServer.instance
    prompt_server.send_sync("test.end", {})
    heard: Heard = []
    while True:
        message = await asyncio.wait_for(socket.receive(), 10)
        content = json.loads(message.data)
        if content["type"] == "test.end":
            return heard
        heard.append(content)


async def test_a_strangers_websocket_hears_that_something_changed_and_nothing_else(
    comfyui: ComfyUI, double: ServiceDouble, token: str
) -> None:
    owner = comfyui.browser()

    async def whole_story() -> None:
        await owner.enter_token(token)
        await owner.register(tags=["a-tag"], headers={"X-Gate": "s3cr3t-value"})
        await owner.change(name="Renamed")
        await owner.ask("GET", "/status?refresh=1")
        await owner.ask("DELETE", "/token")

    async with comfyui.client.ws_connect("/ws?clientId=stranger") as socket:
        await socket.receive()
        heard = await heard_while(socket, comfyui, whole_story())
    assert {message["type"] for message in heard} == {"comfycontrol.status"}
    told = json.dumps(heard)
    for secret in (token, owner.owner_key, ENDPOINT, "Renamed", "a-tag", "X-Gate", "s3cr3t-value", "Ada"):
        assert secret not in told
    # Every one alike, so that not even the kind of change can be told.
    assert len({json.dumps(message) for message in heard}) == 1


HOSTILE_MESSAGES: dict[str, Callable[[str], str | bytes]] = {
    "its own kind": lambda _: json.dumps({"type": "comfycontrol.status", "data": {"owner": True}}),
    "a key": lambda key: json.dumps({"type": "comfycontrol.status", "data": {OWNER_HEADER: key}}),
    "flags": lambda key: json.dumps({"type": "feature_flags", "data": {"comfycontrol": {"owner_key": key}}}),
    "no JSON": lambda _: "{" * 10_000,
    "bytes": lambda _: b"\x00\xff" * 1000,
}


@pytest.mark.parametrize("kind", HOSTILE_MESSAGES)
async def test_what_a_stranger_says_on_a_websocket_reaches_nobody(
    comfyui: ComfyUI, owner: Browser, double: ServiceDouble, kind: str
) -> None:
    double.forget_calls()
    before = at_rest(comfyui, double)
    async with comfyui.client.ws_connect("/ws?clientId=a") as stranger, comfyui.client.ws_connect("/ws") as other:
        await stranger.receive()
        await other.receive()
        said = HOSTILE_MESSAGES[kind](owner.owner_key)
        await (stranger.send_str(said) if isinstance(said, str) else stranger.send_bytes(said))
        assert await heard_while(other, comfyui, asyncio.sleep(0)) == []
    assert double.calls == []
    assert at_rest(comfyui, double) == before

"""Nothing without the runner key reaches ComfyUI by the guarded port; with it, only what running workflows takes."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from attacks.guarded import KEY_HEADER, Guarded, guarded_comfyui, kept_open, request

PREFIXES = ("", "/api")
NONCE = "aaaaaaaaaaaaaaaaaaaa"
# What is open with the key, and what is not.
OPEN = [
    ("GET", "/prompt"),
    ("POST", "/prompt"),
    ("GET", "/queue"),
    ("POST", "/queue"),
    ("GET", "/history"),
    ("GET", "/history/7"),
    ("GET", "/object_info"),
    ("GET", "/object_info/ComfyControlText"),
    ("GET", "/system_stats"),
    ("GET", "/features"),
    ("GET", "/models"),
    ("GET", "/embeddings"),
    ("POST", "/interrupt"),
    ("POST", "/free"),
    ("POST", "/upload/image"),
    ("POST", "/upload/mask"),
    ("GET", "/view?filename=x.png"),
    ("HEAD", "/queue"),
]
CLOSED = [
    ("GET", "/"),
    ("GET", "/index.html"),
    ("GET", "/settings"),
    ("POST", "/settings"),
    ("GET", "/users"),
    ("POST", "/users"),
    ("GET", "/userdata?dir=."),
    ("GET", "/userdata/comfy.settings.json"),
    ("POST", "/userdata/x"),
    ("DELETE", "/userdata/x"),
    ("GET", "/internal/logs"),
    ("GET", "/extensions"),
    ("GET", "/i18n"),
    ("GET", "/workflow_templates"),
    ("GET", "/experiment/models"),
    ("GET", "/comfycontrol/status"),
    ("PUT", "/comfycontrol/token"),
    ("DELETE", "/comfycontrol/token"),
    ("POST", "/comfycontrol/runner"),
    ("POST", "/comfycontrol/identity"),
    ("HEAD", f"/comfycontrol/identity?nonce={NONCE}"),
    ("GET", "/nothing"),
    ("DELETE", "/prompt"),
    ("PUT", "/queue"),
    ("OPTIONS", "/prompt"),
    ("OPTIONS", "*"),
    ("TRACE", "/prompt"),
    ("CONNECT", "127.0.0.1:22"),
    ("PROPFIND", "/"),
    ("X", "/prompt"),
]
# However a path is written that leads to what is closed, or to nothing.
SPELLINGS = [
    "//prompt",
    "/prompt/",
    "/prompt/..;/",
    "/prompt/../settings",
    "/prompt/..%2fsettings",
    "/prompt%2f..%2fsettings",
    "/%2e%2e/settings",
    "/./settings",
    "/x/../settings",
    "/settings/../prompt",
    "/settings?/prompt",
    "/settings#/prompt",
    "/s%65ttings",
    "/%73ettings",
    "/PROMPT",
    "/prompt%00",
    "/prompt;x=1",
    "/prompt%3fx",
    "/prompt%20",
    "/api/api/prompt",
    "/api//prompt",
    "/api/../settings",
    "/api%2fprompt",
    "/view/../../settings",
    "/extensions/../prompt",
    "/\\prompt",
]
# Whole addresses, as proxies are sent them.
ABSOLUTE = ["http://a.test/prompt", "http://127.0.0.1/prompt", "http://elsewhere.test/queue", "https://a.test/prompt"]
# What is said of where a request comes from.
LOCAL = [
    ("localhost",),
    ("127.0.0.1:8188",),
    ("[::1]",),
    ("127.0.0.1", "X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1;host=localhost"),
    ("localhost", "Origin: http://localhost", "Sec-Fetch-Site: same-origin", "Referer: http://localhost/"),
    ("localhost", "X-Original-URL: /comfycontrol/identity", "X-Rewrite-URL: /comfycontrol/identity"),
    ("localhost", "X-HTTP-Method-Override: GET", "X-Forwarded-Prefix: /comfycontrol/identity"),
    ("localhost", "Connection: X-ComfyControl-Key"),
]


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Guarded]:
    async with guarded_comfyui(tmp_path / "user") as running:
        yield running


def worthless(key: str) -> list[tuple[str, ...]]:
    """Lines that hold the key, or something like it, and are no key."""
    return [
        (),
        (f"{KEY_HEADER}:",),
        (f"{KEY_HEADER}: wrong",),
        (f"{KEY_HEADER}: {key[:-1]}",),
        (f"{KEY_HEADER}: {key}=",),
        (f"{KEY_HEADER}: {key},{key}",),
        (f"{KEY_HEADER}: Bearer {key}",),
        (f'{KEY_HEADER}: "{key}"',),
        (f"{KEY_HEADER}: {key.swapcase()}",),
        (f"{KEY_HEADER}: {'k' * 5000}",),
        (f"{KEY_HEADER}: \xff\xfe",),
        (f"{KEY_HEADER}: {key}", f"{KEY_HEADER}: {key}"),
        (f"{KEY_HEADER}: wrong", f"{KEY_HEADER}: {key}"),
        (f"{KEY_HEADER}: {key}", f"{KEY_HEADER.lower()}: wrong"),
        (f"{KEY_HEADER} : {key}",),
        (f" {KEY_HEADER}: {key}",),
        (f"{KEY_HEADER}: {key[:20]}\r\n {key[20:]}",),
        (f"{KEY_HEADER.replace('-', '_')}: {key}",),
        (f"X-{KEY_HEADER}: {key}",),
        (f"Authorization: Bearer {key}",),
        (f"Proxy-Authorization: {key}",),
        (f"Cookie: {KEY_HEADER}={key}",),
        (f"X-ComfyControl-Owner: {key}",),
    ]


async def test_without_the_key_no_route_is_reached_by_any_spelling_from_wherever_it_seems_to_come(
    guarded: Guarded,
) -> None:
    targets = [(method, f"{prefix}{target}") for method, target in (*OPEN, *CLOSED) for prefix in PREFIXES]
    targets += [("GET", target) for target in (*SPELLINGS, *ABSOLUTE)]
    for method, target in targets:
        for host, *lines in LOCAL:
            answer = await guarded.ask(method, target, *lines, host=host)
            # 400 is aiohttp's own, of what is no request at all.
            assert answer.status in {400, 401}, (method, target, host)
            assert "comfy" not in answer.text.lower(), (method, target)
            assert "aiohttp" not in answer.text or answer.status == 400
    assert guarded.asked() == []
    refused = guarded.guarded_port.refused()
    assert (refused.paths, refused.wrong_keys) == ((), 0)
    assert refused.without_key > len(targets)


async def test_nothing_that_is_like_the_key_or_in_another_place_is_the_key(guarded: Guarded) -> None:
    key = guarded.key
    asked = [guarded.ask("GET", "/queue", *lines) for lines in worthless(key)]
    asked += [
        guarded.ask("GET", f"/queue?{KEY_HEADER}={key}&key={key}&token={key}"),
        guarded.ask("GET", f"http://{key}@a.test/queue"),
        guarded.ask("GET", f"/queue#{key}"),
        # In the body, and in what may follow it.
        guarded.send(request("POST", "/prompt", body=f"{KEY_HEADER}: {key}\r\n\r\n".encode())),
        guarded.send(
            request("POST", "/prompt", "Transfer-Encoding: chunked", f"Trailer: {KEY_HEADER}")
            + f"2\r\n[]\r\n0\r\n{KEY_HEADER}: {key}\r\n\r\n".encode()
        ),
        guarded.ask("GET", "/queue", f"X: y\n{KEY_HEADER}: {key[:-1]}"),
    ]
    # At once, because each wrong key has to wait.
    statuses = [answer.status for answer in await asyncio.gather(*asked)]
    assert set(statuses) <= {400, 401}
    assert statuses[0] == 401
    assert guarded.asked() == []


async def test_the_key_opens_what_running_workflows_takes_and_is_shown_to_nobody_behind(guarded: Guarded) -> None:
    for prefix in PREFIXES:
        for method, target in OPEN:
            answer = await guarded.ask(method, f"{prefix}{target}", guarded.with_key)
            assert answer.status not in {401, 403, 405}, (method, target)
    assert guarded.asked() == [f"{method} {prefix}{target}" for prefix in PREFIXES for method, target in OPEN]
    for _, _, headers in guarded.reached:
        assert guarded.key not in str(headers)
        assert KEY_HEADER.lower() not in {name.lower() for name in headers}


async def test_the_key_opens_nothing_else_however_it_is_written(guarded: Guarded) -> None:
    for method, target in CLOSED:
        for prefix in PREFIXES:
            answer = await guarded.ask(method, f"{prefix}{target}", guarded.with_key)
            assert answer.status in {400, 403}, (method, target)
            assert "comfy" not in answer.text.lower()
    for target in (*SPELLINGS, *ABSOLUTE):
        answer = await guarded.ask("GET", target, guarded.with_key)
        assert answer.status in {400, 403}, target
    assert guarded.asked() == []
    paths = guarded.guarded_port.refused().paths
    assert len(paths) == 10
    # 3.14 of aiohttp calls the last ones no request.
    assert {path.path for path in paths} <= {*SPELLINGS, *ABSOLUTE}


# Whole requests that two programs in a row may read differently; {key} is the right one.
UNCLEAR = [
    "GET /queue HTTP/1.1\r\nHost: a\r\nHost: b\r\n{key}\r\n\r\n",
    "GET /queue HTTP/1.1\r\nHost: a\r\nHost: a\r\n{key}\r\n\r\n",
    "GET /queue HTTP/1.1\r\n{key}\r\n\r\n",
    "GET /queue HTTP/1.0\r\n{key}\r\n\r\n",
    "GET http://a/queue HTTP/1.1\r\nHost: a\r\n{key}\r\n\r\n",
    "GET /queue HTTP/1.1\r\nHost: a\r\n{key}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET /queue HTTP/1.1\r\nHost: a\r\n{key}\r\nConnection: upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
    "POST /prompt HTTP/1.1\r\nHost: a\r\n{key}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: a\r\n{key}\r\n\r\n",
    "GET /ws HTTP/1.1\r\nHost: a\r\n{key}\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    "POST /ws HTTP/1.1\r\nHost: a\r\n{key}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "GET /comfycontrol/identity?nonce=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET /comfycontrol/identity?nonce=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
    "GET http://a/comfycontrol/identity?nonce=aaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\nHost: a\r\n\r\n",
    "POST /prompt HTTP/1.1\r\nHost: a\r\n{key}\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n[]",
    "POST /prompt HTTP/1.1\r\nHost: a\r\n{key}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "GET /queue\r\n\r\n",
    "get /queue HTTP/1.1\r\nHost: a\r\n{key}\r\n\r\n",
]


@pytest.mark.parametrize("sent", UNCLEAR)
async def test_what_two_programs_may_read_differently_is_closed_with_the_key_as_well(
    guarded: Guarded, sent: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
    writer.write(sent.replace("{key}", guarded.with_key).encode("latin-1"))
    writer.write_eof()
    line = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    assert line == b"" or int(line.split(b" ", 2)[1]) in {400, 401, 403}, line
    assert guarded.asked() == []


@pytest.mark.parametrize("first", ["GET /queue", f"GET /comfycontrol/identity?nonce={NONCE}"])
async def test_each_request_of_a_connection_shows_the_key_itself(guarded: Guarded, first: str) -> None:
    method, target = first.split(" ")
    several = (
        kept_open(request(method, target, guarded.with_key))
        + kept_open(request("GET", "/prompt"))
        + kept_open(request("GET", "/queue", f"{KEY_HEADER}: wrong"))
        + request("GET", "/history", guarded.with_key)
    )
    answer = await guarded.send(several)
    assert re.findall(r"HTTP/1.1 (\d+) ", answer.text) == ["200", "401", "401", "200"]
    assert guarded.asked() == [first, "GET /history"]


async def test_nobody_is_asked_to_send_a_body_that_is_not_taken(guarded: Guarded) -> None:
    expects = ("Expect: 100-continue", "Content-Length: 1000000000")
    for method, target, lines, status in (
        ("POST", "/upload/image", (), 401),
        ("POST", "/userdata/x", (guarded.with_key,), 403),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
        # As a client that would go on.
        writer.write(kept_open(request(method, target, *expects, *lines)))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.close()
        assert head.startswith(f"HTTP/1.1 {status} ".encode())
        assert b"Connection: close" in head
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
    writer.write(request("POST", "/prompt", *expects[:1], guarded.with_key, "Content-Length: 2"))
    assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).startswith(b"HTTP/1.1 100 ")
    writer.write(b"{}")
    # It has arrived: ComfyUI says what is missing in it.
    assert b"no_prompt" in await asyncio.wait_for(reader.read(), 10)
    writer.close()


async def test_the_proof_is_for_everybody(guarded: Guarded) -> None:
    for prefix in PREFIXES:
        for lines in ((), (guarded.with_key,), (f"{KEY_HEADER}: wrong",)):
            answer = await guarded.ask("GET", f"{prefix}/comfycontrol/identity?nonce={NONCE}", *lines)
            assert answer.status == 200
            assert '"proof"' in answer.text
    assert {KEY_HEADER.lower() in map(str.lower, headers) for _, _, headers in guarded.reached} == {False}


async def test_the_whole_api_is_one_choice_and_still_takes_the_key(guarded: Guarded) -> None:
    await asyncio.to_thread(setattr, guarded.guarded_port, "whole_api", True)  # noqa: FBT003 - a choice of two
    assert (await guarded.ask("GET", "/settings", guarded.with_key)).status == 200
    assert (await guarded.ask("GET", "/settings")).status == 401
    assert (await guarded.ask("TRACE", "/settings", guarded.with_key)).status == 403
    assert (await guarded.ask("GET", "/comfycontrol/suggestions", guarded.with_key)).status == 403
    await asyncio.to_thread(setattr, guarded.guarded_port, "whole_api", False)  # noqa: FBT003 - as above
    assert (await guarded.ask("GET", "/settings", guarded.with_key)).status == 403
    # The owner's guard is behind the gate.
    assert guarded.asked() == ["GET /settings", "GET /comfycontrol/suggestions"]


@pytest.mark.parametrize("broken", ["router", "gate"])
async def test_whatever_fails_within_it_is_closed(
    guarded: Guarded, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise RuntimeError("unexpected")

    if broken == "router":
        monkeypatch.setattr(guarded.host.app.router, "resolve", fail)
    else:
        monkeypatch.setattr(guarded.guarded_port._gate, "admit", fail)
    for lines in ((), (guarded.with_key,)):
        assert (await guarded.ask("GET", "/queue", *lines)).status == 401
    assert guarded.asked() == []


async def test_a_new_key_replaces_the_old_one_without_a_gap_and_a_closed_port_is_closed(guarded: Guarded) -> None:
    port = guarded.guarded_port
    new = await asyncio.to_thread(port.new_key)
    for key in (guarded.key, new):
        assert (await guarded.ask("GET", "/queue", f"{KEY_HEADER}: {key}")).status == 200
    await asyncio.to_thread(port.settle_key)
    assert (await guarded.ask("GET", "/queue", guarded.with_key)).status == 401
    assert (await guarded.ask("GET", "/queue", f"{KEY_HEADER}: {new}")).status == 200
    # A connection that is kept open ends with the port.
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
    writer.write(kept_open(request("GET", "/queue", f"{KEY_HEADER}: {new}")))
    await reader.readuntil(b"}")
    await asyncio.to_thread(port.close)
    assert await asyncio.wait_for(reader.read(), 10) == b""
    writer.close()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", guarded.port)
    assert guarded.asked() == ["GET /queue"] * 4


async def test_comfyuis_own_port_is_as_it_was(guarded: Guarded) -> None:
    own = guarded.host.port
    assert (await guarded.ask("GET", "/settings", port=own, host=f"127.0.0.1:{own}")).status == 200
    answer = await guarded.ask("GET", "/queue", guarded.with_key, port=own, host=f"127.0.0.1:{own}")
    assert answer.status == 200
    # What is sent there is nobody's business.
    assert guarded.reached[-1][2][KEY_HEADER] == guarded.key


async def test_no_key_is_in_the_log_or_in_what_anybody_may_read(guarded: Guarded) -> None:
    # Such a request is answered by aiohttp itself, which would log it as it is.
    await guarded.send(f"GET /queue HTTP/1.1\r\nHost: a\r\n{guarded.with_key}\r\n x\r\n\r\n".encode())
    await guarded.send(f"GET http:/{guarded.key} HTTP/1.1\r\nHost: a\r\n{guarded.with_key}\r\n\r\n".encode())
    await guarded.ask("GET", "/settings", guarded.with_key)
    own = guarded.host.port
    for path in (
        "/internal/logs",
        "/settings",
        "/comfycontrol/status",
        "/userdata?dir=.&recurse=true",
        "/system_stats",
    ):
        answer = await guarded.ask("GET", path, port=own, host=f"127.0.0.1:{own}")
        assert answer.status in {200, 404}, path
        assert guarded.key not in answer.text, path
    assert json.loads(json.dumps(guarded.guarded_port.refused()))[0][0][:2] == ["GET", "/settings"]

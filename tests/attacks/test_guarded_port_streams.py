"""What is large or lasts passes the guarded port as it is, and nothing of it is kept in between."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from attacks.guarded import KEY_HEADER, Guarded, guarded_comfyui, request

MEGABYTE = 1024 * 1024
UPLOAD = 200 * MEGABYTE
PICTURE = 20 * MEGABYTE
# What the system's sockets and aiohttp's own buffers on both sides hold.
ON_THE_WAY = 16 * MEGABYTE


class Flow:
    """How much was sent and how much has arrived, and the most that was in between."""

    def __init__(self) -> None:
        self.sent = self.arrived = self.most_between = 0

    def count_sent(self, size: int) -> None:
        self.sent += size
        self.most_between = max(self.most_between, self.sent - self.arrived)


@pytest.fixture
def flow() -> Flow:
    return Flow()


@pytest.fixture
async def guarded(tmp_path: Path, flow: Flow) -> AsyncIterator[Guarded]:
    """Two of its routes take and give bodies piece by piece, as slowly as the other side."""

    async def take(received: web.Request) -> web.Response:
        async for piece in received.content.iter_any():
            flow.arrived += len(piece)
        return web.json_response({"arrived": flow.arrived})

    async def give(received: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(received)
        for _ in range(PICTURE // MEGABYTE):
            await response.write(bytes(MEGABYTE))
            flow.count_sent(MEGABYTE)
        return response

    further = [web.post("/jobs/cancel", take), web.get("/jobs/{job_id}", give)]
    async with guarded_comfyui(tmp_path / "user", further, max_upload_size=300) as running:
        yield running


async def test_an_upload_of_200_mb_passes_unbuffered(guarded: Guarded, flow: Flow) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
    writer.write(request("POST", "/jobs/cancel", guarded.with_key, f"Content-Length: {UPLOAD}"))
    for _ in range(UPLOAD // MEGABYTE):
        writer.write(bytes(MEGABYTE))
        flow.count_sent(MEGABYTE)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    assert json.loads(answer.split(b"\r\n\r\n")[1]) == {"arrived": UPLOAD}
    assert flow.most_between < ON_THE_WAY


async def test_a_stream_waits_for_whoever_reads_it(guarded: Guarded, flow: Flow) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
    writer.write(request("GET", "/jobs/1", guarded.with_key))
    await reader.readuntil(b"\r\n\r\n")
    while piece := await asyncio.wait_for(reader.read(64 * 1024), 60):
        flow.arrived += len(piece)
    writer.close()
    # With the sizes of its chunks.
    assert PICTURE <= flow.arrived < PICTURE + MEGABYTE
    assert flow.most_between < ON_THE_WAY


@pytest.mark.parametrize("key", ["", "wrong"])
async def test_an_upload_without_the_key_is_answered_before_it_is_sent(guarded: Guarded, key: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", guarded.port)
    writer.write(request("POST", "/upload/image", f"{KEY_HEADER}: {key}", f"Content-Length: {UPLOAD}"))
    assert (await asyncio.wait_for(reader.readline(), 10)).split(b" ")[1] == b"401"
    writer.close()
    assert guarded.asked() == []


async def test_a_picture_goes_up_and_comes_back_as_it_is(guarded: Guarded, tmp_path: Path) -> None:
    picture = hashlib.shake_128(b"a picture").digest(PICTURE)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{guarded.port}", headers={KEY_HEADER: guarded.key}) as client:
        form = aiohttp.FormData({"overwrite": "true"})
        form.add_field("image", picture, filename="large.png", content_type="image/png")
        async with client.post("/upload/image", data=form) as answer:
            assert (answer.status, (await answer.json())["name"]) == (200, "large.png")
    assert (tmp_path / "input" / "large.png").read_bytes() == picture


async def test_the_websocket_passes_both_ways_and_takes_the_key(guarded: Guarded) -> None:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{guarded.port}") as client:
        for prefix in ("", "/api"):
            headers = {KEY_HEADER: guarded.key}
            async with client.ws_connect(f"{prefix}/ws?clientId=a", headers=headers, timeout=_close(10)) as socket:
                assert (await socket.receive_json(timeout=10))["type"] == "status"
                await socket.send_json({"type": "feature_flags", "data": {}})
                assert (await socket.receive_json(timeout=10))["type"] == "feature_flags"
            before = guarded.asked()
            for headers in ({}, {KEY_HEADER: "wrong"}):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await client.ws_connect(f"{prefix}/ws", headers=headers)
                assert refused.value.status == 401
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await client.ws_connect(f"{prefix}/queue", headers={KEY_HEADER: guarded.key})
            assert guarded.asked() == before


def _close(seconds: float) -> aiohttp.ClientWSTimeout:
    return aiohttp.ClientWSTimeout(ws_close=seconds)

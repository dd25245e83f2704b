"""A ComfyUI whose answers a test chooses, served in a thread; it runs nothing."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

PROMPT_ID = "0c1d4a53-9c8e-4d3a-8f2e-5b9f1a2b3c4d"
PICTURE = b"\x89PNG\r\n\x1a\n..."
IMAGE = {"filename": "ComfyUI_temp_abcde_00001_.png", "subfolder": "", "type": "temp"}
DONE = {
    "prompt": [3, PROMPT_ID, {}, {}, ["2"]],
    "outputs": {"2": {"images": [IMAGE]}},
    "status": {"status_str": "success", "completed": True, "messages": []},
}
INVALID = {
    "error": {
        "type": "prompt_outputs_failed_validation",
        "message": "Prompt outputs failed validation",
        "details": "Required input is missing: images",
        "extra_info": {},
    },
    "node_errors": {"2": {"errors": [], "dependent_outputs": ["2"], "class_type": "PreviewImage"}},
}


def ended_in_error(event: str, **data: Any) -> dict[str, Any]:
    messages = [["execution_start", {}], [event, {"prompt_id": PROMPT_ID, **data}]]
    return {**DONE, "outputs": {}, "status": {"status_str": "error", "completed": False, "messages": messages}}


@dataclass
class ComfyuiStub:
    """What it answers, by path: a status and a body, or None where it never answers."""

    answers: dict[str, tuple[int, Any] | None] = field(default_factory=dict)
    seen: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)
    url: str = ""
    # What it says on /ws when the prompt came.
    tells: tuple[str, ...] = ()
    sockets: list[web.WebSocketResponse] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for path, *_ in self.seen]


@contextmanager
def comfyui_stub(under: str = "") -> Iterator[ComfyuiStub]:
    stub = ComfyuiStub()
    usual: dict[str, tuple[int, Any]] = {
        "/prompt": (200, {"prompt_id": PROMPT_ID, "number": 3, "node_errors": {}}),
        f"/history/{PROMPT_ID}": (200, {PROMPT_ID: DONE}),
        "/view": (200, PICTURE),
    }
    stopped = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix(under)
        stub.seen.append((path, request.headers.copy(), await request.json() if request.can_read_body else None))
        if path == "/ws" and "/ws" not in stub.answers:
            return await listen(request)
        if path == "/prompt":
            for kind in stub.tells:
                await stub.sockets[-1].send_json({"type": kind, "data": {"prompt_id": PROMPT_ID}})
        planned = stub.answers.get(path, usual.get(path, (404, "")))
        if planned is None:
            await stopped.wait()
            raise web.HTTPServiceUnavailable
        status, body = planned
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, content_type="image/png")
        headers = {"Location": body} if 300 <= status < 400 else {}
        return web.Response(status=status, text=json.dumps(body), content_type="application/json", headers=headers)

    async def listen(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        stub.sockets.append(socket)
        async for _ in socket:
            pass
        return socket

    loop = asyncio.SelectorEventLoop()
    ready = threading.Event()

    async def serve() -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", answer)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        stub.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        ready.set()
        await stopped.wait()
        await runner.cleanup()

    thread = threading.Thread(target=_run, args=(loop, serve), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield stub
    finally:
        loop.call_soon_threadsafe(stopped.set)
        thread.join()


def _run(loop: asyncio.AbstractEventLoop, serve: Callable[[], Any]) -> None:
    loop.run_until_complete(serve())
    loop.close()

"""A ComfyUI whose guarded port is open, what reached it, and ways to ask it that no client has."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from routes.comfyui_with_pack import mounted_pack
from server import PromptServer

from comfy_host.app import build_host, reset_stand_ins
from comfy_host.loader import module_name_of
from comfy_host.middlewares import Handler

KEY_HEADER = "X-ComfyControl-Key"
_SECONDS = 30


class Answer(NamedTuple):
    """Everything that came back, and the first status in it; 0 where nothing did."""

    status: int
    text: str


class Guarded(NamedTuple):
    """`reached` has what any part of ComfyUI saw, by whichever port: method and target, and the headers."""

    host: PromptServer
    port: int
    key: str
    reached: list[tuple[str, str, dict[str, str]]]
    guarded_port: Any

    @property
    def with_key(self) -> str:
        return f"{KEY_HEADER}: {self.key}"

    def asked(self) -> list[str]:
        return [f"{method} {target}" for method, target, _ in self.reached]

    async def ask(self, method: str, target: str, *lines: str, port: int | None = None, host: str = "a.test") -> Answer:
        """A request as it is written here."""
        return await self.send(request(method, target, *lines, host=host), port=port)

    async def send(self, sent: bytes, *, port: int | None = None) -> Answer:
        """Whatever is sent, and all that comes back until the connection is closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port or self.port)
        try:
            writer.write(sent)
            answer = (await asyncio.wait_for(reader.read(), _SECONDS)).decode("latin-1")
        finally:
            writer.close()
        return Answer(int(answer.split(" ", 2)[1]) if answer else 0, answer)


def request(method: str, target: str, *lines: str, host: str = "a.test", body: bytes = b"") -> bytes:
    length = (f"Content-Length: {len(body)}",) if body else ()
    head = (f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *length, *lines, "", "")
    return "\r\n".join(head).encode("latin-1") + body


def kept_open(sent: bytes) -> bytes:
    """The request of a client that has more to ask on its connection."""
    return sent.replace(b"Connection: close\r\n", b"")


@asynccontextmanager
async def guarded_comfyui(
    user_directory: Path, further: Iterable[web.RouteDef] = (), **options: Any
) -> AsyncIterator[Guarded]:
    """With the pack in it, and its guarded port open. `further` are routes that ComfyUI has as well."""
    custom_nodes = mounted_pack()
    host = build_host(user_directory, [custom_nodes], **options)
    assert host.failed_packs == {}
    reached: list[tuple[str, str, dict[str, str]]] = []

    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        raw = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.raw_headers}
        reached.append((request.method, request.raw_path, {**request.headers, **raw}))
        return await handler(request)

    # Before everything else that is ComfyUI's.
    host.app.middlewares.insert(0, count)
    host.app.add_routes(further)
    host.app.router.add_static("/", user_directory.parent)
    try:
        async with TestClient(TestServer(host.app)) as client:
            host.address, host.port = client.host, client.port or 0
            pack = next(module_name_of(each) for each in custom_nodes.iterdir() if each.name != "__pycache__")
            port = import_module(f"{pack}.comfycontrol.bootstrap").instance().guarded_port
            status = await asyncio.to_thread(port.open)
            assert status.state == "open", status.problem
            yield Guarded(host, status.port, port.current_key(), reached, port)
            await asyncio.to_thread(port.close)
    finally:
        reset_stand_ins()

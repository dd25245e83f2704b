"""A reverse proxy that shows a host under a sub-path, as rented machines' web consoles do."""

import asyncio
import threading
from collections.abc import Collection, Mapping
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from typing_extensions import Self
from yarl import URL

# These belong to one connection, and there are two.
HOP_BY_HOP = {"connection", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"}

# What the host sees as its own name behind RunPod and others: nothing that a browser's Origin could equal.
INTERNAL_HOST = "100.64.0.7:8188"

ANY_SIZE = 1024**3

# Of these answers Cloudflare keeps the status and puts a page of its own in the place of the body. Source:
# developers.cloudflare.com, "Cloudflare 5xx errors".
REPLACED = {502, 504}

SESSION = web.AppKey("session", aiohttp.ClientSession)


class SubPathProxy:
    """`with SubPathProxy(host.url, "/gpu/one") as proxy:` serves the host at `proxy.url`, from a thread of its own."""

    def __init__(
        self,
        target_url: str,
        prefix: str,
        *,
        internal_host: str = INTERNAL_HOST,
        added_headers: Mapping[str, str] | None = None,
        replaces_bodies: bool = False,
    ) -> None:
        self.url = ""
        self._target = target_url.rstrip("/")
        self._prefix = "/" + prefix.strip("/")
        self._added = {"Host": internal_host, **(added_headers or {})}
        self._replaced = REPLACED if replaces_bodies else set()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._listens = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended: asyncio.Event | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listens.wait(timeout=10) or not self.url:
            raise RuntimeError("The proxy did not start.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._ended is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=10)

    async def _serve(self) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        # Everything passes through as it is: compressed bodies, and cookies of whoever sent them.
        async with aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
            app = web.Application(client_max_size=ANY_SIZE)
            app[SESSION] = session
            app.router.add_get(self._prefix, self._add_slash)
            app.router.add_route("*", self._prefix + "/{path:.*}", self._pass_on)
            runner = web.AppRunner(app, shutdown_timeout=1)
            await runner.setup()
            try:
                await web.TCPSite(runner, "127.0.0.1", 0).start()
                self.url = f"http://127.0.0.1:{runner.addresses[0][1]}{self._prefix}/"
                self._listens.set()
                await self._ended.wait()
            finally:
                self._listens.set()
                await runner.cleanup()

    async def _add_slash(self, request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently(f"{self._prefix}/")

    async def _pass_on(self, request: web.Request) -> web.StreamResponse:
        # The raw path: a setting's id or a file's name may hold an encoded slash.
        address = self._target + request.raw_path.removeprefix(self._prefix)
        headers = _without_hops(request.headers)
        headers.update(self._added)
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await _pass_on_socket(request, address, headers)
        return await _pass_on_request(request, address, headers, self._replaced)


def _without_hops(headers: Mapping[str, str]) -> CIMultiDict[str]:
    return CIMultiDict((name, value) for name, value in headers.items() if name.lower() not in HOP_BY_HOP)


async def _pass_on_request(
    request: web.Request, address: str, headers: CIMultiDict[str], replaced: Collection[int]
) -> web.StreamResponse:
    body = await request.read()
    answer = request.app[SESSION].request(
        request.method, URL(address, encoded=True), headers=headers, data=body or None, allow_redirects=False
    )
    try:
        async with answer as upstream:
            if upstream.status in replaced:
                page = f"<!DOCTYPE html><title>{upstream.status}: Bad gateway</title>"
                return web.Response(status=upstream.status, text=page, content_type="text/html")
            response = web.StreamResponse(status=upstream.status, headers=_without_hops(upstream.headers))
            await response.prepare(request)
            async for chunk in upstream.content.iter_any():
                await response.write(chunk)
            await response.write_eof()
            return response
    except aiohttp.ClientConnectionError:
        return web.Response(status=502, text="The host does not answer.")


async def _pass_on_socket(request: web.Request, address: str, headers: CIMultiDict[str]) -> web.WebSocketResponse:
    kept = {name: value for name, value in headers.items() if not name.lower().startswith("sec-websocket")}
    async with request.app[SESSION].ws_connect(URL(address, encoded=True), headers=kept) as upstream:
        page = web.WebSocketResponse()
        await page.prepare(request)
        pumps = [asyncio.create_task(_pump(page, upstream)), asyncio.create_task(_pump(upstream, page))]
        # One side gone, both gone.
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        for pump in pumps:
            pump.cancel()
        await page.close()
        return page


async def _pump(source: Any, target: Any) -> None:
    # Any: aiohttp's sockets of a client and of a server have no type in common.
    async for message in source:
        if message.type is aiohttp.WSMsgType.TEXT:
            await target.send_str(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await target.send_bytes(message.data)

"""What may stand between the internet and a ComfyUI: a proxy, a gateway, a login page. In a thread of its own."""

import asyncio
import ssl
import threading
from types import TracebackType

import aiohttp
from aiohttp import web
from typing_extensions import Self


class Front:
    """Passes requests on to a host, or does not.

    Args:
        target: the host's address, which may be told later; none for one that answers by itself.
        prefix: the path the host is shown under.
        demanded: a header without which nobody gets in.
        page: what is answered to everybody, instead of the host.
        tls: the certificate to show.

    """

    def __init__(
        self,
        target: str = "",
        *,
        prefix: str = "",
        demanded: tuple[str, str] | None = None,
        page: str | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.port = 0
        self.target = target
        self._prefix = prefix
        self._demanded = demanded
        self._page = page
        self._tls = tls
        self._loop = asyncio.new_event_loop()
        self._listens = threading.Event()
        self._ended = asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._listens.wait(timeout=10):
            raise RuntimeError("The front did not start.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(timeout=10)

    async def _serve(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls).start()
        self.port = runner.addresses[0][1]
        self._listens.set()
        await self._ended.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        if self._page is not None:
            return web.Response(text=self._page, content_type="text/html")
        if self._demanded and request.headers.get(self._demanded[0]) != self._demanded[1]:
            return web.Response(status=403, text="A header is missing.")
        if not request.path_qs.startswith(self._prefix):
            return web.Response(status=404, text="Nothing here.")
        asked = self.target + request.path_qs.removeprefix(self._prefix)
        async with aiohttp.ClientSession() as session, session.get(asked) as upstream:
            return web.Response(status=upstream.status, body=await upstream.read(), content_type=upstream.content_type)

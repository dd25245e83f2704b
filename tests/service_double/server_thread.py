"""Serves the double in a thread of its own."""

import asyncio
import threading
from collections.abc import Callable

from aiohttp import web

from .app import Service

_HOST = "127.0.0.1"
_START_SECONDS = 10.0
# What is under way when the double stops has been cut off already; nothing is worth waiting for.
_SHUTDOWN_SECONDS = 0.1


class ServerThread:
    def __init__(self, service: Service, port: int) -> None:
        self._service = service
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._run, name="service-double", daemon=True)
        self._ready = threading.Event()
        self._failure: BaseException | None = None

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self._port}"

    def start(self) -> None:
        # Not the Proactor of Windows, which reports every connection cut on purpose as an error.
        self._loop = asyncio.SelectorEventLoop()
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the double did not start")
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        self.on_loop(self._service.gate.stop)
        if self._thread.is_alive():
            self._thread.join()

    def on_loop(self, action: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(action)

    def _run(self) -> None:
        assert self._loop is not None
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as failure:  # noqa: BLE001 - whatever it is, the thread that called start() has to hear of it
            self._failure = failure
        finally:
            self._loop.close()
            self._ready.set()

    async def _serve(self) -> None:
        runner = web.AppRunner(
            self._service.build(), access_log=None, handle_signals=False, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        await runner.setup()
        try:
            await web.TCPSite(runner, _HOST, self._port).start()
            self._port = runner.addresses[0][1]
            self._ready.set()
            while await self._service.gate.wait():
                pass
        finally:
            self._service.close_connections()
            await runner.cleanup()
            # A turn for the connections just closed to let go of their sockets, before there is no loop to do it.
            await asyncio.sleep(0)

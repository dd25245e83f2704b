"""Makes the small host as new without starting it anew: for tests that use one process after the other.

Only with a flag of the command line: whoever may ask for it empties the user directory.
"""

import asyncio
import importlib
import json
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from aiohttp import web
from execution import PromptQueue
from server import PromptServer

from comfy_host.log_capture import LogCapture
from comfy_host.middlewares import Handler

PATH = "/comfy_host/fresh-start"
MEMORY = Path("__comfycontrol") / "memory.json"
_LONGEST_WAIT = 15.0
# Threads that may still write for the state that is to be forgotten; and one that never ends by itself.
_FOR_A_WHILE = ("comfycontrol-address", "comfycontrol-look-up", "comfycontrol-probes")
_FOR_GOOD = ("comfycontrol-reconciler",)
# What the pack keeps in its modules, by the end of their names.
_KEPT = {
    ".comfycontrol.bootstrap": ("_instances", "_checks"),
    ".comfycontrol.recent_errors": ("_recent",),
    ".comfycontrol.storage.identity": ("_identities",),
}


def write_user_directory(user_directory: Path, settings: Mapping[str, Any], memory: Mapping[str, Any]) -> None:
    """Write what a person chose before: in ComfyUI's settings, and in what the pack remembers."""
    (user_directory / "default").mkdir()
    (user_directory / "default" / "comfy.settings.json").write_text(json.dumps(dict(settings)), encoding="utf-8")
    (user_directory / MEMORY).parent.mkdir(mode=0o700)
    (user_directory / MEMORY).write_text(json.dumps(dict(memory)), encoding="utf-8")


def add_fresh_start(server: PromptServer, user_directory: Path, capture: LogCapture) -> None:
    fresh_start = _FreshStart(user_directory, capture, server.prompt_queue)

    @web.middleware
    async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
        with fresh_start.noting(request):
            return await handler(request)

    server.app.middlewares.insert(0, watch)
    server.app.router.add_post(PATH, fresh_start.answer)


class _FreshStart:
    def __init__(self, user_directory: Path, capture: LogCapture, queue: PromptQueue) -> None:
        self._user_directory = user_directory
        self._capture = capture
        self._queue = queue
        self._under_way: set[int] = set()

    @contextmanager
    def noting(self, request: web.Request) -> Iterator[None]:
        """Know of what may change something, as long as it is under way."""
        if request.path != PATH and (request.method not in {"GET", "HEAD"} or "/comfycontrol/" in request.path):
            self._under_way.add(id(request))
        try:
            yield
        finally:
            self._under_way.discard(id(request))

    async def answer(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        for module in _loaded(".comfycontrol.bootstrap"):
            for instance in module._instances:
                if instance.guarded_port.status().state == "open":
                    await asyncio.to_thread(instance.guarded_port.close)
        deadline = time.monotonic() + _LONGEST_WAIT
        while self._is_busy():
            if _runs(_FOR_GOOD) or time.monotonic() > deadline:
                return web.json_response({"error": "something is still under way"}, status=503)
            await asyncio.sleep(0.01)
        # From here on nothing is awaited, so that nobody is answered in between.
        with _held(".comfycontrol.bootstrap"), _held(".comfycontrol.storage.identity"):
            for name, value in wanted["environment"].items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
            shutil.rmtree(self._user_directory)
            self._user_directory.mkdir()
            write_user_directory(self._user_directory, wanted["settings"], wanted["memory"])
            _forget()
        self._capture.entries.clear()
        self._queue.wipe_history()
        return web.json_response({})

    def _is_busy(self) -> bool:
        return bool(self._under_way) or self._queue.get_tasks_remaining() > 0 or _runs(_FOR_A_WHILE) or _runs(_FOR_GOOD)


def _runs(names: tuple[str, ...]) -> bool:
    return any(thread.name.startswith(names) for thread in threading.enumerate())


def _loaded(ending: str) -> list[ModuleType]:
    # Imported once more: one that a thread is just importing is there already, and not yet whole.
    return [importlib.import_module(name) for name in list(sys.modules) if name.endswith(ending)]


@contextmanager
def _held(ending: str) -> Iterator[None]:
    """What is just being made there by a thread is finished first, and then forgotten too."""
    with ExitStack() as locks:
        for module in _loaded(ending):
            locks.enter_context(module._lock)
        yield


def _forget() -> None:
    for ending, names in _KEPT.items():
        for module in _loaded(ending):
            # A name that is not there any more is an error: its successor would be remembered.
            for name in names:
                getattr(module, name).clear()

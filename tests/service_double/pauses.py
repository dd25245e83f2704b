"""Where workflows wait for a test that wants to see each step."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet


class Pauses:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._before: frozenset[str] = frozenset()
        self._waiting: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._going_on: set[asyncio.Event] = set()

    @property
    def before(self) -> AbstractSet[str]:
        with self._changed:
            return self._before

    @before.setter
    def before(self, steps: AbstractSet[str]) -> None:
        with self._changed:
            self._before = frozenset(steps)

    @contextlib.asynccontextmanager
    async def step(self, name: str) -> AsyncIterator[None]:
        """Wait before a step that is to be waited before; then it is made, in the block."""
        with self._changed:
            opened = asyncio.Event()
            if name in self._before:
                self._waiting[opened] = asyncio.get_running_loop()
                self._changed.notify_all()
            else:
                opened.set()
        try:
            await opened.wait()
            yield
        finally:
            with self._changed:
                self._waiting.pop(opened, None)
                self._going_on.discard(opened)
                self._changed.notify_all()

    def go_on(self, seconds: float) -> None:
        """Wait until a workflow waits, and have it make the step that it waits before."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, seconds):
                raise TimeoutError(f"no workflow waited within {seconds} s")
            going_on = self._let_go()
            assert self._changed.wait_for(lambda: not going_on & self._going_on, seconds)

    def end(self) -> None:
        with self._changed:
            self._before = frozenset()
            self._let_go()

    def _let_go(self) -> set[asyncio.Event]:
        going_on = set(self._waiting)
        self._going_on |= going_on
        for opened, loop in self._waiting.items():
            loop.call_soon_threadsafe(opened.set)
        self._waiting.clear()
        return going_on

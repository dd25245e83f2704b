"""Where workflows wait for a test that wants to see each step."""

import asyncio
import threading
from collections.abc import Set as AbstractSet


class Pauses:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._before: frozenset[str] = frozenset()
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    @property
    def before(self) -> AbstractSet[str]:
        with self._changed:
            return self._before

    @before.setter
    def before(self, steps: AbstractSet[str]) -> None:
        with self._changed:
            self._before = frozenset(steps)

    async def wait_before(self, step: str) -> None:
        with self._changed:
            if step not in self._before:
                return
            place = asyncio.get_running_loop(), asyncio.Event()
            self._waiting.append(place)
            self._changed.notify_all()
        try:
            await place[1].wait()
        finally:
            with self._changed:
                if place in self._waiting:
                    self._waiting.remove(place)

    def go_on(self, seconds: float) -> None:
        """Wait until a workflow waits, and let it go on to where it has to wait next."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._waiting, seconds):
                raise TimeoutError(f"no workflow waited within {seconds} s")
            self._let_go()

    def end(self) -> None:
        with self._changed:
            self._before = frozenset()
            self._let_go()

    def _let_go(self) -> None:
        for loop, opened in self._waiting:
            loop.call_soon_threadsafe(opened.set)
        self._waiting.clear()

"""Where answers that are held back wait."""

import asyncio
import contextlib


class Gate:
    """Used only on the server's own loop, apart from its construction."""

    def __init__(self) -> None:
        self.stopped = False
        self._opened = asyncio.Event()

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait to be released, for ever or for so long; False when the server stops and nothing may be answered."""
        if not self.stopped:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._opened.wait(), seconds)
        return not self.stopped

    def release(self) -> None:
        # A new event at once: whoever comes later has to wait again.
        self._opened.set()
        self._opened = asyncio.Event()

    def stop(self) -> None:
        self.stopped = True
        self.release()

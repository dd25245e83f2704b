"""Notices that ComfyUI ends: normally, by Ctrl-C, by `docker stop`, by a restart. `kill -9` cannot be noticed.

Set up only if the operator chose `COMFYCONTROL_ON_EXIT=disable`.
"""

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from ..log import LOGGER

_PROCESS = os.getpid()


class Shutdown:
    """Calls `leave` once, however ComfyUI ends.

    Args:
        leave: what to do; blocks for a bounded time.

    """

    def __init__(self, leave: Callable[[], object]) -> None:
        self._leave = leave
        self._left = False

    def set_up(self) -> None:
        """Set up all hooks; to be called in the main thread."""
        atexit.register(self.now)
        # ComfyUI-Manager restarts ComfyUI by os.execv, which skips atexit but raises the documented audit event
        # `os.exec`. A hook cannot be removed and sees all events, so it must be quick.
        sys.addaudithook(self._hear)
        self._take_sigterm()

    def now(self) -> None:
        """Leave, unless that was done already. Raises nothing, because ComfyUI is ending."""
        if not self._left:
            self._left = True
            with contextlib.suppress(Exception):
                self._leave()

    def _hear(self, event: str, _arguments: tuple[object, ...]) -> None:
        # A node may fork this process and start a program that way; in the fork none of our threads runs.
        if event == "os.exec" and os.getpid() == _PROCESS:
            self.now()

    def _take_sigterm(self) -> None:
        """Handle SIGTERM, if nothing else does."""
        if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
            return
        if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            LOGGER.warning(
                "ComfyControl: something else in this ComfyUI handles SIGTERM, so the runner stays active when "
                "ComfyUI is stopped that way (docker stop)."
            )
            return
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.now()
        # Then end as if we had not been there, with the same exit status.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        # That does not end a container's first process, for which the kernel drops signals that nobody handles.
        os._exit(128 + signal.SIGTERM)

"""Noticing that ComfyUI ends: its normal end and Ctrl-C, `docker stop`, a restart. `kill -9` cannot be noticed.

Only where the operator chose `COMFYCONTROL_ON_EXIT=disable`; nothing of this is set up otherwise.
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
    """Calls `leave` once, whichever way ComfyUI ends.

    Args:
        leave: what is to be done; blocks for a bounded time.

    """

    def __init__(self, leave: Callable[[], object]) -> None:
        self._leave = leave
        self._left = False

    def set_up(self) -> None:
        """Notice every end that can be noticed; to be called in the main thread."""
        atexit.register(self.now)
        # ComfyUI-Manager restarts ComfyUI by os.execv, which skips atexit. Python tells of it first: the documented
        # event `os.exec`. A hook stays for the life of the process and sees all events, so it must be quick.
        sys.addaudithook(self._hear)
        self._take_sigterm()

    def now(self) -> None:
        """Leave, unless that was done already. Raises nothing: what follows is the end of ComfyUI."""
        if not self._left:
            self._left = True
            with contextlib.suppress(Exception):
                self._leave()

    def _hear(self, event: str, _arguments: tuple[object, ...]) -> None:
        # A node may start programs that way in a process of its own, forked off this one; there no thread of ours runs.
        if event == "os.exec" and os.getpid() == _PROCESS:
            self.now()

    def _take_sigterm(self) -> None:
        """Handle SIGTERM, if nobody else does."""
        if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
            return
        if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            LOGGER.warning(
                "ComfyControl: something else in this ComfyUI handles SIGTERM, so the runner stays in service when "
                "ComfyUI is stopped that way (docker stop)."
            )
            return
        signal.signal(signal.SIGTERM, self._end)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self.now()
        # Then as it would have been without us, its exit status included.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)
        # The first process of a container is not ended by that: the kernel drops signals that nobody handles there.
        os._exit(128 + signal.SIGTERM)

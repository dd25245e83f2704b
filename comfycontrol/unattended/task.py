"""The thread in which a reconciler works: its waiting, what cuts it short, and leaving."""

import threading
import time
from collections.abc import Callable

from ..errors import ComfyControlError
from ..log import LOGGER
from .network_watch import LOOK_SECONDS, NETWORK_SECONDS, network_mark
from .reconciler import Reconciler

# `docker stop` gives a process 10 s; ComfyUI shall have most of them.
LEAVE_SECONDS = 3.0


class Task:
    """One reconciler's thread.

    Args:
        reconciler: what it works on.
        first_pause: seconds before the first step.
        leaves: whether the runner is taken out of service at the end.
        mark: tells one network from another.

    """

    def __init__(
        self,
        reconciler: Reconciler,
        first_pause: float = 0.0,
        *,
        leaves: bool = False,
        mark: Callable[[], object] = network_mark,
    ) -> None:
        self._reconciler = reconciler
        self._first_pause = first_pause
        self._leaves = leaves
        self._mark = mark
        self._ending = threading.Event()
        self._ended = threading.Event()
        # A daemon: ComfyUI need not wait for it when it ends.
        self._thread = threading.Thread(target=self._run, name="comfycontrol-reconciler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self, seconds: float = LEAVE_SECONDS) -> bool:
        """Stop, and take the runner out of service where that was asked for; whether all of it was done in time.

        Blocks for `seconds` at most, whatever the service does. The thread that is there does the work: when Python
        ends, or within a signal's handler, no new one may be had.
        """
        self._ending.set()
        return self._ended.wait(seconds) if self._thread.is_alive() else self._ended.is_set()

    def _run(self) -> None:
        pause = self._first_pause
        while not self._wait(pause):
            pause = self._step()
        if self._leaves:
            self._leave()
        self._ended.set()

    def _step(self) -> float:
        try:
            return self._reconciler.step()
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the keeping
            _failed(error)
            return LOOK_SECONDS

    def _leave(self) -> None:
        try:
            self._reconciler.leave()
        except ComfyControlError as error:
            LOGGER.warning("ComfyControl: the runner stays in service. %s", error.message)
        except Exception as error:  # noqa: BLE001 - ComfyUI is ending, whatever happens here
            _failed(error)

    def _wait(self, pause: float) -> bool:
        """Wait, but not while the network becomes another one; whether it is time to end."""
        until = time.monotonic() + pause
        before = self._mark() if self._reconciler.settled else None
        while (left := until - time.monotonic()) > 0:
            if self._ending.wait(min(left, NETWORK_SECONDS)):
                return True
            if before is not None and self._mark() != before:
                return False
        return self._ending.is_set()


def _failed(error: Exception) -> None:
    # Its text may hold anything, and ComfyUI serves its log to anyone.
    LOGGER.error("ComfyControl failed with %s while it kept the runner.", type(error).__name__)

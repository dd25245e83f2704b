"""The thread in which a reconciler works: its waits, what cuts them short, and the end."""

import threading
import time
from collections.abc import Callable

from ..errors import ComfyControlError
from ..log import LOGGER
from .network_watch import LOOK_SECONDS, NETWORK_SECONDS, network_addresses
from .reconciler import Reconciler

# `docker stop` gives a process 10 s, most of which are for ComfyUI.
LEAVE_SECONDS = 3.0


class Task:
    """One reconciler's thread.

    Args:
        reconciler: does the work.
        first_pause: seconds before the first step.
        leaves: whether the runner is disabled at the end.
        network: tells one network from another; None while it does not matter which one it is.

    """

    def __init__(
        self,
        reconciler: Reconciler,
        first_pause: float = 0.0,
        *,
        leaves: bool = False,
        network: Callable[[], object] = network_addresses,
    ) -> None:
        self._reconciler = reconciler
        self._first_pause = first_pause
        self._leaves = leaves
        self._network = network
        self._ending = threading.Event()
        self._ended = threading.Event()
        # A daemon, so that ComfyUI does not wait for it when it exits.
        self._thread = threading.Thread(target=self._run, name="comfycontrol-reconciler", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self, seconds: float = LEAVE_SECONDS) -> bool:
        """Stop, and disable the runner if that was asked for. Returns whether all of it was done in time.

        Blocks for `seconds` at most, whatever the service does. The existing thread does the work, because a new one
        may not start while Python exits or a signal is being handled.
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
        except Exception as error:  # noqa: BLE001 - a bug of ours must not end the task
            _failed(error)
            return LOOK_SECONDS

    def _leave(self) -> None:
        try:
            self._reconciler.leave()
        except ComfyControlError as error:
            LOGGER.warning("ComfyControl: the runner stays active. %s", error.message)
        except Exception as error:  # noqa: BLE001 - ComfyUI is ending, whatever happens here
            _failed(error)

    def _wait(self, pause: float) -> bool:
        """Wait, unless the network changes. Returns whether it is time to end."""
        until = time.monotonic() + pause
        before = self._network() if self._reconciler.settled else None
        longest = pause if before is None else NETWORK_SECONDS
        while (left := until - time.monotonic()) > 0:
            if self._ending.wait(min(left, longest)):
                return True
            if before is not None and self._network() != before:
                return False
        return self._ending.is_set()


def _failed(error: Exception) -> None:
    # Without its text, which may hold anything: ComfyUI serves its log to anyone.
    LOGGER.error("ComfyControl failed with %s while maintaining the runner.", type(error).__name__)

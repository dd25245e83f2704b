"""What this machine knows of its own address: the best its surroundings give, and where the runner's endpoint leads."""

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from ..errors import ComfyControlError
from ..models.endpoint import normalise_endpoint

if TYPE_CHECKING:
    from .verdicts import Verdict

# A tab that is opened twice need not have the address called twice.
_GOOD_FOR_SECONDS = 60.0
_LOGGER = logging.getLogger("comfycontrol")


class _Checked(NamedTuple):
    endpoint: str
    verdict: "Verdict"
    at: float


class AddressMonitor:
    """Looks where this machine is; safe to share between threads.

    Args:
        find: the best address that the surroundings give for sure, or None; asks agents on this machine (300 ms).
        check: where an endpoint leads; blocks for some seconds, so it is called in a thread of its own.
        on_change: called when a check found something else than the one before.
        clock: monotonic seconds.

    """

    def __init__(
        self,
        find: Callable[[], str | None],
        check: "Callable[[str], Verdict]",
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._check = check
        self._on_change = on_change
        self._clock = clock
        self._lock = threading.Lock()
        self._best: str | None = None
        self._checked: _Checked | None = None
        self._thread: threading.Thread | None = None

    @property
    def best(self) -> str | None:
        """The best address found when it was last looked for."""
        return self._best

    def verdict_of(self, endpoint: str | None) -> "Verdict | None":
        """What the last check of this endpoint found; None when there was none."""
        checked = self._checked
        if endpoint is None or checked is None or checked.endpoint != normalise_endpoint(endpoint):
            return None
        return checked.verdict

    def look(self) -> str | None:
        """Look at the surroundings now, and give the best address."""
        self._best = self._find()
        return self._best

    def check_soon(self, endpoint: str) -> None:
        """Have an endpoint checked without waiting for it, unless that was done a moment ago or is being done."""
        with self._lock:
            if self._is_fresh(endpoint) or (self._thread and self._thread.is_alive()):
                return
            # A daemon: ComfyUI need not wait for it when it ends.
            self._thread = threading.Thread(
                target=self._check_now, args=(endpoint,), name="comfycontrol-address", daemon=True
            )
            self._thread.start()

    def check(self, endpoint: str) -> "Verdict":
        """Check an endpoint now, and keep what was found.

        Raises:
            TooManyTriesError: `too_many_checks`.
            MachineError: `storage_failed`.

        """
        verdict = self._check(endpoint)
        before = self.verdict_of(endpoint)
        self._checked = _Checked(normalise_endpoint(endpoint), verdict, self._clock())
        # Before the first check nothing is said against an address, which is what "proven" says as well.
        if verdict.verdict != (before.verdict if before else "proven"):
            self._on_change()
        return verdict

    def wait(self) -> None:
        """Wait until what was begun by `check_soon` has ended."""
        thread = self._thread
        if thread:
            thread.join()

    def _is_fresh(self, endpoint: str) -> bool:
        checked = self._checked
        known = self.verdict_of(endpoint) is not None
        return known and checked is not None and self._clock() - checked.at < _GOOD_FOR_SECONDS

    def _check_now(self, endpoint: str) -> None:
        try:
            self.check(endpoint)
        except ComfyControlError as error:
            # Nobody waits for it; what the panel shows is then as true as before.
            _LOGGER.debug("ComfyControl: the address was not checked: %s.", error.code)

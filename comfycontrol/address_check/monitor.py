"""What this machine knows of its own address: the best its surroundings give, and where endpoints lead."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pydantic import SecretStr

from ..errors import ComfyControlError
from ..log import LOGGER
from ..models.endpoint import normalise_endpoint

if TYPE_CHECKING:
    from .verdicts import Verdict

# A tab that is opened twice need not have the address called twice.
_GOOD_FOR_SECONDS = 60.0


# The runner's endpoint, and the one that it may move to; a few more that are typed into the form.
_MOST_ENDPOINTS = 8


class _Checked(NamedTuple):
    verdict: "Verdict"
    at: float


class AddressMonitor:
    """Looks where this machine is; safe to share between threads.

    Args:
        find: the best address that the surroundings give for sure, or None; asks agents on this machine (300 ms).
        check: where an endpoint leads, called with these headers; blocks for some seconds.
        on_change: called when a check found something else than the one before.
        clock: monotonic seconds.

    """

    def __init__(
        self,
        find: Callable[[], str | None],
        check: "Callable[[str, Mapping[str, SecretStr]], Verdict]",
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find = find
        self._check = check
        self._on_change = on_change
        self._clock = clock
        self._lock = threading.Lock()
        self._best: str | None = None
        self._checked: dict[str, _Checked] = {}
        self._thread: threading.Thread | None = None

    @property
    def best(self) -> str | None:
        """The best address found when it was last looked for."""
        return self._best

    def verdict_of(self, endpoint: str | None) -> "Verdict | None":
        """What the last check of this endpoint found; None when there was none."""
        checked = self._checked.get(normalise_endpoint(endpoint)) if endpoint is not None else None
        return checked.verdict if checked else None

    def recent(self, endpoint: str) -> "Verdict | None":
        """The same, where it was found within a minute and so still holds."""
        checked = self._checked.get(normalise_endpoint(endpoint))
        is_fresh = checked is not None and self._clock() - checked.at < _GOOD_FOR_SECONDS
        return checked.verdict if checked and is_fresh else None

    def look(self) -> str | None:
        """Look at the surroundings now, and give the best address."""
        self._best = self._find()
        return self._best

    def check_soon(self, endpoint: str) -> None:
        """Have an endpoint checked without waiting for it, unless that was done a moment ago or is being done."""
        with self._lock:
            if self.recent(endpoint) or (self._thread and self._thread.is_alive()):
                return
            # A daemon: ComfyUI need not wait for it when it ends.
            self._thread = threading.Thread(
                target=self._check_now, args=(endpoint,), name="comfycontrol-address", daemon=True
            )
            self._thread.start()

    def check(self, endpoint: str, headers: Mapping[str, SecretStr] | None = None) -> "Verdict":
        """Check an endpoint now, and keep what was found.

        Raises:
            TooManyTriesError: `too_many_checks`.
            MachineError: `storage_failed`.

        """
        verdict = self._check(endpoint, headers or {})
        before = self.verdict_of(endpoint)
        with self._lock:
            self._checked.pop(normalise_endpoint(endpoint), None)
            self._checked[normalise_endpoint(endpoint)] = _Checked(verdict, self._clock())
            while len(self._checked) > _MOST_ENDPOINTS:
                del self._checked[next(iter(self._checked))]
        # Before the first check nothing is said against an address, which is what "proven" says as well.
        if verdict.verdict != (before.verdict if before else "proven"):
            self._on_change()
        return verdict

    def wait(self) -> None:
        """Wait until what was begun by `check_soon` has ended."""
        thread = self._thread
        if thread:
            thread.join()

    def _check_now(self, endpoint: str) -> None:
        try:
            self.check(endpoint)
        except ComfyControlError as error:
            # Nobody waits for it; what the panel shows is then as true as before.
            LOGGER.debug("ComfyControl: the address was not checked: %s.", error.code)

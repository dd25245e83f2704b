"""What this machine knows about its own address: the best one it can find, and where endpoints lead."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pydantic import SecretStr

from ..clock import utc_now
from ..errors import ComfyControlError
from ..log import LOGGER
from ..models.endpoint import normalise_endpoint

if TYPE_CHECKING:
    from .verdicts import Verdict

# Opening a second tab does not call the address again.
_GOOD_FOR_SECONDS = 60.0

# The runner's endpoint, the one it may move to, and a few that people type into the form.
_MOST_ENDPOINTS = 8


class _Checked(NamedTuple):
    verdict: "Verdict"
    at: float
    seen_at: str


class AddressMonitor:
    """Watches where this machine can be reached; safe to share between threads.

    Args:
        find: gives the best address that is certain, or None; asks agents on this machine (300 ms).
        check: finds out where an endpoint leads, calling it with these headers; blocks for some seconds.
        on_change: called when a check found something other than the one before.
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
        """The best address, as of the last look."""
        return self._best

    def verdict_of(self, endpoint: str | None) -> "Verdict | None":
        """What the last check of this endpoint found; None when there was none."""
        checked = self._checked.get(normalise_endpoint(endpoint)) if endpoint is not None else None
        return checked.verdict if checked else None

    def proven_at(self, endpoint: str | None) -> str | None:
        """When this machine last called the endpoint and reached itself (ISO 8601, UTC), if that still held then."""
        checked = self._checked.get(normalise_endpoint(endpoint)) if endpoint is not None else None
        return checked.seen_at if checked and checked.verdict.verdict == "proven" else None

    def recent(self, endpoint: str) -> "Verdict | None":
        """The same, unless it is more than a minute old."""
        checked = self._checked.get(normalise_endpoint(endpoint))
        is_fresh = checked is not None and self._clock() - checked.at < _GOOD_FOR_SECONDS
        return checked.verdict if checked and is_fresh else None

    def is_ruled_out(self, endpoint: str) -> bool:
        """Whether a check within the last minute found that the endpoint does not lead here."""
        found = self.recent(endpoint)
        return found is not None and found.verdict != "proven"

    def look(self) -> str | None:
        """Look for the best address now."""
        self._best = self._find()
        return self._best

    def check_soon(self, endpoint: str) -> None:
        """Have an endpoint checked in the background, unless it was checked a moment ago or a check is running."""
        with self._lock:
            if self.recent(endpoint) or (self._thread and self._thread.is_alive()):
                return
            # A daemon, so that ComfyUI does not wait for it when it exits.
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
            self._checked[normalise_endpoint(endpoint)] = _Checked(verdict, self._clock(), utc_now())
            while len(self._checked) > _MOST_ENDPOINTS:
                del self._checked[next(iter(self._checked))]
        # Until the first check an address is shown as if it were proven.
        if (verdict.verdict, verdict.way) != ((before.verdict, before.way) if before else ("proven", None)):
            self._on_change()
        return verdict

    def wait(self) -> None:
        """Wait for the check that `check_soon` started, if any."""
        thread = self._thread
        if thread:
            thread.join()

    def _check_now(self, endpoint: str) -> None:
        try:
            self.check(endpoint)
        except ComfyControlError as error:
            # Nobody waits for the result, and what the panel shows is no less true than before.
            LOGGER.debug("ComfyControl: the address was not checked: %s.", error.code)

"""Limits how often, and how many at once, others can make this instance call out."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import TooManyTriesError

TRIES = 10
SECONDS = 60.0
# Each try holds a thread, even while the other side hangs; some must be left for others.
AT_ONCE = 3
# For one caller, where callers are told apart.
TRIES_EACH = 6


class RateLimiter:
    """At most 10 tries in 60 seconds, 3 of them at the same time; safe to share between threads.

    `code` is that of the error for one try too many. `each` limits a single caller to that many of the 10, and to 2 of
    the 3 at the same time, so that somebody who tries in a loop leaves some for others.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, code: str = "too_many_tries", each: int | None = None
    ) -> None:
        self._clock = clock
        self._code = code
        self._each = each
        self._lock = threading.Lock()
        self._begun: deque[tuple[float, str]] = deque()
        self._running: list[str] = []

    @contextmanager
    def one_try(self, caller: str = "") -> Iterator[None]:
        """Hold one try while the call lasts.

        Raises:
            TooManyTriesError: with the seconds to wait.

        """
        self._begin(caller)
        try:
            yield
        finally:
            with self._lock:
                self._running.remove(caller)

    def _begin(self, caller: str) -> None:
        with self._lock:
            now = self._clock()
            while self._begun and now - self._begun[0][0] >= SECONDS:
                self._begun.popleft()
            every = [begun for begun, _ in self._begun]
            own = [begun for begun, who in self._begun if who == caller]
            for begun, most in ((own, self._each or TRIES), (every, TRIES)):
                if len(begun) >= most:
                    raise TooManyTriesError(self._code, retry_after=math.ceil(SECONDS - (now - begun[0])))
            most_running = AT_ONCE - 1 if self._each else AT_ONCE
            if len(self._running) >= AT_ONCE or self._running.count(caller) >= most_running:
                raise TooManyTriesError(self._code, retry_after=1)
            self._begun.append((now, caller))
            self._running.append(caller)

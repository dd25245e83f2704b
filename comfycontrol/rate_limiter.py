"""How often, and how many at once, others may make this instance call out."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import TooManyTriesError

TRIES = 10
SECONDS = 60.0
# While what is called hangs, each try holds a thread; others must still find one.
AT_ONCE = 3


class RateLimiter:
    """At most 10 tries in 60 seconds, 3 of them at the same time; safe to share between threads.

    `code` is that of the error for one try too many.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, code: str = "too_many_tries") -> None:
        self._clock = clock
        self._code = code
        self._lock = threading.Lock()
        self._begun: deque[float] = deque()
        self._running = 0

    @contextmanager
    def one_try(self) -> Iterator[None]:
        """Hold one try while the call lasts.

        Raises:
            TooManyTriesError: with the seconds to wait.

        """
        self._begin()
        try:
            yield
        finally:
            with self._lock:
                self._running -= 1

    def _begin(self) -> None:
        with self._lock:
            now = self._clock()
            while self._begun and now - self._begun[0] >= SECONDS:
                self._begun.popleft()
            if len(self._begun) >= TRIES:
                raise TooManyTriesError(self._code, retry_after=math.ceil(SECONDS - (now - self._begun[0])))
            if self._running >= AT_ONCE:
                raise TooManyTriesError(self._code, retry_after=1)
            self._begun.append(now)
            self._running += 1

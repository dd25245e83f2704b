"""The documented limit of requests per IP address."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

REQUESTS = 40
WINDOW_SECONDS = 10.0
COOLDOWN_SECONDS = 10.0

# HTML, because the limit is enforced by a proxy that knows nothing of the service's error bodies.
PAGE = "<!DOCTYPE html><html><head><title>Too many requests</title></head><body><h1>Error 1015</h1></body></html>"


@dataclass
class _Address:
    seen: deque[float] = field(default_factory=deque)
    cooldown_until: float = float("-inf")


class RateLimit:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.enforced = False
        self._clock = clock
        self._addresses: defaultdict[str, _Address] = defaultdict(_Address)

    def allows(self, address: str) -> bool:
        if not self.enforced:
            return True
        now = self._clock()
        record = self._addresses[address]
        if now < record.cooldown_until:
            return False
        while record.seen and record.seen[0] <= now - WINDOW_SECONDS:
            record.seen.popleft()
        if len(record.seen) >= REQUESTS:
            record.seen.clear()
            record.cooldown_until = now + COOLDOWN_SECONDS
            return False
        record.seen.append(now)
        return True

"""How a check reaches the network, and its limits on time and bytes."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from .target import IpAddress, Target

SECONDS = 5.0
MOST_BYTES = 64 * 1024
# A look-up cannot be cancelled, so its thread may outlive the check; this many of them at most.
_lookups = threading.BoundedSemaphore(4)


class NoAnswerError(Exception):
    """Nothing answered; `code` is the verdict that says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Allowance:
    """The time and the bytes that a whole check has left."""

    def __init__(self, seconds: float = SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._end = clock() + seconds
        self.bytes = MOST_BYTES

    def seconds(self) -> float:
        """The seconds that are left.

        Raises:
            TimeoutError: none are.

        """
        left = self._end - self._clock()
        if left <= 0:
            raise TimeoutError
        return left


def ask_name_service(name: str, port: int) -> list[str]:
    """The addresses of a name, as this machine's resolver gives them."""
    return [str(place[0]) for *_, place in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]


def open_connection(ip: str, port: int, seconds: float) -> socket.socket:
    """A connection to an IP address; nothing is looked up."""
    return socket.create_connection((ip, port), timeout=seconds)


@lru_cache(maxsize=1)
def public_authorities() -> ssl.SSLContext:
    """Trust public certificate authorities only.

    Not this machine's own list, which may hold a company's authority that ComfyControl does not know.
    """
    import certifi  # comes with requests

    return ssl.create_default_context(cafile=certifi.where())


@dataclass(frozen=True)
class Ways:
    """How the check reaches the network; tests replace these."""

    resolve: Callable[[str, int], Iterable[str]] = ask_name_service
    connect: Callable[[str, int, float], socket.socket] = open_connection
    trust: Callable[[], ssl.SSLContext] = public_authorities
    seconds: float = SECONDS


def addresses_of(ways: Ways, target: Target, allowance: Allowance) -> list[IpAddress]:
    """Look a name up, once, in a thread of its own, because the system's resolver has no time limit.

    Raises:
        NoAnswerError: `name_not_found`, `timed_out`.

    """
    slots = _lookups
    found: list[IpAddress] = []
    ended = threading.Event()

    def look_up() -> None:
        # OSError: no such name. ValueError: no name at all, or an answer that is no address.
        try:
            with suppress(OSError, ValueError):
                found.extend(dict.fromkeys(ip_address(text) for text in ways.resolve(target.host, target.port)))
            ended.set()
        finally:
            slots.release()

    if not slots.acquire(blocking=False):
        raise NoAnswerError("timed_out")
    try:
        threading.Thread(target=look_up, name="comfycontrol-look-up", daemon=True).start()
    except RuntimeError:  # no more threads to be had
        slots.release()
        raise NoAnswerError("timed_out") from None
    try:
        in_time = ended.wait(allowance.seconds())
    except TimeoutError:
        in_time = False
    if not in_time:
        raise NoAnswerError("timed_out")
    if not found:
        raise NoAnswerError("name_not_found")
    return found

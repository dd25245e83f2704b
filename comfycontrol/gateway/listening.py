"""What the guarded port needs of whoever knows aiohttp's server side, which this room does not.

Light, because it is imported with the pack.
"""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from .gate import Gate


class Listening(Protocol):
    """A socket that is open."""

    async def close(self) -> None:
        """Close it, and end the requests on it."""


# Opens a socket before an application of aiohttp: `listen(application, gate, address, port)`, in the application's
# loop. It raises `OSError` where the system refuses, and any other error where this aiohttp offers no way.
Listen = Callable[[Any, "Gate", str, int], Coroutine[Any, Any, Listening]]

_provided: list[Listen] = []


def provide(listen: Listen) -> None:
    """Say how to listen; to be called at import by the side that knows."""
    _provided[:] = [listen]


def provided() -> Listen | None:
    """Give how to listen; None where nobody has said so."""
    return _provided[0] if _provided else None

"""The last errors that people saw, for the diagnostics: codes and times, nothing else."""

from collections import deque
from typing import NamedTuple

from .clock import utc_now
from .errors import ComfyControlError, MachineError, ServiceError, WrongStateError

_MOST = 10
# Not the refusals of requests, with which a stranger could fill the list.
_WORTH_KEEPING = (MachineError, ServiceError, WrongStateError)


class RecentError(NamedTuple):
    """One error: its code, and when it was (ISO 8601, UTC)."""

    code: str
    at: str


_recent: deque[RecentError] = deque(maxlen=_MOST)


def note_error(error: ComfyControlError) -> None:
    """Keep the error's code; safe to call from any thread."""
    if isinstance(error, _WORTH_KEEPING):
        _recent.append(RecentError(error.code, utc_now()))


def recent_errors() -> list[RecentError]:
    """Give the last ten, the newest last."""
    return list(_recent)

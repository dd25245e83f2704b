"""Which disabled runner a pod takes over, when fifty of them choose at once and none knows of the others."""

import hashlib
from collections.abc import Iterable

from ..models.limits import DISABLED
from ..models.runner import Runner

# Then a new one is made: somebody else is always faster, or the list never becomes true.
MOST_TRIES = 5
# A list older than this says nothing of what is still free.
FRESH_SECONDS = 1.0
# Between taking a runner over and reading it back. Who listed before that has written by then; by chance, so that two
# who look at the same runner do not do so in step.
READ_BACK_SECONDS = (1.0, 3.0)


def choose(runners: Iterable[Runner], prefix: str, endpoint: str) -> Runner | None:
    """Give the runner to take over; None where none is free.

    Each pod prefers another one (the highest hash of its endpoint and the runner's id), so that those who list at the
    same moment mostly go for different ones.
    """
    free = [runner for runner in runners if runner.status == DISABLED and runner.name.startswith(prefix)]
    return max(free, key=lambda runner: _preference(endpoint, runner.id), default=None)


def _preference(endpoint: str, runner_id: str) -> bytes:
    return hashlib.sha256(f"{endpoint}\n{runner_id}".encode(errors="surrogateescape")).digest()

"""Getting a runner for this instance: the one with its address, a free one, or a new one. Never a second one."""

import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Literal

from ..comfyui import ComfyUser
from ..models.endpoint import same_endpoint
from ..models.limits import ACTIVE, DISABLED
from ..models.runner import Runner
from ..runners.creation import with_endpoint
from ..runners.queries import RunnerQueries
from ..runners.registration import Registration, RunnerChoice
from .backoff import Backoff
from .desired_runner import DesiredRunner

# Then a new runner is created: somebody else is always faster, or the list is always out of date.
MOST_TRIES = 5
# An older list does not tell which runners are still free.
FRESH_SECONDS = 1.0
# Between taking a runner over and reading it back. By then, whoever listed before that has written as well; random, so
# that two machines after the same runner do not stay in step.
READ_BACK_SECONDS = (1.0, 3.0)
# Within this time nobody but us is expected to create a runner with our address.
_LISTED_SECONDS = 900.0


class Enrolment:
    """Gets an instance its runner; keeps between steps what need not be asked for twice.

    Args:
        registration: the use cases.
        queries: what is asked of the service.
        backoff: how long to wait.
        reuse: the prefix of the names of runners that may be taken over.
        clock: monotonic seconds.

    """

    def __init__(
        self,
        registration: Registration,
        queries: RunnerQueries,
        backoff: Backoff,
        reuse: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registration = registration
        self._queries = queries
        self._backoff = backoff
        self._reuse = reuse
        self._clock = clock
        self._listed: list[Runner] | None = None
        self._listed_at = 0.0
        self._claimed: Runner | None = None
        self._claims = 0
        self._let_others_list = False

    @property
    def has_listed(self) -> bool:
        """Whether the next call is the one that creates a runner."""
        return self._listed is not None

    def forget_list(self) -> None:
        """Forget the list, which may be out of date."""
        self._listed = None

    def step(
        self, user: ComfyUser, desired: DesiredRunner, *, may_create: bool, as_new: bool
    ) -> Literal["nothing"] | float:
        """Do the next step.

        Returns:
            0 if this instance has its runner; seconds until the next step if more are needed; `nothing` if there is no
            runner for it and none may be created.

        """
        if self._claimed is not None:
            return self._read_back(user, self._claimed, as_new=as_new)
        reuses = self._reuse is not None and self._claims < MOST_TRIES
        # While a fleet starts, the free runners change all the time. A refused POST, however, did no work, so the list
        # from before it still holds.
        listed = self._list(user, FRESH_SECONDS if reuses else _LISTED_SECONDS)
        here = with_endpoint(listed, desired.endpoint)
        if here:
            return self._be(user, next((one for one in here if one.status == ACTIVE), here[0]), desired, as_new=as_new)
        if not may_create:
            self._listed = None
            return "nothing"
        free = choose(listed, self._reuse or "", desired.endpoint) if reuses else None
        if free is None and self._backoff.is_crowded and not self._let_others_list and not reuses:
            self._let_others_list = True
            return self._backoff.turn()
        if free is None:
            self._registration.register(user, desired, RunnerChoice(as_new=as_new), listed)
            return self._done()
        self._listed = None
        self._claims += 1
        self._claimed = self._registration.claim(user, free.id, desired.change_of_another())
        return self._backoff.between(*READ_BACK_SECONDS)

    def _list(self, user: ComfyUser, seconds: float) -> list[Runner]:
        if self._listed is None or self._clock() - self._listed_at > seconds:
            self._listed = self._queries.runners(user)
            self._listed_at = self._clock()
        return self._listed

    def _be(self, user: ComfyUser, runner: Runner, desired: DesiredRunner, *, as_new: bool) -> float:
        if self._claims:
            # The answer to our taking it over was lost, and somebody else may be doing the same right now.
            self._claimed = runner
            return self._backoff.between(*READ_BACK_SECONDS)
        self._registration.adopt(runner, as_new=as_new)
        change = desired.change_of(runner, with_headers="headers" in desired.given)
        if change.model_fields_set:
            self._registration.change(user, change)
        return self._done()

    def _read_back(self, user: ComfyUser, claimed: Runner, *, as_new: bool) -> float:
        """The last to write gets the runner; the others look for another one."""
        found = self._queries.find(user, claimed.id)
        self._claimed = None
        if found is None or not same_endpoint(found.endpoint, claimed.endpoint):
            return self._backoff.between(0.1, READ_BACK_SECONDS[0])
        self._registration.adopt(found, as_new=as_new)
        return self._done()

    def _done(self) -> float:
        self._listed = None
        self._claims = 0
        return 0.0


def choose(runners: Iterable[Runner], prefix: str, endpoint: str) -> Runner | None:
    """Give the runner to take over; None if none is free.

    Each machine prefers a different one (the highest hash of its endpoint and the runner's id), so that machines that
    list at the same moment mostly choose different ones.
    """
    free = [runner for runner in runners if runner.status == DISABLED and runner.name.startswith(prefix)]
    return max(free, key=lambda runner: _preference(endpoint, runner.id), default=None)


def _preference(endpoint: str, runner_id: str) -> bytes:
    return hashlib.sha256(f"{endpoint}\n{runner_id}".encode(errors="surrogateescape")).digest()

"""Makes this instance a runner and keeps that true where nobody clicks, one step at a time.

A step judges how the instance stands with the panel's own state function, does at most one thing about it through the
panel's own use cases, and says when to look again. So it can be tested without waiting, and run by a thread.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from pydantic import SecretStr

from ..comfyui import ComfyUser
from ..endpoint import normalise_endpoint
from ..errors import AnswerLostError, ComfyControlError, NoConnectionError, ServiceError
from ..instance_state import Machine, State, instance_state
from ..limits import ACTIVE, DISABLED
from ..models import Runner, RunnerChange
from . import reports
from .account import keep_to_account
from .address_watch import LOOK_SECONDS
from .backoff import Backoff
from .checked_address import SOMEBODY_ELSE, CheckedAddress
from .entering import Entry
from .parts import Mode, Parts
from .reports import Reports
from .wanted import Wanted

# When nothing can be done before something changes that only the service knows of.
_LATER_SECONDS = 600.0
# The address of a tunnel that has just been opened is known before it can be reached.
_NOT_PROVEN_SECONDS = 20.0


class Keeper:
    """One instance's keeper; belongs to one thread.

    Args:
        parts: what it works with.
        mode: `on` registers and keeps, `update` keeps what is there, `address` keeps nothing but the address.
        backoff: how long to wait.
        reuse: the beginning of the names of runners that may be taken over.
        clock: monotonic seconds.

    """

    def __init__(
        self,
        parts: Parts,
        mode: Mode,
        backoff: Backoff,
        reuse: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._mode = mode
        self._backoff = backoff
        self._address = CheckedAddress(parts.prove, parts.access.memory, clock)
        self._entry = Entry(parts.registration, parts.lookout, backoff, reuse, clock)
        self._reports = Reports()
        # Whether the service has confirmed in this process what it is asked to hold.
        self.settled = False
        self._instance_id: str | None = None
        self._used: SecretStr | None = None
        self._dead: SecretStr | None = None
        self._refused: Wanted | None = None
        self._sent_headers: Mapping[str, SecretStr] | None = None

    def step(self) -> float:
        """Look how things stand, and do the next thing about it. Seconds until the next step."""
        try:
            pause = self._next()
        except ComfyControlError as error:
            return self._after(error)
        self._backoff.well()
        return pause

    def leave(self) -> None:
        """Take the runner out of service, because ComfyUI ends.

        Raises:
            ComfyControlError: it stays as it is.

        """
        user = self._parts.user()
        remembered = self._parts.access.memory.recall()
        if user is not None and self.settled and remembered.runner and remembered.runner.status == ACTIVE:
            self._parts.registration.change(user, RunnerChange(status=DISABLED))

    def _next(self) -> float:
        user = self._parts.user()
        if user is None or not self._token_lives(user):
            return LOOK_SECONDS
        wanted = self._parts.find()
        if wanted is None:
            # Who keeps only the address may have closed the tunnel on purpose.
            if self._mode != "address":
                self._reports.trouble_is("no_address", reports.NO_ADDRESS)
            return LOOK_SECONDS
        if wanted == self._refused or not self._is_alone():
            return LOOK_SECONDS
        return self._act(user, wanted, self._state(wanted))

    def _act(self, user: ComfyUser, wanted: Wanted, state: State) -> float:
        if state in {"registered", "disabled", "address_changed", "needs_attention"}:
            return self._keep(user, wanted)
        is_copy = state == "another_instance"
        if is_copy and self._mode != "on":
            self._reports.trouble_is(state, reports.IS_A_COPY)
        elif self._mode != "address" and (is_copy or state in {"not_registered", "runner_gone"}):
            return self._enter(user, wanted, as_new=is_copy)
        return LOOK_SECONDS

    def _token_lives(self, user: ComfyUser) -> bool:
        access = self._parts.access
        if self._dead is not None:
            access.environment.look_again()
        token = access.token_of(user)
        if token == self._dead:
            return False
        self._used = token
        if self._dead is not None or not self.settled:
            # Whatever was the matter with it in another life: it may be another one now.
            access.forget_rejection()
            keep_to_account(access)
        self._dead = None
        return True

    def _is_alone(self) -> bool:
        """Whether what is remembered is still ours: two pods on one volume would each go on with the other's runner."""
        remembered = self._parts.access.memory.recall()
        if remembered.runner is None:
            # Somebody removed the file: that releases the instance, and it begins anew.
            self.settled = False
        if self.settled and self._mode != "address" and remembered.instance_id != self._instance_id:
            self._reports.trouble_is("shared_folder", reports.SHARED_FOLDER)
            return False
        return True

    def _state(self, wanted: Wanted) -> State:
        remembered = self._parts.access.memory.recall()
        verdict = None
        if remembered.runner is not None and not self.settled:
            verdict = self._address.verdict(remembered.runner.endpoint, {})
        # Trouble with the service is over until the next call says otherwise: that is what waiting was for.
        machine = Machine(best_address=wanted.endpoint, verdict=verdict, token_given=True)
        return instance_state(remembered, None, machine).state

    def _keep(self, user: ComfyUser, wanted: Wanted) -> float:
        runner = self._parts.access.memory.recall().runner
        if runner is None:
            return LOOK_SECONDS
        if not self._may_move(runner, wanted):
            return _NOT_PROVEN_SECONDS if not self.settled else LOOK_SECONDS
        change = self._change(runner, wanted)
        if not change.model_fields_set and not self.settled and self._mode != "address":
            runner = self._parts.lookout.look(user, runner)
            change = self._change(runner, wanted)
        if change.model_fields_set:
            self._parts.registration.change(user, change)
        return self._settle(wanted)

    def _change(self, runner: Runner, wanted: Wanted) -> RunnerChange:
        if self._mode == "address":
            moved = normalise_endpoint(runner.endpoint) != normalise_endpoint(wanted.endpoint)
            return RunnerChange(endpoint=wanted.endpoint) if moved else RunnerChange()
        with_headers = "headers" in wanted.given and wanted.headers != self._sent_headers
        # Only the start undoes what the end did: whoever takes the runner out of service later means it.
        now = replace(wanted, puts_into_service=wanted.puts_into_service and not self.settled)
        return now.change_of(runner, with_headers=with_headers)

    def _may_move(self, runner: Runner, wanted: Wanted) -> bool:
        """Whether the runner's address may become the wanted one: proven, or an operator's word and nobody else's."""
        if normalise_endpoint(runner.endpoint) == normalise_endpoint(wanted.endpoint):
            return True
        verdict = self._address.verdict(wanted.endpoint, wanted.headers)
        if verdict in SOMEBODY_ELSE:
            self._reports.trouble_is("taken_address", reports.TAKEN_ADDRESS)
            return False
        if verdict != "proven" and (self._mode == "address" or not wanted.is_configured):
            self._reports.trouble_is("not_proven", reports.NOT_PROVEN)
            return False
        return True

    def _enter(self, user: ComfyUser, wanted: Wanted, *, as_new: bool) -> float:
        if self._address.verdict(wanted.endpoint, wanted.headers) in SOMEBODY_ELSE:
            self._reports.trouble_is("taken_address", reports.TAKEN_ADDRESS)
            return LOOK_SECONDS
        pause = self._entry.step(user, wanted, may_create=self._mode == "on", as_new=as_new)
        if pause == "nothing":
            self._reports.trouble_is("nothing_to_update", reports.NOTHING_TO_UPDATE)
            return _LATER_SECONDS
        return pause or self._settle(wanted)

    def _settle(self, wanted: Wanted) -> float:
        self.settled = True
        self._instance_id = self._parts.access.memory.recall().instance_id
        self._sent_headers = dict(wanted.headers)
        self._refused = None
        self._reports.well("this instance is registered, and its runner is as it should be.")
        return LOOK_SECONDS

    def _after(self, error: ComfyControlError) -> float:
        """What to do after trouble. Every wait is bounded, and those of many machines are spread."""
        if error.code == "token_rejected":
            return self._after_rejection()
        if error.code in {"runner_gone", "chosen_runner_gone"}:
            # The memory has that already; the next step begins anew.
            self._entry.forget_list()
            self.settled = False
            return self._backoff.between(0.1, 1)
        self._reports.trouble_is(error.code, _told(error))
        if error.code == "rate_limited":
            return self._backoff.refused(error.retry_after, after_others=self._entry.has_listed)
        # Whatever was listed may have one more by now.
        self._entry.forget_list()
        if error.code == "runner_limit":
            return self._backoff.between(_LATER_SECONDS, 2 * _LATER_SECONDS)
        if error.code == "values_refused":
            self._refused = self._parts.find()
            return LOOK_SECONDS
        return self._backoff.failed() if isinstance(error, ServiceError) else LOOK_SECONDS

    def _after_rejection(self) -> float:
        """Stop until the token is another one. The access has said so already."""
        user = self._parts.user()
        self._reports.note("token_rejected")
        if user is None:
            return LOOK_SECONDS
        before, self._dead = self._used, self._used
        # A mounted secret has been read again by now.
        return LOOK_SECONDS if self._parts.access.token_of(user) == before else 0.0


def _told(error: ComfyControlError) -> str:
    """What the log says of it: the next step is meant for who presses buttons, and here nobody does."""
    if isinstance(error, NoConnectionError):
        return f"{error.message} {error.next_step} {reports.TRIED_AGAIN}"
    if isinstance(error, AnswerLostError) or error.code == "rate_limited":
        return f"{error.message} {reports.TRIED_AGAIN}"
    return f"{error.message} {error.next_step}"

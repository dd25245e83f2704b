"""Makes this instance a runner and keeps it one without anybody clicking, one step at a time.

A step determines the state by the same function as the panel, does at most one thing about it through the same use
cases, and says when to look again. So it can run in a thread, and be tested without waiting.
"""

import time
from collections.abc import Callable, Mapping

from pydantic import SecretStr

from ..address_check.verdicts import CANNOT_TELL_WHOSE
from ..comfyui import ComfyUser
from ..errors import ComfyControlError, ServiceError
from ..models.endpoint import same_endpoint
from ..models.limits import ACTIVE, DISABLED
from ..models.runner import Runner, RunnerChange
from ..runners.state import KEPT_STATES, Machine, State, instance_state
from . import log_messages
from .address_proof import AddressProof
from .backoff import Backoff
from .dependencies import Dependencies, Mode
from .desired_runner import DesiredRunner
from .enrolment import Enrolment
from .log_messages import TroubleLog, told
from .network_watch import LOOK_SECONDS

# If nothing can be done until something changes at the service.
_LATER_SECONDS = 600.0
# A tunnel's address is known a while before it can be reached.
_NOT_PROVEN_SECONDS = 20.0


class Reconciler:
    """One instance's reconciler; belongs to one thread.

    Args:
        parts: what it works with.
        mode: `on` registers and keeps, `update` keeps what is there, `address` keeps nothing but the address.
        backoff: how long to wait.
        reuse: the prefix of the names of runners that may be taken over.
        clock: monotonic seconds.

    """

    def __init__(
        self,
        parts: Dependencies,
        mode: Mode,
        backoff: Backoff,
        reuse: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._mode = mode
        self._backoff = backoff
        self._entry = Enrolment(parts.registration, parts.queries, backoff, reuse, clock)
        self._trouble_log = TroubleLog()
        self._address = AddressProof(parts, mode, self._trouble_log)
        # Whether the service has confirmed the desired runner in this process.
        self.settled = False
        self._instance_id: str | None = None
        self._used: SecretStr | None = None
        self._rejected: set[SecretStr] = set()
        self._refused: DesiredRunner | None = None
        self._sent_headers: Mapping[str, SecretStr] | None = None

    def step(self) -> float:
        """Look at the state, and do the next thing about it. Returns the seconds until the next step."""
        try:
            pause = self._next()
        except ComfyControlError as error:
            return self._after(error)
        self._backoff.well()
        return pause

    def leave(self) -> None:
        """Disable the runner, because ComfyUI ends.

        Raises:
            ComfyControlError: it stays as it is.

        """
        user = self._working_user() if self.settled else None
        remembered = self._parts.session.remembered
        if user is not None and remembered.runner and remembered.runner.status == ACTIVE:
            self._parts.registration.change(user, RunnerChange(status=DISABLED))

    def _next(self) -> float:
        user = self._working_user()
        if user is None:
            return LOOK_SECONDS
        self._begin_with(user)
        desired = self._parts.find()
        if desired is None:
            # If only the address is kept, somebody may have closed the tunnel on purpose.
            if self._mode != "address":
                self._trouble_log.trouble_is("no_address", log_messages.NO_ADDRESS, self._parts.advice)
            return LOOK_SECONDS
        if desired == self._refused or not self._is_alone():
            return LOOK_SECONDS
        return self._act(user, desired, self._state(desired))

    def _act(self, user: ComfyUser, desired: DesiredRunner, state: State) -> float:
        if state in KEPT_STATES:
            return self._keep(user, desired)
        is_copy = state == "another_instance"
        if is_copy and self._mode != "on":
            self._trouble_log.trouble_is(state, log_messages.IS_A_COPY)
        elif self._mode != "address" and (is_copy or state in {"not_registered", "runner_gone"}):
            return self._enter(user, desired, as_new=is_copy)
        return LOOK_SECONDS

    def _working_user(self) -> ComfyUser | None:
        """The first user whose token opens and was not rejected; None if there is none at the moment.

        Raises:
            ComfyControlError: why none of their tokens can be used.

        """
        session = self._parts.session
        if self._rejected:
            session.environment.look_again()
        trouble: ComfyControlError | None = None
        for user in self._parts.users():
            try:
                if session.token_of(user) not in self._rejected:
                    return user
            except ComfyControlError as error:  # noqa: PERF203 - each by itself
                # One user may not have entered a new token yet; the others' still work.
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        return None

    def _begin_with(self, user: ComfyUser) -> None:
        session = self._parts.session
        self._used = session.token_of(user)
        if self._rejected or not self.settled:
            # Whatever was wrong with it in an earlier process, it may be a new one now.
            session.forget_rejection()
            session.confirm(user)

    def _is_alone(self) -> bool:
        """Whether what is remembered is still ours: two pods on one volume would take each other's runner."""
        remembered = self._parts.session.remembered
        if remembered.runner is None:
            # Somebody removed the file, which releases the instance; it starts over.
            self.settled = False
        if self.settled and self._mode != "address" and remembered.instance_id != self._instance_id:
            self._trouble_log.trouble_is("shared_folder", log_messages.SHARED_FOLDER)
            return False
        return True

    def _state(self, desired: DesiredRunner) -> State:
        remembered = self._parts.session.remembered
        verdict = None
        if remembered.runner is not None and not self.settled:
            verdict = self._address.verdict(remembered.runner.endpoint, {}).verdict
            if self._may_be_anothers(remembered.runner, desired, verdict):
                self._trouble_log.trouble_is("may_be_a_copy", log_messages.MAY_BE_A_COPY)
                return "another_instance"
        # After the wait, the trouble with the service counts as over until the next call says otherwise.
        machine = Machine(best_address=desired.endpoint, verdict=verdict, token_given=True)
        return instance_state(remembered, None, machine).state

    def _may_be_anothers(self, runner: Runner, desired: DesiredRunner, verdict: str) -> bool:
        """Whether the runner may be that of a machine of which this one is a copy."""
        has_moved = not same_endpoint(runner.endpoint, desired.endpoint)
        is_unclear = verdict in CANNOT_TELL_WHOSE and self._parts.may_be_cloned()
        return self._mode != "address" and has_moved and is_unclear

    def _keep(self, user: ComfyUser, desired: DesiredRunner) -> float:
        runner = self._parts.session.remembered.runner
        if runner is None:
            return LOOK_SECONDS
        if not self._address.may_move(runner, desired):
            return _NOT_PROVEN_SECONDS if not self.settled else LOOK_SECONDS
        change = self._change(runner, desired)
        if not change.model_fields_set and not self.settled and self._mode != "address":
            runner = self._parts.queries.look(user, runner)
            change = self._change(runner, desired)
        if change.model_fields_set:
            self._parts.registration.change(user, change)
        return self._settle(user, desired)

    def _change(self, runner: Runner, desired: DesiredRunner) -> RunnerChange:
        if self._mode == "address":
            moved = not same_endpoint(runner.endpoint, desired.endpoint)
            return desired.as_change(["endpoint"] if moved else [])
        with_headers = "headers" in desired.given and desired.headers != self._sent_headers
        # Only at the start, to undo what the end did: whoever disables the runner later means it.
        now = desired.model_copy(update={"puts_into_service": desired.puts_into_service and not self.settled})
        return now.change_of(runner, with_headers=with_headers)

    def _enter(self, user: ComfyUser, desired: DesiredRunner, *, as_new: bool) -> float:
        if not self._address.is_fit(desired, log_messages.FOUND_NOT_PROVEN):
            return LOOK_SECONDS if desired.is_configured else _NOT_PROVEN_SECONDS
        pause = self._entry.step(user, desired, may_create=self._mode == "on", as_new=as_new)
        if pause == "nothing":
            self._trouble_log.trouble_is("nothing_to_update", log_messages.NOTHING_TO_UPDATE)
            return _LATER_SECONDS
        return pause or self._settle(user, desired)

    def _settle(self, user: ComfyUser, desired: DesiredRunner) -> float:
        self.settled = True
        self._instance_id = self._parts.session.remembered.instance_id
        self._sent_headers = dict(desired.headers)
        self._refused = None
        self._trouble_log.well("this instance is registered, and its runner is up to date.")
        self._parts.test_run(user)
        return LOOK_SECONDS

    def _after(self, error: ComfyControlError) -> float:
        """Seconds to wait after an error: bounded, and randomised where many machines may wait."""
        if error.code == "token_rejected":
            return self._after_rejection()
        if error.code in {"runner_gone", "chosen_runner_gone"}:
            # This is remembered already; the next step starts over.
            self._entry.forget_list()
            self.settled = False
            return self._backoff.between(0.1, 1)
        self._trouble_log.trouble_is(error.code, told(error))
        if error.code == "rate_limited":
            return self._backoff.refused(error.retry_after, after_others=self._entry.has_listed)
        # There may be one more by now.
        self._entry.forget_list()
        if error.code == "runner_limit":
            return self._backoff.between(_LATER_SECONDS, 2 * _LATER_SECONDS)
        if error.code == "values_refused":
            self._refused = self._parts.find()
            return LOOK_SECONDS
        return self._backoff.failed() if isinstance(error, ServiceError) else LOOK_SECONDS

    def _after_rejection(self) -> float:
        """Wait for another token. The session has logged the rejection already."""
        self._trouble_log.note("token_rejected")
        if self._used is not None:
            self._rejected.add(self._used)
        try:
            # Another user's, or from a mounted secret that has been replaced meanwhile.
            return 0.0 if self._working_user() is not None else LOOK_SECONDS
        except ComfyControlError:
            return LOOK_SECONDS

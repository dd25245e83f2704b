"""Queries that change nothing: the status, the account's runners, what this instance's runner ran."""

from ..address_check.monitor import AddressMonitor
from ..comfyui import ComfyUser
from ..errors import ComfyControlError, RefusedByServiceError, ServiceError, WrongStateError
from ..models.runner import Runner, WorkflowRun
from ..storage.remembered import Remembered
from .account_session import AccountSession
from .preferences import preferences
from .state import Machine, address_warning, instance_state
from .status import Status, status_for_owner, status_for_stranger


class RunnerQueries:
    """What an owner can ask about this instance and its account.

    Args:
        session: the account's token and the calls made with it.
        address_monitor: what this machine knows of its own address.

    Every method raises `ComfyControlError` or one of its children, and nothing else.

    """

    def __init__(self, session: AccountSession, address_monitor: AddressMonitor) -> None:
        self._session = session
        self._address_monitor = address_monitor

    def status(self, user: ComfyUser, owner_key: str, *, refresh: bool = False) -> Status:
        """Give the status: to a stranger the bare state, to an owner everything.

        Args:
            user: who asks.
            owner_key: theirs, if they are an owner.
            refresh: ask the service for the runner first, with one call at most, and look for this machine's address.
                For owners only.

        """
        remembered = self._session.remembered
        if not remembered.is_owner(owner_key):
            return status_for_stranger(remembered, self._missing_package(), self._session.environment)
        trouble = self._trouble_with_token(user)
        if trouble is None and refresh:
            self._refresh(user, remembered)
            remembered = self._session.remembered
        runner = remembered.runner
        verdict = self._address_monitor.verdict_of(runner.endpoint if runner else None)
        given = self._session.environment.gives_token
        machine = Machine(trouble, self._address_monitor.best, verdict.verdict if verdict else None, token_given=given)
        warned = address_warning(runner, machine.verdict) is not None
        return status_for_owner(
            remembered,
            instance_state(remembered, self._session.trouble if runner else None, machine),
            connected=trouble is None,
            environment=self._session.environment,
            chosen=preferences(self._session.store),
            best_address=machine.best_address,
            address=verdict if warned else None,
            reached_at=self._address_monitor.proven_at(runner.endpoint if runner else None),
            retry_after=self._session.seconds_to_wait,
        )

    def runners(self, user: ComfyUser) -> list[Runner]:
        """All runners of the account, newest first; one call to the service for every hundred."""
        with self._session.client_of(user) as client:
            return client.runners()

    def find(self, user: ComfyUser, runner_id: str) -> Runner | None:
        """One runner of the account as it is now; None if there is none with this id. It is not remembered."""
        with self._session.client_of(user) as client:
            try:
                return client.runner(runner_id)
            except RefusedByServiceError as error:
                if error.code != "runner_gone":
                    raise
        return None

    def history(self, user: ComfyUser) -> list[WorkflowRun]:
        """The latest workflows that this instance's runner ran, ten at most.

        Raises:
            WrongStateError: `not_registered`, `runner_gone`.

        """
        runner_id = self._session.runner_id()
        with self._session.client_of(user) as client:
            try:
                return client.history(runner_id)
            except RefusedByServiceError as error:
                self._session.note_gone(error)
                raise

    def look(self, user: ComfyUser, before: Runner | None = None) -> Runner:
        """Ask the service for this instance's runner, and remember the answer; `before` is what it was.

        Raises:
            WrongStateError: `not_registered`, `runner_gone`.

        """
        with self._session.exclusive_client_of(user) as client:
            runner_id = self._session.runner_id()
            try:
                runner = client.runner(runner_id)
            except RefusedByServiceError as error:
                self._session.note_gone(error)
                raise
            return self._session.remember(
                runner, None if runner.without_mark() == before else "changed at ComfyControl"
            )

    def _refresh(self, user: ComfyUser, remembered: Remembered) -> None:
        runner = remembered.runner
        if runner is None or remembered.attention == "runner_gone":
            return
        try:
            runner = self._ask(user, runner)
        except (ServiceError, WrongStateError):
            # The session and the store keep the error, and the state shows it.
            return
        self._address_monitor.look()
        if preferences(self._session.store).check_address:
            self._address_monitor.check_soon(runner.endpoint)

    def _ask(self, user: ComfyUser, before: Runner) -> Runner:
        # During its cooldown the service would only refuse.
        return before if self._session.seconds_to_wait else self.look(user, before)

    def _trouble_with_token(self, user: ComfyUser) -> ComfyControlError | None:
        try:
            self._session.token_of(user)
        except ComfyControlError as error:
            return error
        return None

    def _missing_package(self) -> ComfyControlError | None:
        try:
            self._session.seal.check_available()
        except ComfyControlError as error:
            return error
        return None

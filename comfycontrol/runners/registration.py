"""Registering this instance as a runner of the account, taking one over, changing it."""

import secrets
from collections.abc import Callable
from typing import NamedTuple

from ..api.client import ComfyControlClient
from ..comfyui import ComfyUser
from ..errors import NotAllowedError, RefusedByServiceError
from ..models.runner import Runner, RunnerChange, RunnerDraft, RunnerExistsError
from .account_session import AccountSession
from .creation import create_runner, with_endpoint


class RunnerChoice(NamedTuple):
    """Which runner an instance is to be.

    `take_over` is the id of a runner of the account. `make_second` creates one even if the account has one with this
    endpoint. `as_new` leaves the remembered runner to the copy of this instance that it belongs to.
    """

    take_over: str | None = None
    make_second: bool = False
    as_new: bool = False


class Registration:
    """This instance's registration with the service.

    Args:
        session: the account's token and the calls made with it.
        renew_identity: makes this instance distinct from copies of it.

    Every method raises `ComfyControlError` or one of its children, and nothing else.

    """

    def __init__(self, session: AccountSession, renew_identity: Callable[[], None] = lambda: None) -> None:
        self._session = session
        self._store = session.store
        self._renew_identity = renew_identity

    def check_changeable(self, *names: str) -> None:
        """Raise if the environment decides one of these: `token`, `runner` (which one it is), or fields of it.

        Raises:
            NotAllowedError: `set_by_environment`, with the first of them.

        """
        decided = self._session.environment.decides
        for name in names:
            if name in decided:
                raise NotAllowedError("set_by_environment", field=name)

    def saved_endpoint(self) -> str | None:
        """Give the endpoint last registered, if any."""
        runner = self._session.remembered.runner
        return runner.endpoint if runner else None

    def saved_id(self) -> str | None:
        """Give the id of this instance's runner, unless there is none, or it is gone."""
        remembered = self._session.remembered
        return remembered.runner.id if remembered.runner and remembered.attention != "runner_gone" else None

    def register(
        self,
        user: ComfyUser,
        draft: RunnerDraft,
        choice: RunnerChoice | None = None,
        listed: list[Runner] | None = None,
    ) -> Runner:
        """Make this instance the runner of this draft: change its own, take one over, or create one.

        Args:
            user: whose token to use.
            draft: the values. Those that were not given stay as they are at an existing runner.
            choice: which runner it is to be, if that was chosen.
            listed: the account's runners, if the caller has just asked for them.

        Raises:
            RunnerExistsError: one has this endpoint, and nobody has chosen whether to take it over.

        """
        take_over, make_second, as_new = choice or RunnerChoice()
        with self._session.exclusive_client_of(user) as client:
            remembered = self._session.remembered
            own = None if as_new or remembered.attention == "runner_gone" else remembered.runner
            given = draft.as_change()
            if take_over is not None and (own is None or own.id != take_over):
                return self._settle(_taken_over(client, take_over, given), "taken over", as_new=as_new)
            if own is not None:
                return self._session.remember(self._change(client, own.id, given), given.outcome)
            before = client.runners() if listed is None else listed
            candidates = with_endpoint(before, draft.endpoint)
            if candidates and not make_second:
                raise RunnerExistsError(candidates)
            return self._settle(create_runner(client, draft, before), "registered", as_new=as_new)

    def claim(self, user: ComfyUser, runner_id: str, change: RunnerChange) -> Runner:
        """Give a runner of the account these values without adopting it: somebody else may be doing the same.

        Raises:
            RefusedByServiceError: `chosen_runner_gone`.

        """
        with self._session.exclusive_client_of(user) as client:
            return _taken_over(client, runner_id, change)

    def adopt(self, runner: Runner, *, as_new: bool = False) -> Runner:
        """Make this runner, as the service has just given it, this instance's; sends nothing."""
        with self._session.lock:
            return self._settle(runner, "found", as_new=as_new)

    def change(self, user: ComfyUser, change: RunnerChange) -> Runner:
        """Change the runner of this instance; never makes one.

        Raises:
            WrongStateError: `not_registered`, or `runner_gone` when the service no longer has it.

        """
        with self._session.exclusive_client_of(user) as client:
            return self._session.remember(self._change(client, self._session.runner_id(), change), change.outcome)

    def _settle(self, runner: Runner, what: str, *, as_new: bool) -> Runner:
        """Make this runner this instance's, after parting from the copies of it if that was asked for."""
        if as_new:
            self._renew_identity()
            self._store.update(lambda was: was.model_copy(update={"instance_id": secrets.token_hex(16)}))
        return self._session.remember(runner, what)

    def _change(self, client: ComfyControlClient, runner_id: str, change: RunnerChange) -> Runner:
        try:
            return client.change_runner(runner_id, change)
        except RefusedByServiceError as error:
            self._session.note_gone(error)
            changed = [name for name in change.model_fields_set if getattr(change, name) is not None]
            # The service does not name the field; if only one was sent, it is that one.
            if error.code == "values_refused" and len(changed) == 1:
                error.field = changed[0]
            raise


def _taken_over(client: ComfyControlClient, runner_id: str, change: RunnerChange) -> Runner:
    try:
        return client.change_runner(runner_id, change)
    except RefusedByServiceError as error:
        if error.code == "runner_gone":
            raise RefusedByServiceError("chosen_runner_gone", service_message=error.service_message) from None
        raise

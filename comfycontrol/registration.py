"""The use cases: connect, register, change, refresh, disconnect. The only place that decides.

One lock for all that may write at the service: two clicks, two tabs or ten requests make one runner.
"""

import hmac
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from pydantic import SecretStr

from .client import ComfyControlClient
from .comfyui import ComfyUser
from .creation import create_runner, with_endpoint
from .errors import (
    ComfyControlError,
    NotAllowedError,
    RefusedByServiceError,
    RunnerExistsError,
    ServiceError,
    WrongStateError,
)
from .limits import check_token
from .memory import Memory, Remembered, make_owner_key
from .models import Account, Runner, RunnerChange, RunnerDraft
from .status import Status, status_for_owner, status_for_stranger, token_hint
from .token_seal import TokenSeal
from .try_limit import TryLimit

# Fixed: the module's own name depends on the folder the pack lies in.
_LOGGER = logging.getLogger("comfycontrol")


class Connection(NamedTuple):
    """What the page gets for a token that was accepted."""

    sealed_token: str
    owner_key: str
    account: Account
    token_hint: str

    def __repr__(self) -> str:
        return f"Connection(account={self.account!r}, token_hint={self.token_hint!r})"


class Registration:
    """This instance's registration with the service.

    Args:
        memory: what the instance remembers.
        seal: how tokens are stored.
        open_client: makes a client for a token.
        tries: guards the service against strangers' tokens.

    Every method raises `ComfyControlError` or one of its children, and nothing else.

    """

    def __init__(
        self,
        memory: Memory,
        seal: TokenSeal,
        open_client: Callable[[SecretStr], ComfyControlClient],
        tries: TryLimit | None = None,
    ) -> None:
        self._memory = memory
        self._seal = seal
        self._open_client = open_client
        self._tries = tries or TryLimit()
        self._lock = threading.Lock()

    def check_owner(self, owner_key: str) -> None:
        """Let an owner through.

        Raises:
            NotAllowedError: `owner_required`.

        """
        if not self._memory.recall().is_owner(owner_key):
            raise NotAllowedError("owner_required")

    def saved_endpoint(self) -> str | None:
        """Give the endpoint last registered, if any."""
        runner = self._memory.recall().runner
        return runner.endpoint if runner else None

    def connect(self, token: str, user: ComfyUser, owner_key: str) -> Connection:
        """Check a token with the service and make the one who knows it an owner.

        The token that is sealed already is recognised without a call, so that an owner gets in while the service is
        away or strangers have used up their tries.

        Raises:
            InvalidInputError: the token is not of the documented form.
            NotAllowedError: `other_account`.
            TooManyTriesError: strangers only.

        """
        secret = SecretStr(check_token(token))
        self._seal.check_available()
        remembered = self._memory.recall()
        account = remembered.account if self._is_stored(secret, user, remembered) else None
        if account is None:
            account = self._account_of(secret, trusted=remembered.is_owner(owner_key))
        connection = Connection("", make_owner_key(), account, token_hint(secret))

        def claim(was: Remembered) -> Remembered:
            # Decided on what is remembered now: another may have claimed the instance while the service was asked.
            if was.account is not None and was.account.id != account.id:
                raise NotAllowedError("other_account")
            attention = None if was.attention == "token_rejected" else was.attention
            claimed = {"account": account, "token_hint": connection.token_hint, "attention": attention}
            return was.model_copy(update=claimed).with_owner(connection.owner_key)

        # The key first, and both in one step with what is remembered: another tab may be disconnecting meanwhile.
        with self._memory.alone():
            sealed_token = self._seal.seal(secret, user.id)
            self._memory.update(claim)
        _LOGGER.info("ComfyControl: an API token was accepted; this instance is connected.")
        return connection._replace(sealed_token=sealed_token)

    def register(
        self, user: ComfyUser, draft: RunnerDraft, *, take_over: str | None = None, make_second: bool = False
    ) -> Runner:
        """Make this instance the runner of this draft: change its own, take one over, or create one.

        Args:
            user: whose token to use.
            draft: the values.
            take_over: the id of a runner of the account that this instance shall be.
            make_second: create one even where the account has one with this endpoint.

        Raises:
            RunnerExistsError: when one has this endpoint and neither of the two was said.

        """
        with self._lock, self._client_of(user) as client:
            remembered = self._memory.recall()
            change = RunnerChange(**{name: getattr(draft, name) for name in RunnerDraft.model_fields})
            if remembered.runner and remembered.attention != "runner_gone":
                return self._remember(self._change(client, remembered.runner.id, change), "changed")
            if take_over is not None:
                return self._remember(client.change_runner(take_over, change), "taken over")
            before = client.runners()
            candidates = with_endpoint(before, draft.endpoint)
            if candidates and not make_second:
                raise RunnerExistsError(candidates)
            return self._remember(create_runner(client, draft, before), "registered")

    def change(self, user: ComfyUser, change: RunnerChange) -> Runner:
        """Change the runner of this instance; never makes one.

        Raises:
            WrongStateError: `not_registered`, or `runner_gone` when the service no longer has it.

        """
        with self._lock, self._client_of(user) as client:
            return self._remember(self._change(client, self._runner_id(), change), "changed")

    def status(self, user: ComfyUser, owner_key: str, *, refresh: bool = False) -> Status:
        """Tell how this instance stands: a stranger the bare state, an owner all.

        Args:
            user: who asks.
            owner_key: what they hold to be an owner.
            refresh: look at the runner at the service first; for owners only, one call at most.

        """
        remembered = self._memory.recall()
        if not remembered.is_owner(owner_key):
            return status_for_stranger(remembered, self._missing_package())
        problem: ComfyControlError | None = None
        connected = True
        try:
            self._token_of(user)
            if refresh and remembered.runner and remembered.attention != "runner_gone":
                self._refresh(user)
        except ServiceError as error:
            problem = error
        except ComfyControlError as error:
            problem = error
            connected = False
        remembered = self._memory.recall()
        # A rejected token or a lost runner is in the memory by now, and weighs more than one call that failed.
        return status_for_owner(remembered, None if remembered.attention else problem, connected=connected)

    def disconnect(self) -> Runner | None:
        """Forget token, owners and runner, and give the runner that stays at the service, if any.

        The key is destroyed, so no copy of the settings can be opened any more.
        """
        with self._lock, self._memory.alone():
            left = self._memory.recall().runner
            self._seal.destroy_key()
            self._memory.update(lambda was: Remembered(instance_id=was.instance_id))
        _LOGGER.info("ComfyControl: this instance was disconnected.")
        return left

    def _refresh(self, user: ComfyUser) -> None:
        with self._lock, self._client_of(user) as client:
            runner_id = self._runner_id()
            try:
                runner = client.runner(runner_id)
            except RefusedByServiceError as error:
                self._note_gone(error)
                raise
            if runner != self._memory.recall().runner:
                self._remember(runner, "changed at ComfyControl")

    def _change(self, client: ComfyControlClient, runner_id: str, change: RunnerChange) -> Runner:
        try:
            return client.change_runner(runner_id, change)
        except RefusedByServiceError as error:
            self._note_gone(error)
            changed = [name for name in change.model_fields_set if getattr(change, name) is not None]
            # The service never names the field; where only one was sent, that is the one.
            if error.code == "values_refused" and len(changed) == 1:
                error.field = changed[0]
            raise

    def _runner_id(self) -> str:
        remembered = self._memory.recall()
        if remembered.runner is None:
            raise WrongStateError("not_registered")
        if remembered.attention == "runner_gone":
            raise WrongStateError("runner_gone")
        return remembered.runner.id

    def _remember(self, runner: Runner, what: str) -> Runner:
        def registered(was: Remembered) -> Remembered:
            attention = None if was.attention == "runner_gone" else was.attention
            return was.model_copy(update={"runner": runner, "attention": attention})

        self._memory.update(registered)
        _LOGGER.info("ComfyControl: runner %s of this instance was %s.", runner.id, what)
        return runner

    def _note_gone(self, error: RefusedByServiceError) -> None:
        if error.code == "runner_gone":
            self._set_attention("runner_gone")
            _LOGGER.warning("ComfyControl no longer has the runner of this instance.")

    def _set_attention(self, attention: str | None) -> None:
        self._memory.update(lambda was: was.model_copy(update={"attention": attention}))

    @contextmanager
    def _client_of(self, user: ComfyUser) -> Iterator[ComfyControlClient]:
        """Give a client with the user's token, and learn from the service whether that token still counts."""
        with self._open_client(self._token_of(user)) as client:
            try:
                yield client
            except RefusedByServiceError as error:
                if error.code == "token_rejected":
                    self._set_attention("token_rejected")
                    _LOGGER.warning("ComfyControl rejected the API token of this instance.")
                raise
        if self._memory.recall().attention == "token_rejected":
            self._set_attention(None)

    def _token_of(self, user: ComfyUser) -> SecretStr:
        if not user.sealed_token:
            raise WrongStateError("not_connected")
        return self._seal.open(user.sealed_token, user.id)

    def _is_stored(self, token: SecretStr, user: ComfyUser, remembered: Remembered) -> bool:
        # One that the service has rejected is asked about again: it may be the reason why it is entered anew.
        if remembered.account is None or remembered.attention == "token_rejected":
            return False
        try:
            stored = self._token_of(user)
        except WrongStateError:
            return False
        return hmac.compare_digest(stored.get_secret_value().encode(), token.get_secret_value().encode())

    def _account_of(self, token: SecretStr, *, trusted: bool) -> Account:
        if trusted:
            with self._open_client(token) as client:
                return client.account()
        with self._tries.one_try(), self._open_client(token) as client:
            return client.account()

    def _missing_package(self) -> ComfyControlError | None:
        try:
            self._seal.check_available()
        except ComfyControlError as error:
            return error
        return None

"""The use cases: connect, register, change, disconnect. The only place that decides."""

import hmac
import logging
import secrets
from collections.abc import Callable
from typing import NamedTuple

from pydantic import SecretStr

from ..api.client import ComfyControlClient
from ..comfyui import ComfyUser
from ..errors import NotAllowedError, RefusedByServiceError, WrongStateError
from ..models.limits import check_token
from ..models.runner import Account, Runner, RunnerChange, RunnerDraft, RunnerExistsError
from ..rate_limiter import RateLimiter
from ..storage.store import Remembered, make_owner_key
from .account_match import check_account
from .account_session import AccountSession
from .creation import create_runner, with_endpoint
from .status import token_hint

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
        access: the account's token and the calls made with it.
        renew_identity: makes this instance another than the copies of it.
        tries: guards the service against strangers' tokens.

    Every method raises `ComfyControlError` or one of its children, and nothing else.

    """

    def __init__(
        self,
        session: AccountSession,
        renew_identity: Callable[[], None] = lambda: None,
        tries: RateLimiter | None = None,
    ) -> None:
        self._session = session
        self._store = session.store
        self._seal = session.seal
        self._renew_identity = renew_identity
        self._tries = tries or RateLimiter()

    def check_owner(self, owner_key: str) -> None:
        """Let an owner through.

        Raises:
            NotAllowedError: `owner_required`.

        """
        if not self._store.load().is_owner(owner_key):
            raise NotAllowedError("owner_required")

    def check_changeable(self, *names: str) -> None:
        """Let through what the environment does not decide: `token`, `runner` (which it is), or fields of it.

        Raises:
            NotAllowedError: `set_by_environment`, with the first one that it does.

        """
        decided = self._session.environment.decides
        for name in names:
            if name in decided:
                raise NotAllowedError("set_by_environment", field=name)

    def saved_endpoint(self) -> str | None:
        """Give the endpoint last registered, if any."""
        runner = self._store.load().runner
        return runner.endpoint if runner else None

    def connect(self, token: str, user: ComfyUser, owner_key: str) -> Connection:
        """Check a token with the service and make the one who knows it an owner.

        The token that is sealed already is recognised without a call, so that an owner gets in while the service is
        away or strangers have used up their tries.

        Raises:
            InvalidInputError: the token is not of the documented form.
            MachineError: `environment_invalid`.
            NotAllowedError: `other_account`.
            TooManyTriesError: strangers only.

        """
        secret = SecretStr(check_token(token))
        self._session.environment.check()
        self._seal.check_available()
        remembered = self._store.load()
        account = remembered.account if self._is_stored(secret, user, remembered) else None
        if account is None:
            account = self._account_of(secret, trusted=remembered.is_owner(owner_key))
        if remembered.account is None:
            check_account(
                self._session.environment, secret, account, lambda given: self._account_of(given, trusted=False)
            )
        connection = Connection("", make_owner_key(), account, token_hint(secret))

        def claim(was: Remembered) -> Remembered:
            # Decided on what is remembered now: another may have claimed the instance while the service was asked.
            if was.account is not None and was.account.id != account.id:
                raise NotAllowedError("other_account")
            attention = None if was.attention == "token_rejected" else was.attention
            claimed = {"account": account, "token_hint": connection.token_hint, "attention": attention}
            return was.model_copy(update=claimed).with_owner(connection.owner_key)

        # The key first, and both in one step with what is remembered: another tab may be disconnecting meanwhile.
        with self._store.alone():
            # Beside a token of the environment, that of a person only says who they are: there is nothing to keep.
            sealed_token = "" if self._session.environment.gives_token else self._seal.seal(secret, user.id)
            self._store.update(claim)
        _LOGGER.info("ComfyControl: an API token was accepted; this instance is connected.")
        return connection._replace(sealed_token=sealed_token)

    def register(  # noqa: PLR0913 - one per thing a person may have chosen
        self,
        user: ComfyUser,
        draft: RunnerDraft,
        *,
        take_over: str | None = None,
        make_second: bool = False,
        as_new: bool = False,
        listed: list[Runner] | None = None,
    ) -> Runner:
        """Make this instance the runner of this draft: change its own, take one over, or create one.

        Args:
            user: whose token to use.
            draft: the values. Those that were not given stay as they are at a runner that is there already.
            take_over: the id of a runner of the account that this instance shall be.
            make_second: create one even where the account has one with this endpoint.
            as_new: leave the remembered runner to the copy of this instance that it belongs to, and be another.
            listed: the account's runners, where the caller has just asked for them.

        Raises:
            RunnerExistsError: when one has this endpoint and neither of the two was said.

        """
        with self._session.lock, self._session.client_of(user) as client:
            remembered = self._store.load()
            own = None if as_new or remembered.attention == "runner_gone" else remembered.runner
            given = RunnerChange(**{name: getattr(draft, name) for name in draft.model_fields_set})
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
        """Give a runner of the account these values, and do not be it yet: another may be about to do the same.

        Raises:
            RefusedByServiceError: `chosen_runner_gone`.

        """
        with self._session.lock, self._session.client_of(user) as client:
            return _taken_over(client, runner_id, change)

    def adopt(self, runner: Runner, *, as_new: bool = False) -> Runner:
        """Be this runner, as the service has just shown it; sends nothing."""
        with self._session.lock:
            return self._settle(runner, "found", as_new=as_new)

    def change(self, user: ComfyUser, change: RunnerChange) -> Runner:
        """Change the runner of this instance; never makes one.

        Raises:
            WrongStateError: `not_registered`, or `runner_gone` when the service no longer has it.

        """
        with self._session.lock, self._session.client_of(user) as client:
            return self._session.remember(self._change(client, self._session.runner_id(), change), change.outcome)

    def disconnect(self) -> Runner | None:
        """Forget token, owners and runner, and give the runner that stays at the service, if any.

        The key is destroyed, so no copy of the settings can be opened any more.
        """
        with self._session.lock, self._store.alone():
            left = self._store.load().runner
            self._seal.destroy_key()
            self._store.update(lambda was: Remembered(instance_id=was.instance_id))
        _LOGGER.info("ComfyControl: this instance was disconnected.")
        return left

    def _settle(self, runner: Runner, what: str, *, as_new: bool) -> Runner:
        """Be this runner from now on; as another instance than the copies, where that was asked for."""
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
            # The service never names the field; where only one was sent, that is the one.
            if error.code == "values_refused" and len(changed) == 1:
                error.field = changed[0]
            raise

    def _is_stored(self, token: SecretStr, user: ComfyUser, remembered: Remembered) -> bool:
        # One that the service has rejected is asked about again: it may be the reason why it is entered anew.
        if remembered.account is None or remembered.attention == "token_rejected":
            return False
        try:
            stored = self._session.token_of(user)
        except WrongStateError:
            return False
        return hmac.compare_digest(stored.get_secret_value().encode(), token.get_secret_value().encode())

    def _account_of(self, token: SecretStr, *, trusted: bool) -> Account:
        if trusted:
            with self._session.open_client(token) as client:
                return client.account()
        with self._tries.one_try(), self._session.open_client(token) as client:
            return client.account()


def _taken_over(client: ComfyControlClient, runner_id: str, change: RunnerChange) -> Runner:
    try:
        return client.change_runner(runner_id, change)
    except RefusedByServiceError as error:
        if error.code == "runner_gone":
            raise RefusedByServiceError("chosen_runner_gone", service_message=error.service_message) from None
        raise

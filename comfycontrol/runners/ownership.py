"""Owners: whoever knows a token of this instance's account. Becoming one, and releasing the instance."""

import hmac
from contextlib import nullcontext
from typing import NamedTuple

from pydantic import SecretStr

from ..comfyui import ComfyUser
from ..errors import AnswerLostError, NoConnectionError, NotAllowedError, RefusedByServiceError
from ..log import LOGGER
from ..models.runner import Account, Runner
from ..models.token import token_hint, token_in
from ..rate_limiter import TRIES_EACH, RateLimiter
from ..storage.remembered import Remembered, make_owner_key
from .account_session import AccountSession


class Connection(NamedTuple):
    """What the page gets in return for an accepted token."""

    sealed_token: str
    owner_key: str
    account: Account
    token_hint: str

    def __repr__(self) -> str:
        return f"Connection(account={self.account!r}, token_hint={self.token_hint!r})"


class Ownership:
    """The owners of this instance.

    Args:
        session: the account's token and the calls made with it.
        tries: limits how many tokens of strangers reach the service.

    Every method raises `ComfyControlError` or one of its children, and nothing else.

    """

    def __init__(self, session: AccountSession, tries: RateLimiter | None = None) -> None:
        self._session = session
        self._store = session.store
        self._seal = session.seal
        self._tries = tries or RateLimiter(each=TRIES_EACH)

    def check_owner(self, owner_key: str) -> None:
        """Raise unless this is an owner's key.

        Raises:
            NotAllowedError: `owner_required`.

        """
        if not self._store.load().is_owner(owner_key):
            raise NotAllowedError("owner_required")

    def connect(self, token: SecretStr, user: ComfyUser, owner_key: str, address: str = "") -> Connection:
        """Check a token with the service, and make whoever sent it an owner.

        Args:
            token: as it was pasted.
            user: for whom it is sealed.
            owner_key: the caller's, if they are an owner already.
            address: where the call comes from, so that no caller uses up all tries.

        Raises:
            InvalidInputError: there is no token in it, or more than one.
            MachineError: `environment_invalid`.
            NotAllowedError: `other_account`.
            TooManyTriesError: only for callers who are not owners, with a token that is not known here.

        """
        token = SecretStr(token_in(token.get_secret_value()))
        environment = self._session.environment
        environment.check()
        self._seal.check_available()
        remembered = self._store.load()
        given = environment.token()
        account = self._account_of(token, remembered, given, owner_key, address)
        if remembered.account is None and given is not None and not _same(given, token):
            # The environment's token belongs to an account already: the first owner needs a token of the same one.
            with self._session.open_client(given) as client:
                if client.account().id != account.id:
                    raise NotAllowedError("other_account")
        # Loaded anew: meanwhile somebody else may have claimed the instance, or disconnected it.
        with self._store.alone():
            connection = self._claim(self._store.load(), token, given, account, user)
        LOGGER.info("ComfyControl: an API token was accepted; this instance is connected.")
        return connection

    def disconnect(self) -> Runner | None:
        """Forget token, owners and runner; give the runner, which stays at the service, if there is one.

        The key is destroyed, so that no copy of the settings can be opened any more.
        """
        with self._session.lock, self._store.alone():
            left = self._store.load().runner
            self._seal.destroy_key()
            self._store.update(lambda was: Remembered(instance_id=was.instance_id))
        LOGGER.info("ComfyControl: this instance was disconnected.")
        return left

    def _account_of(
        self, token: SecretStr, remembered: Remembered, given: SecretStr | None, owner_key: str, address: str
    ) -> Account:
        """Ask the service whose token it is. Only callers who are not known in any way are limited."""
        last_accepted = self._is_last_accepted(token, remembered)
        trusted = last_accepted or remembered.is_owner(owner_key) or (given is not None and _same(given, token))
        try:
            with nullcontext() if trusted else self._tries.one_try(address), self._session.open_client(token) as client:
                return client.account()
        except (NoConnectionError, AnswerLostError):
            # While the service cannot be reached, its last answer counts.
            if remembered.account is None or not last_accepted:
                raise
            return remembered.account
        except RefusedByServiceError as error:
            if last_accepted and error.code == "token_rejected":
                self._session.note_rejection()
            raise

    def _is_last_accepted(self, token: SecretStr, remembered: Remembered) -> bool:
        # A token that the service has rejected is no better than a stranger's.
        if remembered.account is None or remembered.attention == "token_rejected":
            return False
        return hmac.compare_digest(remembered.token_mark, self._seal.mark(token))

    def _claim(
        self, was: Remembered, token: SecretStr, given: SecretStr | None, account: Account, user: ComfyUser
    ) -> Connection:
        if was.account is None:
            # Nothing that was sealed before belongs to this account, so putting it back into the settings is of no use.
            self._seal.destroy_key()
        elif was.account.id != account.id:
            raise NotAllowedError("other_account")
        connection = Connection("", make_owner_key(), account, token_hint(token))
        attention = None if was.attention == "token_rejected" else was.attention
        now = was.model_copy(update={"account": account, "token_hint": connection.token_hint, "attention": attention})
        if was.account is None:
            # Written out, because None would have them read from an earlier release's settings.
            now = now.model_copy(
                update={"keep_address": bool(was.keep_address), "check_address": was.check_address is not False}
            )
        if given is None:
            sealed_token = self._seal.seal(token, user.id, account.id)
            connection = connection._replace(sealed_token=sealed_token)
            now = now.with_issued(user.id, sealed_token).model_copy(update={"token_mark": self._seal.mark(token)})
        elif was.account is None:
            # The environment's token is the one in use; the person's only proves who they are, and is not kept.
            now = now.model_copy(update={"token_mark": self._seal.mark(given)})
        self._store.update(lambda _: now.with_owner(connection.owner_key))
        return connection


def _same(one: SecretStr, other: SecretStr) -> bool:
    return hmac.compare_digest(one.get_secret_value().encode(), other.get_secret_value().encode())

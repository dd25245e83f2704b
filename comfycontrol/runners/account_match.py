"""Whose the environment's token is. Asked only where a person is involved: registering needs no call for it."""

from collections.abc import Callable

from pydantic import SecretStr

from ..configuration.environment import Environment
from ..errors import NotAllowedError
from ..models.runner import Account
from ..storage.store import Remembered
from .account_session import AccountSession
from .status import token_hint


def check_account(
    environment: Environment, token: SecretStr, account: Account, account_of: Callable[[SecretStr], Account]
) -> None:
    """Let the first person in only with a token of the account that the environment's token belongs to.

    Raises:
        NotAllowedError: `other_account`.

    """
    given = environment.token()
    if given is not None and given != token and account_of(given).id != account.id:
        raise NotAllowedError("other_account")


def keep_to_account(session: AccountSession) -> None:
    """Forget what is remembered of another account: a volume may have been in somebody else's hands before.

    Asks the service only when a person made themselves an owner once and the token is another than they entered.
    """
    given = session.environment.token()
    remembered = session.store.load()
    if given is None or remembered.account is None or remembered.token_hint == token_hint(given):
        return
    with session.open_client(given) as client:
        account = client.account()
    hint = token_hint(given)

    def kept(was: Remembered) -> Remembered:
        if was.account is not None and was.account.id == account.id:
            return was.model_copy(update={"token_hint": hint})
        return Remembered(instance_id=was.instance_id, account=account, token_hint=hint)

    session.store.update(kept)

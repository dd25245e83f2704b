"""Whose the environment's token is. Asked only where a person is involved: registering needs no call for it."""

from collections.abc import Callable

from pydantic import SecretStr

from ..account_access import AccountAccess
from ..errors import NotAllowedError
from ..memory import Remembered
from ..models import Account
from ..status import token_hint
from .environment import Environment


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


def keep_to_account(access: AccountAccess) -> None:
    """Forget what is remembered of another account: a volume may have been in somebody else's hands before.

    Asks the service only when a person made themselves an owner once and the token is another than they entered.
    """
    given = access.environment.token()
    remembered = access.memory.recall()
    if given is None or remembered.account is None or remembered.token_hint == token_hint(given):
        return
    with access.open_client(given) as client:
        account = client.account()
    hint = token_hint(given)

    def kept(was: Remembered) -> Remembered:
        if was.account is not None and was.account.id == account.id:
            return was.model_copy(update={"token_hint": hint})
        return Remembered(instance_id=was.instance_id, account=account, token_hint=hint)

    access.memory.update(kept)

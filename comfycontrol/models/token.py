"""The API token: its documented form, and what may be shown of it."""

import re

from pydantic import SecretStr

from ..errors import InvalidInputError

_TOKEN = re.compile(r"[A-Za-z0-9]+")
_PREFIX = "cfc_"
_HINT_LENGTH = 4
# The last characters of a shorter token would give away too much.
_HINT_FROM_LENGTH = 12


def check_token(token: str) -> str:
    """Check the documented form of an API token: `cfc_` and alphanumerics.

    Raises:
        InvalidInputError: `token_missing`, `token_blanks`, `token_prefix`, `token_characters`.

    """
    if not token.strip():
        raise InvalidInputError("token_missing", field="token")
    if any(character.isspace() for character in token):
        raise InvalidInputError("token_blanks", field="token")
    if not token.startswith(_PREFIX):
        raise InvalidInputError("token_prefix", field="token")
    if not _TOKEN.fullmatch(token[len(_PREFIX) :]):
        raise InvalidInputError("token_characters", field="token")
    return token


def token_hint(token: SecretStr) -> str:
    """`cfc_...` and the last four characters: enough to tell one's tokens apart."""
    text = token.get_secret_value()
    return f"{_PREFIX}..." + (text[-_HINT_LENGTH:] if len(text) >= _HINT_FROM_LENGTH else "")

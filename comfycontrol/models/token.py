"""The API token: finding it in what people paste, and what may be shown of it."""

import base64
import re
import unicodedata

from pydantic import SecretStr

from ..errors import InvalidInputError

_PREFIX = "cfc_"
# What may stand directly before and after a token: blanks, quotes and the punctuation of variables, headers and JSON,
# also that of Chinese and Japanese keyboards.
_QUOTES = "\"'`\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb"
_WIDE = "\u3001\u3002\u3008-\u3011\uff08\uff09\uff0c\uff1a\uff1b\uff1d"
_BEGINNING = rf"(?<![^\s{_QUOTES}{_WIDE}=:,;(\[{{<>|])cfc_"
_TOKEN = re.compile(rf"{_BEGINNING}[A-Za-z0-9]+(?=$|[\s{_QUOTES}{_WIDE}.:,;)\]}}<>|#&\\])")
# Cut in two by a blank: the first half would be taken for a token, and rejected.
_CUT = re.compile(rf"{_BEGINNING}[A-Za-z0-9]*\s+[A-Za-z0-9]+\W*$")
_HINT_LENGTH = 4
# The last characters of a shorter token would give away too much.
_HINT_FROM_LENGTH = 12


def token_in(pasted: str) -> str:
    """Give the one API token in what was pasted into the panel, a variable or a file.

    Its documented form is `cfc_` and alphanumerics. Around it may stand what people copy with it: blanks, invisible
    characters, quotes, `Bearer`, the name of a variable, a remark.

    Raises:
        InvalidInputError: `token_missing`, `token_several`, `token_blanks`, `token_characters`, `token_base64`,
            `token_prefix`.

    """
    # Format characters, such as a byte order mark or a zero-width space, can stand anywhere and are never meant.
    text = "".join(character for character in pasted if unicodedata.category(character) != "Cf")
    if not text.strip().strip(_QUOTES).strip():
        raise InvalidInputError("token_missing", field="token")
    found: set[str] = set(_TOKEN.findall(text))
    if len(found) > 1:
        raise InvalidInputError("token_several", field="token")
    if _CUT.search(text):
        raise InvalidInputError("token_blanks", field="token")
    if not found:
        raise InvalidInputError(_fault_without_token(text), field="token")
    return found.pop()


def _fault_without_token(text: str) -> str:
    if re.search(_BEGINNING, text):
        return "token_characters"
    try:
        is_encoded = _PREFIX.encode() in base64.b64decode("".join(text.split()).strip(_QUOTES), validate=True)
    except ValueError:
        is_encoded = False
    return "token_base64" if is_encoded else "token_prefix"


def token_hint(token: SecretStr) -> str:
    """`cfc_...` and the last four characters: enough to tell one's tokens apart."""
    text = token.get_secret_value()
    return f"{_PREFIX}..." + (text[-_HINT_LENGTH:] if len(text) >= _HINT_FROM_LENGTH else "")

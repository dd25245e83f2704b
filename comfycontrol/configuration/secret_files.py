"""Secrets that containers get as files: a token, lines of headers. Nothing of them goes into an error or a log."""

import codecs
from pathlib import Path

from pydantic import SecretStr

from ..errors import InvalidInputError, MachineError
from ..models.limits import check_headers
from ..models.token import token_in
from ..texts import sentence
from .operator_values import UnclearValueError, cleaned, header_lines

# Whatever was mounted by mistake may be huge.
_LARGEST_FILE = 64 * 1024
# What is the matter with a file in which no token was found, by what is said of a text that was pasted.
_FAULT_OF_FILE = {
    "token_missing": "secret_file_empty",
    "token_several": "secret_file_several",
    "token_base64": "secret_file_base64",
    "token_prefix": "secret_file_other",
}


def read_secret_file(file: Path, variable: str) -> str:
    """Give what a mounted secret holds, without blanks around it.

    Raises:
        MachineError: `secret_file_missing`, `secret_file_folder`, `secret_file_unreadable`, with the variable's name.

    """
    code = "secret_file_unreadable"
    try:
        place = file.expanduser()
        # Windows does not say so when a folder is opened.
        if place.is_dir():
            code = "secret_file_folder"
        else:
            with place.open("rb") as stream:
                content = stream.read(_LARGEST_FILE + 1)
            if len(content) <= _LARGEST_FILE:
                return _decoded(content).strip()
    except (FileNotFoundError, NotADirectoryError):
        code = "secret_file_missing"
    except (OSError, ValueError, RuntimeError):  # the last where nobody knows whose home is meant
        pass
    raise MachineError(code, variable=variable) from None


def read_token_file(file: Path, variable: str) -> SecretStr:
    """Give the one token in a file.

    Raises:
        MachineError: those of `read_secret_file`; `secret_file_empty`, `secret_file_several`, `secret_file_base64`,
            `secret_file_other`.

    """
    try:
        return SecretStr(token_in(read_secret_file(file, variable)))
    except InvalidInputError as error:
        code = _FAULT_OF_FILE.get(error.code, "secret_file_unreadable")
        raise MachineError(code, variable=variable) from None


def read_headers(lines: str) -> dict[str, SecretStr]:
    """Read lines `Name: value`, or how else operators write them.

    Raises:
        UnclearValueError: one of them is none, or the service could not send it. Its text holds no value.

    """
    headers: dict[str, str] = {}
    for line in header_lines(cleaned(lines)):
        name, colon, value = line.partition(":")
        if not colon:
            raise UnclearValueError("a line has no colon. Write lines Name: value")
        if name.strip() in headers:
            raise UnclearValueError("a header is listed twice. Remove one of them")
        headers[name.strip()] = cleaned(value)
    try:
        check_headers(headers)
    except InvalidInputError as error:
        # Without the error's own text: what stands for a name there may be a secret.
        raise UnclearValueError(sentence("panel", "faults", error.code)) from None
    return {name: SecretStr(value) for name, value in headers.items()}


def _decoded(content: bytes) -> str:
    """Read text as editors and shells write it; Windows PowerShell's `>` writes UTF-16."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace")
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if content[first::2].count(0) > len(content) // 4:
            return content.decode(encoding, "replace")
    # A remark in another encoding is no reason to refuse the token beside it.
    return content.decode("utf-8-sig", "replace")

"""Secrets that containers get as files: a token, lines of headers. Nothing of them goes into an error or a log."""

from pathlib import Path

from pydantic import SecretStr

from ..errors import InvalidInputError, MachineError
from ..models.limits import check_headers

# Whatever was mounted by mistake may be huge.
_LARGEST_FILE = 64 * 1024


def read_secret_file(file: Path, variable: str) -> str:
    """Give what a mounted secret holds, without blanks around it.

    Raises:
        MachineError: `secret_file_unreadable`, with the variable's name.

    """
    try:
        with file.open("rb") as stream:
            content = stream.read(_LARGEST_FILE + 1)
        if len(content) <= _LARGEST_FILE:
            return content.decode("utf-8-sig").strip()
    except (OSError, ValueError):
        pass
    raise MachineError("secret_file_unreadable", variable=variable) from None


def read_headers(lines: str) -> dict[str, SecretStr]:
    """Read lines `Name: value`; empty ones do not count.

    Raises:
        ValueError: a line is none, or the service could not send it. Its text holds no value.

    """
    headers: dict[str, SecretStr] = {}
    for line in filter(str.strip, lines.splitlines()):
        name, colon, value = line.partition(":")
        if not colon or name.strip() in headers:
            raise ValueError("headers")
        headers[name.strip()] = SecretStr(value.strip())
    try:
        check_headers({name: value.get_secret_value() for name, value in headers.items()})
    except InvalidInputError as error:
        raise ValueError(error.code) from None
    return headers

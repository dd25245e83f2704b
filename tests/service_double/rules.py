"""What the documentation demands of the body of a runner."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .answers import Refusal

CREATE_FIELDS = frozenset({"name", "endpoint", "headers", "tags"})
UPDATE_FIELDS = CREATE_FIELDS | {"status"}
STATUSES = ("active", "disabled")

_NAME_LENGTH = 100
_PER_PAGE_DEFAULT = 10
_PER_PAGE_MOST = 100
_TAG_COUNT = 10
_BAD_ENDPOINT = "invalid endpoint URL format"


@dataclass(frozen=True)
class RunnerFields:
    """What a body says of a runner; None where it says nothing."""

    name: str | None = None
    endpoint: str | None = None
    headers: dict[str, str] | None = None
    tags: tuple[str, ...] | None = None
    status: str | None = None


def read_create(content_type: str, raw: bytes) -> RunnerFields:
    body = _read_object(content_type, raw)
    if "status" in body:
        raise _invalid("status is not allowed when creating a runner")
    # A field that is missing is refused with the same message as an empty one: no other is documented.
    return _read_fields({"name": "", "endpoint": "", **body})


def read_update(content_type: str, raw: bytes) -> RunnerFields:
    return _read_fields(_read_object(content_type, raw))


def read_status(content_type: str, raw: bytes) -> str:
    return _status(_read_object(content_type, raw).get("status"))


def read_page(query: Mapping[str, str]) -> slice:
    """Which of all there are, newest first."""
    page = _read_paging(query.get("page"), name="page", default=1)
    size = _read_paging(query.get("per_page"), name="per_page", default=_PER_PAGE_DEFAULT, most=_PER_PAGE_MOST)
    return slice((page - 1) * size, page * size)


def _read_paging(text: str | None, *, name: str, default: int, most: int | None = None) -> int:
    if text is None:
        return default
    # Every digit counts for isdecimal(), also those of other scripts, which no service written in Go or Rust accepts.
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < _NAME_LENGTH else 0
    if number < 1 or (most is not None and number > most):
        raise _invalid(f"{name} must be between 1 and {most}" if most else f"{name} must be a positive integer")
    return number


def _read_object(content_type: str, raw: bytes) -> dict[str, Any]:
    if content_type != "application/json":
        raise _invalid("content type must be application/json")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        raise _invalid("request body is not valid json") from None
    if not isinstance(body, dict):
        raise _invalid("request body must be a json object")
    return body


def _read_fields(body: dict[str, Any]) -> RunnerFields:
    return RunnerFields(**{name: read(body[name]) for name, read in _READERS.items() if name in body})


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise _invalid("name must be a string")
    if not value.strip():
        raise _invalid("name cannot be empty")
    if len(value) > _NAME_LENGTH:
        raise _invalid("name cannot be longer than 100 characters")
    return value


def _endpoint(value: Any) -> str:
    if not isinstance(value, str) or any(character.isspace() or ord(character) < ord(" ") for character in value):
        raise _invalid(_BAD_ENDPOINT)
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise _invalid(_BAD_ENDPOINT) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise _invalid(_BAD_ENDPOINT)
    return value


def _headers(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        raise _invalid("headers must be an object of strings")
    return value


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _invalid("tags must be an array of strings")
    if len(value) > _TAG_COUNT:
        raise _invalid("too many tags, at most 10 are allowed")
    return tuple(value)


def _status(value: Any) -> str:
    if value not in STATUSES or not isinstance(value, str):
        raise _invalid("status must be active or disabled")
    return value


def _invalid(message: str) -> Refusal:
    return Refusal(400, message)


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "endpoint": _endpoint,
    "headers": _headers,
    "tags": _tags,
    "status": _status,
}

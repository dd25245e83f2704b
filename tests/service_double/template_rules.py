"""What the documentation demands of the multipart body of a template."""

import email
import email.policy
import json
from dataclasses import dataclass
from typing import Any

from .answers import Refusal

FIELDS = frozenset({"name", "description", "body"})

_NAME_LENGTH = 100
_DESCRIPTION_LENGTH = 500


@dataclass(frozen=True)
class TemplateFields:
    """What a body says of a template; None where it says nothing."""

    name: str | None = None
    description: str | None = None
    body: Any = None


@dataclass(frozen=True)
class Part:
    content: bytes
    file_name: str | None
    media_type: str


def read_create(content_type: str, raw: bytes) -> TemplateFields:
    parts = _parts_or_refusal(content_type, raw)
    for name in ("name", "description", "body"):
        if name not in parts:
            raise _invalid(f"{name} cannot be empty")
    return _read_fields(parts)


def read_update(content_type: str, raw: bytes) -> TemplateFields:
    return _read_fields(_parts_or_refusal(content_type, raw))


def read_parts(content_type: str, raw: bytes) -> dict[str, Part] | None:
    """The parts by name, or None when it is no multipart body."""
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        return None
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.message_from_bytes(head + raw, policy=email.policy.HTTP)
    if not message.is_multipart() or message.defects:
        return None
    parts = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes) or name in parts:
            return None
        parts[name] = Part(content, part.get_filename(), part.get_content_type())
    return parts


def _parts_or_refusal(content_type: str, raw: bytes) -> dict[str, Part]:
    parts = read_parts(content_type, raw)
    if parts is None:
        raise _invalid("request body must be multipart/form-data")
    return parts


def _read_fields(parts: dict[str, Part]) -> TemplateFields:
    return TemplateFields(
        name=_text(parts, "name", _NAME_LENGTH),
        description=_text(parts, "description", _DESCRIPTION_LENGTH),
        body=_file(parts["body"]) if "body" in parts else None,
    )


def _text(parts: dict[str, Part], name: str, most: int) -> str | None:
    if name not in parts:
        return None
    try:
        text = parts[name].content.decode()
    except UnicodeDecodeError:
        raise _invalid(f"{name} must be text") from None
    if not text.strip():
        raise _invalid(f"{name} cannot be empty")
    if len(text) > most:
        raise _invalid(f"{name} cannot be longer than {most} characters")
    return text


def _file(part: Part) -> Any:
    if part.file_name is None:
        raise _invalid("body must be a file")
    try:
        body = json.loads(part.content)
    except (ValueError, RecursionError):
        raise _invalid("body is not valid json") from None
    if not isinstance(body, dict):
        raise _invalid("body must be a json object")
    return body


def _invalid(message: str) -> Refusal:
    return Refusal(400, message)

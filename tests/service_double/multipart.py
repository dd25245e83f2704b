"""Multipart bodies, as forms and the documented uploads of JSON files have them."""

import email
import email.policy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .answers import Refusal


@dataclass(frozen=True)
class Part:
    content: bytes
    file_name: str | None
    media_type: str


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


def parts_or_refusal(content_type: str, raw: bytes) -> dict[str, Part]:
    parts = read_parts(content_type, raw)
    if parts is None:
        raise Refusal(400, "request body must be multipart/form-data")
    return parts


def read_text(parts: Mapping[str, Part], name: str, most: int) -> str | None:
    if name not in parts:
        return None
    text = decoded(parts[name], name)
    if not text.strip():
        raise Refusal(400, f"{name} cannot be empty")
    if len(text) > most:
        raise Refusal(400, f"{name} cannot be longer than {most} characters")
    return text


def decoded(part: Part, name: str) -> str:
    try:
        return part.content.decode()
    except UnicodeDecodeError:
        raise Refusal(400, f"{name} must be text") from None


def read_json_file(parts: Mapping[str, Part], name: str) -> dict[str, Any] | None:
    if name not in parts:
        return None
    if parts[name].file_name is None:
        raise Refusal(400, f"{name} must be a file")
    try:
        body = json.loads(parts[name].content)
    except (ValueError, RecursionError):
        raise Refusal(400, f"{name} is not valid json") from None
    if not isinstance(body, dict):
        raise Refusal(400, f"{name} must be a json object")
    return body

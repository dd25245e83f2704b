"""What the documentation demands of the multipart body of a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .answers import Refusal
from .multipart import Part, parts_or_refusal, read_json_file, read_text

FIELDS = frozenset({"name", "description", "body"})

_NAME_LENGTH = 100
_DESCRIPTION_LENGTH = 500


@dataclass(frozen=True)
class TemplateFields:
    """What a body says of a template; None where it says nothing."""

    name: str | None = None
    description: str | None = None
    body: Any = None


def read_create(content_type: str, raw: bytes) -> TemplateFields:
    parts = parts_or_refusal(content_type, raw)
    for name in ("name", "description", "body"):
        if name not in parts:
            raise Refusal(400, f"{name} cannot be empty")
    return _read_fields(parts)


def read_update(content_type: str, raw: bytes) -> TemplateFields:
    return _read_fields(parts_or_refusal(content_type, raw))


def _read_fields(parts: Mapping[str, Part]) -> TemplateFields:
    return TemplateFields(
        name=read_text(parts, "name", _NAME_LENGTH),
        description=read_text(parts, "description", _DESCRIPTION_LENGTH),
        body=read_json_file(parts, "body"),
    )

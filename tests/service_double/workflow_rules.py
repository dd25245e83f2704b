"""What the documentation demands of the multipart body of a workflow."""

from dataclasses import dataclass
from typing import Any

from .answers import Refusal
from .multipart import Part, decoded, parts_or_refusal, read_json_file, read_text

FIELDS = frozenset({"name", "workflow_json", "tags"})
# What a person filled in: a field for each placeholder, text or file, or choice.
FILLED_IN = ("$", "#")
NAME_LENGTH = 200


@dataclass(frozen=True)
class WorkflowFields:
    name: str
    workflow_json: dict[str, Any]
    tags: tuple[str, ...]
    params: dict[str, str]


def read_workflow(content_type: str, raw: bytes) -> WorkflowFields:
    parts = parts_or_refusal(content_type, raw)
    name = read_text(parts, "name", NAME_LENGTH)
    workflow_json = read_json_file(parts, "workflow_json")
    if name is None:
        raise Refusal(400, "name cannot be empty")
    if not workflow_json:
        raise Refusal(400, "workflow_json cannot be empty")
    return WorkflowFields(
        name=name,
        workflow_json=workflow_json,
        # As they are: whether blanks around a tag would be taken away is not documented.
        tags=split_tags(decoded(parts["tags"], "tags")) if "tags" in parts else (),
        params={key: _param(part, key) for key, part in parts.items() if key.startswith(FILLED_IN)},
    )


def split_tags(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def _param(part: Part, key: str) -> str:
    return part.file_name or decoded(part, key)

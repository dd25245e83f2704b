"""What a well-behaved client would never send, whether or not the service would answer it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .accounts import AUTHORIZATION
from .journal import Call
from .multipart import Part, read_parts
from .rules import CREATE_FIELDS, UPDATE_FIELDS
from .template_rules import FIELDS as TEMPLATE_FIELDS
from .workflow_rules import FIELDS as WORKFLOW_FIELDS
from .workflow_rules import FILLED_IN, NAME_LENGTH, split_tags

_PATH = re.compile(r"(?:[A-Za-z0-9._~/-]|%[0-9A-Fa-f]{2})+")
_INTERRUPT = re.compile(r"/v1/runner/[^/]+/interrupt")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


@dataclass(frozen=True)
class _Documented:
    method: str
    path: re.Pattern[str]
    query: frozenset[str] = frozenset()
    fields: frozenset[str] | None = None
    parts: frozenset[str] | None = None


_DOCUMENTED = (
    _Documented("GET", re.compile(r"/v1/user")),
    # The filter by status is left out on purpose: only newer documentation has it, so a client cannot count on it.
    _Documented("GET", re.compile(r"/v1/runner"), query=frozenset({"page", "per_page"})),
    _Documented("POST", re.compile(r"/v1/runner"), fields=CREATE_FIELDS),
    _Documented("GET", re.compile(r"/v1/runner/[^/]+")),
    _Documented("PUT", re.compile(r"/v1/runner/[^/]+"), fields=UPDATE_FIELDS),
    _Documented("GET", re.compile(r"/v1/runner/[^/]+/history")),
    _Documented("GET", re.compile(r"/v1/template"), query=frozenset({"page", "per_page"})),
    _Documented("POST", re.compile(r"/v1/template"), parts=TEMPLATE_FIELDS),
    _Documented("GET", re.compile(r"/v1/template/[^/]+")),
    _Documented("PUT", re.compile(r"/v1/template/[^/]+"), parts=TEMPLATE_FIELDS),
    _Documented("GET", re.compile(r"/v1/workflow"), query=frozenset({"page", "per_page"})),
    _Documented("POST", re.compile(r"/v1/workflow"), parts=WORKFLOW_FIELDS),
    _Documented("GET", re.compile(r"/v1/workflow/[^/]+")),
)


def complaints_about(call: Call, raw_body: bytes) -> Iterator[str]:
    """Sentences without any value of the call: a token or a secret header must not end up in a test's output."""
    for complaint in _complaints(call, raw_body):
        yield f"{call.method} {call.path}: {complaint}"


def _complaints(call: Call, raw_body: bytes) -> Iterator[str]:
    if not call.headers.get("User-Agent", "").strip():
        yield "no User-Agent"
    if not AUTHORIZATION.fullmatch(call.headers.get("Authorization", "")):
        yield "Authorization is not Bearer cfc_ with letters and digits"
    if not _PATH.fullmatch(call.path):
        yield "the path is not URL-encoded"
    if _INTERRUPT.fullmatch(call.path):
        yield "stops the work of a runner, which nobody asked for"
        return
    documented = next((d for d in _DOCUMENTED if d.method == call.method and d.path.fullmatch(call.path)), None)
    if documented is None:
        yield "not a documented call"
        return
    for name in sorted(call.query.keys() - documented.query):
        yield f"query parameter {name!r} is not documented"
    if documented.fields is not None:
        yield from _body_complaints(call, documented.fields)
    elif documented.parts is not None:
        yield from _part_complaints(call, raw_body, documented.parts)
    elif raw_body:
        yield "a body where none is documented"


def _body_complaints(call: Call, fields: frozenset[str]) -> Iterator[str]:
    if call.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        yield "the content type of the body is not application/json"
    if not isinstance(call.body, dict):
        yield "the body is not a JSON object"
        return
    for name in sorted(call.body.keys() - fields):
        yield f"field {name!r} is not documented"
    yield from _tag_complaints(call.body.get("tags"))
    yield from _header_complaints(call.body.get("headers"))


def _part_complaints(call: Call, raw_body: bytes, documented: frozenset[str]) -> Iterator[str]:
    parts = read_parts(call.headers.get("Content-Type", ""), raw_body)
    if parts is None:
        yield "the body is not multipart/form-data"
        return
    for name in sorted(parts.keys() - documented):
        if documented != WORKFLOW_FIELDS or not name.startswith(FILLED_IN):
            yield f"part {name!r} is not documented"
    for name in ("body", "workflow_json"):
        if name in parts and (parts[name].file_name is None or parts[name].media_type != "application/json"):
            yield f"the part {name!r} is not a JSON file"
    if documented == WORKFLOW_FIELDS:
        yield from _workflow_complaints(parts)


def _workflow_complaints(parts: Mapping[str, Part]) -> Iterator[str]:
    name, tags = (parts[each].content.decode(errors="replace") if each in parts else "" for each in ("name", "tags"))
    if len(name) > NAME_LENGTH:
        yield f"a name of more than {NAME_LENGTH} characters"
    # Tags are compared as they are, so that no runner has one with a blank around it, or an empty one.
    if any(tag.strip() != tag or not tag for tag in split_tags(tags)):
        yield "a tag that is empty, or has a blank around it"


def _tag_complaints(tags: Any) -> Iterator[str]:
    # A workflow sends its tags as one comma-separated string.
    if isinstance(tags, list) and any(isinstance(tag, str) and "," in tag for tag in tags):
        yield "a tag with a comma, which no workflow could ask for"


def _header_complaints(headers: Any) -> Iterator[str]:
    # The service sends these headers to the runner's ComfyUI, where such a line would be cut in two or refused.
    if isinstance(headers, dict) and not all(
        _HEADER_NAME.fullmatch(name) and (not isinstance(value, str) or _HEADER_VALUE.fullmatch(value))
        for name, value in headers.items()
    ):
        yield "a header that cannot be sent over HTTP"

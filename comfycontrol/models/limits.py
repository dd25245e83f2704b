"""The limits of a runner's fields, as the service documents them (Create Runner, Update Runner) and as HTTP has them.

The page checks the same while a person types (`web/panel/limits.mjs`); one table of cases tests both.
"""

import re
from collections.abc import Iterable, Mapping

from ..errors import InvalidInputError

NAME_LENGTH = 100
DESCRIPTION_LENGTH = 500
TAG_COUNT = 10
# How the tag of a test run begins, which a runner has while the run lasts.
TEST_RUN_TAG = "comfycontrol-test-"
ACTIVE = "active"
DISABLED = "disabled"

# RFC 9110, 5.6.2: a field name is a token.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# RFC 9110, 5.5: visible characters, blank and tab inside. Only ASCII: the service sends them as they are.
_HEADER_VALUE = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")
# A whole line in the place of a value: a name with a dash, or one of the best known, then a colon and a blank.
_LINE = re.compile(r"(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)+|authorization|cookie):[ \t]", re.IGNORECASE)
# The commas of other keyboards: Chinese and Japanese, Arabic, and their small and half-width forms.
COMMAS = ",\uff0c\u3001\u060c\uff64\ufe50\ufe51"
# RFC 9110, 7.6.1 (hop by hop), and headers that describe a single request.
REFUSED_HEADERS = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def check_name(name: str) -> str:
    """Check a runner's name, and trim it.

    Raises:
        InvalidInputError: `name_missing`, `name_too_long`.

    """
    return _trimmed(name, "name", NAME_LENGTH, missing="name_missing", too_long="name_too_long")


def check_template_name(name: str) -> str:
    """Check a template's name (Create Template), and trim it.

    Raises:
        InvalidInputError: `template_name_missing`, `template_name_too_long`.

    """
    return _trimmed(name, "name", NAME_LENGTH, missing="template_name_missing", too_long="template_name_too_long")


def check_description(description: str) -> str:
    """Check a template's description (Create Template), and trim it.

    Raises:
        InvalidInputError: `description_missing`, `description_too_long`.

    """
    codes = {"missing": "description_missing", "too_long": "description_too_long"}
    return _trimmed(description, "description", DESCRIPTION_LENGTH, **codes)


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Check that workflows can ask for all of these tags. They are case-sensitive.

    Raises:
        InvalidInputError: `tags_too_many`, `tag_empty`, `tag_comma`, `tag_blanks`, `tag_duplicate`.

    """
    checked: list[str] = []
    for tag in tags:
        if not tag.strip():
            raise InvalidInputError("tag_empty", field="tags")
        if any(comma in tag for comma in COMMAS):
            raise InvalidInputError("tag_comma", field="tags")
        # A workflow's tags are split at commas and trimmed, so such a tag could never match.
        if tag != tag.strip() or "\n" in tag or "\r" in tag:
            raise InvalidInputError("tag_blanks", field="tags")
        if tag in checked:
            raise InvalidInputError("tag_duplicate", field="tags")
        checked.append(tag)
    if len(checked) > TAG_COUNT:
        raise InvalidInputError("tags_too_many", field="tags")
    return tuple(checked)


def check_headers(headers: Mapping[str, str]) -> None:
    """Check that the service can send these headers with a request to the runner.

    Raises:
        InvalidInputError: `header_name_invalid`, `header_name_refused`, `header_duplicate`, `header_value_invalid`,
            `header_value_is_line`. Its text names the header, never the value.

    """
    seen: set[str] = set()
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise InvalidInputError("header_name_invalid", field="headers")
        lower = name.lower()
        if lower in REFUSED_HEADERS:
            raise InvalidInputError("header_name_refused", field="headers", header=name)
        if lower in seen:
            raise InvalidInputError("header_duplicate", field="headers", header=name)
        if not _HEADER_VALUE.fullmatch(value):
            raise InvalidInputError("header_value_invalid", field="headers", header=name)
        if value.lower().startswith(f"{lower}:") or _LINE.match(value):
            raise InvalidInputError("header_value_is_line", field="headers", header=name)
        seen.add(lower)


def check_status(status: str) -> str:
    """Check that a runner can be given this status; the service itself may give others.

    Raises:
        InvalidInputError: `status_invalid`.

    """
    if status not in {ACTIVE, DISABLED}:
        raise InvalidInputError("status_invalid", field="status")
    return status


def _trimmed(text: str, field: str, most: int, *, missing: str, too_long: str) -> str:
    text = text.strip()
    if not text or len(text) > most:
        raise InvalidInputError(too_long if text else missing, field=field)
    return text

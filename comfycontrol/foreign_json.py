"""JSON that somebody else wrote: the service, a server at some address, an agent, a page."""

import json
from typing import Any

# Unicode's own sign for a character that cannot be told.
LOST = "\ufffd"


def read_json(text: str | bytes) -> Any:
    """Parse JSON, but only into text that can be written to a file and sent on.

    Raises:
        ValueError: it is not JSON, or holds half a surrogate pair, which JSON allows and UTF-8 does not.
        RecursionError: it is nested too deeply.

    """
    content = json.loads(text)
    json.dumps(content, ensure_ascii=False).encode()
    return content


def read_mended_json(text: bytes) -> Any:
    """Parse JSON, with `LOST` in the place of half a surrogate pair: one bad name must not hide all the others.

    Raises:
        ValueError: it is not JSON.
        RecursionError: it is nested too deeply.

    """
    content = json.loads(text)
    halves = json.dumps(content, ensure_ascii=False).encode("utf-16-le", "surrogatepass")
    return json.loads(halves.decode("utf-16-le", "replace"))


def read_object(text: bytes) -> dict[str, Any] | None:
    """Parse a JSON object; None where it is anything else."""
    try:
        content = read_json(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None

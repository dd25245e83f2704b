"""JSON that somebody else wrote: the service, a server at some address, an agent, a page."""

import json
from typing import Any


def read_json(text: str | bytes) -> Any:
    """Parse JSON, but only into text that can be written to a file and sent on.

    Raises:
        ValueError: it is not JSON, or holds half a surrogate pair, which JSON allows and UTF-8 does not.
        RecursionError: it is nested too deeply.

    """
    content = json.loads(text)
    json.dumps(content, ensure_ascii=False).encode()
    return content


def read_object(text: bytes) -> dict[str, Any] | None:
    """Parse a JSON object; None where it is anything else."""
    try:
        content = read_json(text)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None

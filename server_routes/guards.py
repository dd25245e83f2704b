"""What a request must be before anybody looks at what it wants. Every request is a stranger's."""

import json
from typing import Any, NamedTuple

from aiohttp import web

from ..comfycontrol.texts import ENGLISH, shipped

OWNER_HEADER = "X-ComfyControl-Owner"
LANGUAGE_HEADER = "X-ComfyControl-Language"
# Of a request's headers these alone say where it was sent to; anyone can set them.
FORWARDED_HEADERS = ("Forwarded", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto")
MOST_BYTES = 64 * 1024


class Caller(NamedTuple):
    """Who calls: the request itself, for ComfyUI to tell the user by, the owner key it carries, and their language."""

    request: web.Request
    owner_key: str
    language: str = ENGLISH


class BodyRefused(Exception):  # noqa: N818 - not an error of ours, but an answer to give
    """The body is not one that we read; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def caller_of(request: web.Request) -> Caller:
    """Give the caller. That the owner key is a header of its own is also what stops other sites' pages."""
    language = shipped(request.headers.get(LANGUAGE_HEADER, ENGLISH))
    return Caller(request, request.headers.get(OWNER_HEADER, ""), language)


async def read_body(request: web.Request) -> dict[str, Any]:
    """Read a JSON object of 64 KB at most. ComfyUI itself would take 100 MB, and any media type.

    The media type matters: a page of another site can post `text/plain` without asking, but not JSON.

    Raises:
        BodyRefused: `body_not_json`, `body_too_large`, `body_invalid`.

    """
    if request.content_type != "application/json":
        raise BodyRefused("body_not_json")
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(MOST_BYTES):
            body += chunk
            if len(body) > MOST_BYTES:
                raise BodyRefused("body_too_large")
    except web.RequestPayloadError:  # said to be compressed, and is not
        raise BodyRefused("body_not_json") from None
    try:
        content = json.loads(body)
        # Half a surrogate pair is JSON, but no text that could be written to a file or sent on.
        json.dumps(content, ensure_ascii=False).encode()
    except ValueError:
        raise BodyRefused("body_not_json") from None
    except RecursionError:
        raise BodyRefused("body_invalid") from None
    if not isinstance(content, dict):
        raise BodyRefused("body_invalid")
    return content

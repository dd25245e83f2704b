"""What a request must be before anybody looks at what it wants. Every request is a stranger's."""

import json
from typing import Any, NamedTuple

from aiohttp import web

from ..comfycontrol.texts import ENGLISH, shipped

OWNER_HEADER = "X-ComfyControl-Owner"
LANGUAGE_HEADER = "X-ComfyControl-Language"
# Of a request's headers these alone say where it was sent to; anyone can set them.
FORWARDED_HEADERS = ("Forwarded", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto")
_FORWARDED_FOR = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Cf-Connecting-Ip")
MOST_BYTES = 64 * 1024
# For the routes that take a workflow; those of large graphs are a few hundred kilobytes.
MOST_BYTES_OF_WORKFLOW = 4 * 1024 * 1024


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


def address_of(request: web.Request) -> str:
    """Give what tells callers apart, as far as anything does: who comes through a proxy or a tunnel has its address.

    That they came through one is part of it, so that a person at the machine itself is not taken for those. Its header
    is not believed any further: anybody can send one.
    """
    forwarded = any(name in request.headers for name in _FORWARDED_FOR)
    return f"{request.remote} {'forwarded' if forwarded else 'direct'}"


async def read_body(request: web.Request, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a body that says it is JSON, of 64 KB at most, or of as much as the route takes. ComfyUI takes 100 MB.

    The media type matters too: a page of another site can post `text/plain` without asking, but not JSON.

    Raises:
        BodyRefused: `body_not_json`, `body_too_large`, `workflow_too_large`.

    """
    if request.content_type != "application/json":
        raise BodyRefused("body_not_json")
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(MOST_BYTES):
            body += chunk
            if len(body) > most_bytes:
                raise BodyRefused("body_too_large" if most_bytes == MOST_BYTES else "workflow_too_large")
    except web.RequestPayloadError:  # said to be compressed, and is not
        raise BodyRefused("body_not_json") from None
    return bytes(body)


def object_in(body: bytes) -> dict[str, Any]:
    """Give the JSON object in a body. Takes a while for a large one: not to be called where ComfyUI's loop waits.

    Raises:
        BodyRefused: `body_not_json`, `body_invalid`.

    """
    try:
        content = json.loads(body.decode())
        # Half a surrogate pair is JSON, but no text that could be written to a file or sent on.
        json.dumps(content, ensure_ascii=False).encode()
    except ValueError:
        raise BodyRefused("body_not_json") from None
    except RecursionError:
        raise BodyRefused("body_invalid") from None
    if not isinstance(content, dict):
        raise BodyRefused("body_invalid")
    return content

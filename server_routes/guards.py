"""What a request must be before it is looked at any further. Every request may be a stranger's."""

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from aiohttp import web

from ..comfycontrol import comfyui
from ..comfycontrol.errors import BadRequestError, ComfyControlError, NotAllowedError
from ..comfycontrol.foreign_json import read_json
from ..comfycontrol.texts import ENGLISH, shipped

if TYPE_CHECKING:
    from pydantic import BaseModel

    _Model = TypeVar("_Model", bound=BaseModel)

OWNER_HEADER = "X-ComfyControl-Owner"
LANGUAGE_HEADER = "X-ComfyControl-Language"
# The headers that say where a request was sent; anyone can set them.
FORWARDED_HEADERS = ("Forwarded", "X-Forwarded-Host", "X-Forwarded-Prefix", "X-Forwarded-Proto")
_FORWARDED_FOR = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "Cf-Connecting-Ip")
MOST_BYTES = 64 * 1024
# For the routes that take a workflow; those of large graphs are a few hundred kilobytes.
MOST_BYTES_OF_WORKFLOW = 4 * 1024 * 1024


class Caller(NamedTuple):
    """Who calls: the request, by which ComfyUI tells the user, the owner key in it, and their language."""

    request: web.Request
    owner_key: str
    language: str = ENGLISH

    @property
    def user(self) -> comfyui.ComfyUser:
        """The ComfyUI user that the request is for; raises `NotAllowedError` if ComfyUI knows none."""
        return comfyui.user_of(self.request)

    def query(self, name: str) -> str:
        """Give a parameter of the query; empty if it is missing."""
        return self.request.query.get(name, "")


def caller_of(request: web.Request) -> Caller:
    """Give the caller. The owner key is in a header of its own, which also stops other sites' pages."""
    language = shipped(request.headers.get(LANGUAGE_HEADER, ENGLISH))
    return Caller(request, request.headers.get(OWNER_HEADER, ""), language)


def check_owner(caller: Caller) -> None:
    """Raise unless the caller is an owner. The key is compared in constant time.

    Raises:
        NotAllowedError: `owner_required`.

    """
    from ..comfycontrol.bootstrap import instance

    instance().ownership.check_owner(caller.owner_key)


def is_owner(caller: Caller) -> bool:
    """Whether the caller has proven to be an owner; loads nothing for a caller without a key."""
    if not caller.owner_key:
        return False
    try:
        check_owner(caller)
    except ComfyControlError:
        return False
    return True


def check_own_header(caller: Caller) -> None:
    """Raise unless the request has a header of ours, which pages of other sites cannot send.

    Not even with `--enable-cors-header`, which lets them send `Content-Type` and `Authorization` only.

    Raises:
        NotAllowedError: `not_from_panel`.

    """
    if LANGUAGE_HEADER not in caller.request.headers:
        raise NotAllowedError("not_from_panel")


def check_changeable(names: tuple[str, ...]) -> None:
    """Raise if the environment decides one of these.

    Raises:
        NotAllowedError: `set_by_environment`.

    """
    from ..comfycontrol.bootstrap import instance

    instance().registration.check_changeable(*names)


def address_of(request: web.Request) -> str:
    """Give what tells callers apart as far as possible; those behind one proxy or tunnel share its address.

    It includes whether the request was forwarded, so that a person at this machine is not counted with strangers who
    come through a local tunnel. Anybody can send the forwarding headers, so they are not trusted any further.
    """
    forwarded = any(name in request.headers for name in _FORWARDED_FOR)
    return f"{request.remote} {'forwarded' if forwarded else 'direct'}"


async def read_body(request: web.Request, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a body that claims to be JSON, up to the route's limit; ComfyUI itself would take 100 MB.

    The media type matters: without a preflight, a page of another site can post `text/plain`, but not JSON.

    Raises:
        BadRequestError: `body_not_json`, `body_too_large`, `workflow_too_large`.

    """
    if request.content_type != "application/json":
        raise BadRequestError("body_not_json")
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(MOST_BYTES):
            body += chunk
            if len(body) > most_bytes:
                raise BadRequestError("body_too_large" if most_bytes == MOST_BYTES else "workflow_too_large")
    except web.RequestPayloadError:  # claims to be compressed, and is not
        raise BadRequestError("body_not_json") from None
    return bytes(body)


def object_in(body: bytes) -> dict[str, Any]:
    """Parse the JSON object in a body. May take a while, so it is not to be called in ComfyUI's event loop.

    Raises:
        BadRequestError: `body_not_json`, `body_invalid`.

    """
    try:
        content = read_json(body.decode())
    except ValueError:
        raise BadRequestError("body_not_json") from None
    except RecursionError:
        raise BadRequestError("body_invalid") from None
    if not isinstance(content, dict):
        raise BadRequestError("body_invalid")
    return content


def validated(model: "type[_Model]", body: dict[str, Any]) -> "_Model":
    """Validate a body.

    Raises:
        BadRequestError: `body_invalid`. The limits of fields raise errors of their own.

    """
    from pydantic import ValidationError

    try:
        return model.model_validate(body)
    except ValidationError as error:
        # That leaves a field that is missing or of the wrong type.
        place = error.errors(include_input=False, include_context=False)[0]["loc"]
        raise BadRequestError("body_invalid", field=str(place[0]) if place else None) from None

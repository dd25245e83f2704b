"""Who gets through the guarded port: one decision, made of the facts of a request alone.

What runs workflows is open to whoever has the runner key, and nothing else is. A request is judged by the route that
ComfyUI's router resolves, never by the text of its path: whatever somebody makes of slashes, dots and percent signs,
it is the route that answers.
"""

import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from typing import Literal, NamedTuple

Key = Literal["right", "wrong", "missing", "several"]

_PREFIX = "/api"
_PARAMETER = re.compile(r"\{[^{}]*\}")
_WEBSOCKET = "websocket"
# Whoever is asked to prove that an address leads here has no key yet, and the proof opens nothing.
_PROOF = "/comfycontrol/identity"
_NEVER = frozenset({"CONNECT", "TRACE"})
# HEAD is answered by what answers GET.
_READ = frozenset({"GET", "HEAD"})
_WRITE = frozenset({"POST"})
_SOCKETS = frozenset({"/ws"})
# Source: ComfyUI's server.py, by the templates of its routes. What a parameter is called differs between versions.
_ROUTES: Mapping[str, frozenset[str]] = {
    "/prompt": _READ | _WRITE,
    "/queue": _READ | _WRITE,
    "/history": _READ | _WRITE,
    "/history/{}": _READ,
    "/jobs": _READ,
    "/jobs/{}": _READ,
    "/jobs/{}/cancel": _WRITE,
    "/jobs/cancel": _WRITE,
    "/view": _READ,
    "/upload/image": _WRITE,
    "/upload/mask": _WRITE,
    "/object_info": _READ,
    "/object_info/{}": _READ,
    "/models": _READ,
    "/models/{}": _READ,
    "/embeddings": _READ,
    "/features": _READ,
    "/system_stats": _READ,
    "/interrupt": _WRITE,
    "/free": _WRITE,
}


class Decision(Enum):
    """What becomes of a request; the values are the statuses of HTTP."""

    ALLOWED = 200
    UNAUTHORIZED = 401
    FORBIDDEN = 403


class Facts(NamedTuple):
    """What a request is, before anything of ComfyUI has seen it.

    Args:
        method: of HTTP, as it was sent.
        route: the template of the route that ComfyUI's router resolves, such as `/api/history/{prompt_id}`; None where
            it resolves none. What serves a folder ends with `/*`.
        key: what is in the header of the runner key.
        upgrade: the protocol that the connection shall be turned over to, in lower case; empty for none.
        hosts: the number of its `Host` lines.
        origin_form: whether its target is a path, and neither a whole address, an authority nor `*` (RFC 9112, 3.2).

    """

    method: str
    route: str | None
    key: Key
    upgrade: str = ""
    hosts: int = 1
    origin_form: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether everybody between here and the sender has understood the same host and path."""
        return self.hosts == 1 and self.origin_form


def decide(facts: Facts, *, whole_api: bool) -> Decision:
    """Judge a request.

    Args:
        facts: what it is.
        whole_api: whether the key opens everything that ComfyUI answers.

    """
    route = _bare(facts.route)
    if route == _PROOF and facts.method == "GET" and facts.is_plain and not facts.upgrade:
        return Decision.ALLOWED
    if facts.key != "right":
        return Decision.UNAUTHORIZED
    if route is None or facts.method in _NEVER or not facts.is_plain:
        return Decision.FORBIDDEN
    if facts.upgrade:
        is_open = facts.upgrade == _WEBSOCKET and facts.method == "GET" and (whole_api or route in _SOCKETS)
    else:
        is_open = whole_api or facts.method in _ROUTES.get(route, ())
    return Decision.ALLOWED if is_open else Decision.FORBIDDEN


# Templates are the router's, so there are not many.
@lru_cache(maxsize=512)
def _bare(route: str | None) -> str | None:
    """The template without the prefix that every route has as well, and without its parameters' names."""
    if route is None:
        return None
    inner = route.removeprefix(_PREFIX)
    return _PARAMETER.sub("{}", inner if inner.startswith("/") else route)

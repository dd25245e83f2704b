"""Addresses that the operator configured, that the browser shows, or that a proxy forwarded."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit, urlunsplit

from ..configuration.process import ENDPOINT_VARIABLE
from .kinds import kind_of
from .suggestion import (
    BROWSER_SOURCE,
    CONFIGURED_SOURCE,
    FORWARDED_SOURCE,
    Note,
    Suggestion,
    note,
    web_address,
)
from .surroundings import Surroundings
from .tunnels import headers_for
from .workspaces import HOSTS_BOUND_TO_COOKIES

CONFIGURED = note("configured")
NOT_AN_ADDRESS = note("configured_wrong")
FORWARDED = note("forwarded")

_COOKIES = note("cookies")
# A file, or the one route of ComfyUI's page that is no folder (its choice of user).
_PAGE_NAME = re.compile(r"[^/]*\.[^/]*|user-select")
# RFC 7239, 4: name=token or name="text with \\ escapes"; pairs end with ; and elements with a comma.
_FORWARDED_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",;\s]*))\s*(;|,|$)')


def configured(surroundings: Surroundings) -> list[Suggestion]:
    """The address that the operator set."""
    text = surroundings.variable(ENDPOINT_VARIABLE)
    if not text:
        return []
    url = web_address(text)
    # The text is not repeated if it is wrong, because it may hold a password.
    known = CONFIGURED if url else NOT_AN_ADDRESS
    return [Suggestion(url, CONFIGURED_SOURCE, "high", headers_for(url), (known,))]


def browser(surroundings: Surroundings) -> list[Suggestion]:
    """The page's own address without file name, query and fragment; certain only if others can reach it too."""
    url = web_address(surroundings.page_url or "")
    if url is None:
        return []
    parts = urlsplit(url)
    folder, slash, name = parts.path.rpartition("/")
    path = folder + slash if _PAGE_NAME.fullmatch(name) else parts.path
    url = urlunsplit((parts.scheme, parts.netloc, path, "", ""))
    kinds = kind_of(url, None)
    if (parts.hostname or "").endswith(HOSTS_BOUND_TO_COOKIES):
        return [Suggestion(url, BROWSER_SOURCE, "low", notes=(_COOKIES,))]
    if not kinds.is_public:
        return [Suggestion(url, BROWSER_SOURCE, "low", notes=(Note(kinds.kinds[0].code, section="kinds"),))]
    return [Suggestion(url, BROWSER_SOURCE, "high", headers_for(url))]


def forwarded(surroundings: Surroundings) -> list[Suggestion]:
    """The address in front of a proxy, as the headers of the page's request have it.

    Source: RFC 7239 for `Forwarded`; the `X-Forwarded-` headers are a convention, the first value counts.
    """
    headers = {name.lower(): value for name, value in surroundings.forwarded.items()}
    standard = _standard_forwarded(headers.get("forwarded", ""))
    host = _first(headers, "x-forwarded-host") or standard.get("host", "")
    if not host:
        return []
    page = urlsplit(web_address(surroundings.page_url or "") or "")
    seen_scheme = page.scheme if page.netloc.lower() == host.lower() else surroundings.scheme
    scheme = _first(headers, "x-forwarded-proto") or standard.get("proto", "") or seen_scheme
    prefix = _first(headers, "x-forwarded-prefix")
    path = f"/{prefix.strip('/')}" if prefix.strip("/") else ""
    # Anybody can send this header, so it must be a host and nothing more.
    url = web_address(f"{scheme.lower()}://{host}{path}") if not set("/?#\\@") & set(host) else None
    if url is None or kind_of(url, None).kinds[0].code == "not_an_address":
        return []
    return [Suggestion(url, FORWARDED_SOURCE, "low", headers_for(url), (FORWARDED,))]


def _first(headers: Mapping[str, str], name: str) -> str:
    return headers.get(name, "").split(",")[0].strip()


def _standard_forwarded(text: str) -> dict[str, str]:
    """The pairs of the first element, which is the closest to the caller."""
    pairs: dict[str, str] = {}
    position = 0
    while match := _FORWARDED_PAIR.match(text, position):
        name, quoted, token, end = match.groups()
        pairs.setdefault(name.lower(), token if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
        if end != ";":
            break
    return pairs

"""Endpoints: their documented form, and when two of them are the same."""

import ipaddress
import re
import unicodedata
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ..errors import InvalidInputError

DEFAULT_PORTS = {"http": 80, "https": 443}
_FIELD = "endpoint"
# A host with a dot or a port, and nothing before it.
_WITHOUT_SCHEME = re.compile(
    r"(?://[^\s/?#@]+|\[[0-9A-Fa-f:.]+\]|[^\s/?#@:\[\]]+(?:\.[^\s/?#@:\[\]]+|(?=:\d)))(?::\d+)?(?:[/?#]\S*)?"
)
# In names of hosts: what a list or an instruction has, such as http://<host>:8188.
_NOT_IN_HOST = re.compile(r"[!-,/;-@\[-^`{-~]")
# All spellings of 0.0.0.0 that clients take.
_ZERO = re.compile(r"(?:0x0*|0+)(?:\.(?:0x0*|0+)){0,3}\.?")


def check_endpoint(text: str) -> str:
    """Check that the service takes this endpoint (Create Runner: http or https URL), and trim it.

    Raises:
        InvalidInputError: `endpoint_missing`, `endpoint_no_scheme`, `endpoint_invalid`, `endpoint_user_info`,
            `endpoint_unspecified`.

    """
    endpoint = text.strip()
    if not endpoint:
        raise InvalidInputError("endpoint_missing", field=_FIELD)
    if _WITHOUT_SCHEME.fullmatch(endpoint):
        raise InvalidInputError("endpoint_no_scheme", field=_FIELD)
    parts = split_url(endpoint)
    if parts is None or parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise InvalidInputError("endpoint_invalid", field=_FIELD)
    if "@" in parts.netloc:
        raise InvalidInputError("endpoint_user_info", field=_FIELD)
    if ":" not in parts.hostname and _NOT_IN_HOST.search(parts.hostname):
        raise InvalidInputError("endpoint_invalid", field=_FIELD)
    if _is_unspecified(parts.hostname):
        raise InvalidInputError("endpoint_unspecified", field=_FIELD)
    return endpoint


def normalise_endpoint(url: str) -> str:
    """Write an endpoint so that all spellings of one address are equal.

    Scheme and host in lower case, the host in ASCII; without the scheme's default port, the fragment and slashes at the
    end. A text that is not a URL is only trimmed: the service may hold anything, and comparing must not fail.
    """
    text = url.strip()
    parts = split_url(text)
    if parts is None or not parts.hostname:
        return text
    host = _ascii_host(parts.hostname)
    if ":" in host:
        host = f"[{host}]"
    if parts.port is not None and parts.port != DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{parts.port}"
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), parts.query, ""))


def same_endpoint(one: str, other: str) -> bool:
    """Whether two endpoints are one address in two spellings."""
    return normalise_endpoint(one) == normalise_endpoint(other)


def split_url(text: str) -> SplitResult | None:
    """Take a URL apart; None if it contains blanks, or an invalid port or IPv6 address."""
    # The only white space that counts as printable is the space itself.
    if " " in text or not text.isprintable():
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port  # reading it is what checks it
        if "[" in parts.netloc:
            # Python before 3.11.4 takes anything in brackets.
            ipaddress.IPv6Address(parts.hostname or "")
    except ValueError:
        return None
    return parts


def _is_unspecified(host: str) -> bool:
    """Whether it stands for every address of a machine, as `--listen` shows it: nobody can call that."""
    if ":" not in host:
        return _ZERO.fullmatch(unicodedata.normalize("NFKC", host)) is not None
    address = ipaddress.IPv6Address(host)
    return (address.ipv4_mapped or address).is_unspecified


def _ascii_host(host: str) -> str:
    try:
        # The final dot is removed last, because other scripts' dots become ASCII only now.
        return host.lower().encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        return host.lower()

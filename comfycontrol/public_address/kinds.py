"""Tells people what kind of address a text is. It never refuses one."""

import unicodedata
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from types import MappingProxyType
from typing import Literal
from urllib.parse import SplitResult, unquote

from ..models.endpoint import DEFAULT_PORTS, split_url
from ..texts import ENGLISH, sentence
from .ip_addresses import innermost, is_numeric, kind_of_ip, read_ip

Severity = Literal["ok", "note", "warning"]

SEVERITIES: MappingProxyType[str, Severity] = MappingProxyType(
    {
        "public_name": "ok",
        "public_ip": "ok",
        "not_an_address": "warning",
        "loopback": "warning",
        "unspecified": "warning",
        "private": "warning",
        "carrier_grade": "warning",
        "link_local": "warning",
        "unique_local": "warning",
        "reserved": "warning",
        "local_name": "warning",
        "private_name": "warning",
        "single_label": "warning",
        "plain_http": "warning",
        "plain_http_ip": "note",
        "missing_port": "warning",
        "other_port": "note",
        "path": "note",
        "query": "warning",
        "user_info": "warning",
        "no_scheme": "warning",
        "other_scheme": "warning",
        "ipv6": "note",
        "ipv4_in_ipv6": "note",
        "unusual_ipv4": "note",
        "international_name": "note",
    }
)

_PUBLIC = frozenset({"public_name", "public_ip"})
# RFC 6761, RFC 8375, RFC 7686, ICANN's .internal, and the suffixes of home routers.
_PRIVATE_SUFFIXES = (
    *(".internal", ".home.arpa", ".test", ".invalid", ".onion"),
    *(".lan", ".home", ".corp", ".intranet", ".localdomain", ".fritz.box"),
)
# IDNA's other dots (RFC 3490, 3.1), apart from the one that NFKC makes a plain dot.
_OTHER_DOTS = str.maketrans({"\u3002": ".", "\uff0e": ".", "\uff61": "."})
_NEVER_IN_A_NAME = frozenset(" \"#%&'()*+,/:;<=>?@[\\]^`{|}")


@dataclass(frozen=True)
class Kind:
    """One thing to know about an address. `port` is the one ComfyUI listens on, if that is known."""

    code: str
    severity: Severity
    port: int | None = None

    def sentence_in(self, language: str = ENGLISH) -> str:
        """What a person should know."""
        return sentence("kinds", self.code, language=language, port=self.port)


@dataclass(frozen=True)
class AddressKinds:
    """All that is known about an address; the first kind is always that of its host."""

    kinds: tuple[Kind, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes in the order of `kinds`."""
        return tuple(kind.code for kind in self.kinds)

    @property
    def is_public(self) -> bool:
        """Whether the host may be reachable from the internet, judging by its form."""
        return self.kinds[0].code in _PUBLIC


def kind_of(url: str, own_port: int | None) -> AddressKinds:
    """Tell what kind of address a text is. Takes any text, raises nothing and looks nothing up.

    `own_port` is the port ComfyUI listens on, None if it is not known.
    """
    text = url.strip()
    has_scheme = "://" in text
    parts = split_url(text if has_scheme else f"https://{text}")
    host = _plain_host(parts) if parts is not None else ""
    host_kind = _host_kind(host)
    if parts is None or host_kind == "not_an_address":
        return AddressKinds((_kind("not_an_address"),))
    codes = [host_kind, *_spelling_kinds(host, parts)]
    if not has_scheme:
        codes.append("no_scheme")
    elif parts.scheme not in DEFAULT_PORTS:
        codes.append("other_scheme")
    elif parts.scheme == "http" and host_kind in _PUBLIC:
        codes.append("plain_http" if host_kind == "public_name" else "plain_http_ip")
    if own_port is not None and parts.scheme in DEFAULT_PORTS:
        codes += _port_kinds(parts, host_kind, own_port)
    codes += _rest_kinds(parts)
    return AddressKinds(tuple(_kind(code, own_port) for code in codes))


def _kind(code: str, own_port: int | None = None) -> Kind:
    return Kind(code, SEVERITIES[code], own_port)


RESERVED = _kind("reserved")


def _plain_host(parts: SplitResult) -> str:
    """The host as a client would look it up: no percent-encoding, no wide letters, no dot at the end."""
    host = parts.hostname or ""
    if "[" in parts.netloc:
        return host
    return unicodedata.normalize("NFKC", unquote(host)).translate(_OTHER_DOTS).lower().removesuffix(".")


def _host_kind(host: str) -> str:
    ip = read_ip(host)
    if ip is not None:
        return kind_of_ip(ip)
    labels = host.split(".")
    not_a_name = any(character in _NEVER_IN_A_NAME or not character.isprintable() for character in host)
    if not_a_name or is_numeric(host) or not all(labels):
        return "not_an_address"
    if host in {"localhost", "localhost.localdomain", "ip6-localhost"} or labels[-1] == "localhost":
        return "loopback"
    if labels[-1] == "local":
        return "local_name"
    if len(labels) == 1:
        return "single_label"
    return "private_name" if host.endswith(_PRIVATE_SUFFIXES) else "public_name"


def _spelling_kinds(host: str, parts: SplitResult) -> list[str]:
    ip = read_ip(host)
    if isinstance(ip, IPv6Address):
        return ["ipv6"] if innermost(ip) == ip else ["ipv6", "ipv4_in_ipv6"]
    if isinstance(ip, IPv4Address):
        return [] if (parts.hostname or "").removesuffix(".") == str(ip) else ["unusual_ipv4"]
    international = not host.isascii() or any(label.startswith("xn--") for label in host.split("."))
    return ["international_name"] if international else []


def _port_kinds(parts: SplitResult, host_kind: str, own_port: int) -> list[str]:
    # A public name usually belongs to a proxy or a tunnel, which has a port of its own.
    if host_kind == "public_name":
        return []
    if parts.port is not None:
        return [] if parts.port == own_port else ["other_port"]
    if own_port in DEFAULT_PORTS.values():
        return []
    # On the internet, or with TLS, there is probably a proxy or a router's rule in front of ComfyUI.
    forgotten = parts.scheme == "http" and host_kind != "public_ip"
    return ["missing_port" if forgotten else "other_port"]


def _rest_kinds(parts: SplitResult) -> list[str]:
    rest = {
        "user_info": "@" in parts.netloc,
        "path": parts.path.strip("/") != "",
        "query": bool(parts.query or parts.fragment),
    }
    return [code for code, present in rest.items() if present]

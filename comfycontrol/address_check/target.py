"""Which addresses a check may call: what lies between a text that somebody typed and a connection."""

import re
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network, IPv6Address
from urllib.parse import quote, urlsplit

from ..models.endpoint import DEFAULT_PORTS, normalise_endpoint
from ..public_address.ip_addresses import innermost, kind_of_ip, read_ip

IpAddress = IPv4Address | IPv6Address

_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LONGEST_HOST = 253
# Allowed unquoted in a path (RFC 3986, 3.3); with the percent sign, since parts may be quoted already.
_IN_A_PATH = "/%:@!$&'()*+,;=~"
# These look public, but clouds serve their own machines there.
_NEVER = (
    IPv4Network("168.63.129.16/32"),  # Azure's wire server; source: learn.microsoft.com, "What is 168.63.129.16"
    IPv4Network("192.0.0.0/24"),  # RFC 6890; Oracle's older metadata service. Python 3.10 takes most of it for global
    IPv4Network("192.88.99.0/24"),  # RFC 7526: 6to4 relays, given up
)


@dataclass(frozen=True)
class Target:
    """An endpoint taken apart, in the form in which it is called. `host` is an ASCII name or an IP address."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Host and port as the Host header and a URL write them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The endpoint, without a slash at the end."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def ip(self) -> IpAddress | None:
        """The host as an IP address; None when it is a name."""
        return read_ip(self.host)

    def under(self, path: str) -> "Target":
        """The same server, another path."""
        return replace(self, path=path)


def target_of(endpoint: str) -> Target | None:
    """Take an endpoint apart, without query and fragment; None if it has no host that could be called."""
    try:
        parts = urlsplit(normalise_endpoint(endpoint))
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    ip = read_ip(host)
    if ip is not None:
        host = str(ip)
    elif not _HOST.fullmatch(host) or len(host) > _LONGEST_HOST:
        return None
    if parts.scheme not in DEFAULT_PORTS:
        return None
    path = quote(parts.path.rstrip("/"), safe=_IN_A_PATH)
    return Target(parts.scheme, host, DEFAULT_PORTS[parts.scheme] if port is None else port, path)


def may_be_called(ip: IpAddress) -> bool:
    """Whether an address is on the public internet.

    An address that embeds another (IPv4-mapped, NAT64, 6to4) is judged by that one; Teredo's, which embed two, are
    refused, and so are private, multicast, reserved and documentation addresses.
    """
    return kind_of_ip(ip) == "public_ip" and not any(innermost(ip) in network for network in _NEVER)

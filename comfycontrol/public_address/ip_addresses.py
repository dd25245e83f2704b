"""Reads a host as an IP address, however it is spelt, and tells which part of the address space that is in.

There are many spellings: in browsers and most HTTP clients `http://2130706433/`, `http://0177.1/` and
`http://[::ffff:7f00:1]/` all lead to 127.0.0.1.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal

IpKind = Literal[
    "loopback",
    "unspecified",
    "private",
    "carrier_grade",
    "link_local",
    "unique_local",
    "reserved",
    "public_ip",
]

_MOST_PARTS = 4
_PRIVATE = tuple(IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))  # RFC 1918
_CARRIER_GRADE = IPv4Network("100.64.0.0/10")  # RFC 6598; Tailscale's addresses are in it as well
_UNIQUE_LOCAL = IPv6Network("fc00::/7")  # RFC 4193
_GLOBAL_UNICAST = IPv6Network("2000::/3")  # RFC 4291, 2.4
_DOCUMENTATION = IPv6Network("3fff::/20")  # RFC 9637; older Pythons do not know it
_6TO4 = IPv6Network("2002::/16")  # RFC 3056: the IPv4 address stands in bits 16 to 47
_IPV4_AT_THE_END = tuple(
    IPv6Network(net)
    for net in (
        "::/96",  # IPv4-compatible, RFC 4291, 2.5.5.1
        "::ffff:0:0/96",  # IPv4-mapped, RFC 4291, 2.5.5.2
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 2765
        "64:ff9b::/96",  # NAT64, RFC 6052
    )
)
_NOT_WRAPPED = (IPv6Address("::"), IPv6Address("::1"))


def read_ip(host: str) -> IPv4Address | IPv6Address | None:
    """Read the host of a URL, without brackets, as an IP address; None if it is a name."""
    if ":" in host:
        try:
            # Without the zone (fe80::1%eth0), which names an interface.
            return IPv6Address(host.partition("%")[0])
        except AddressValueError:
            return None
    return _read_ipv4(host)


def is_numeric(host: str) -> bool:
    """Whether the last label is a number, so that the host is an IPv4 address or an error but never a name.

    Source: WHATWG URL standard, "ends in a number checker".
    """
    last = host.rstrip(".").rpartition(".")[2]
    return re.fullmatch(r"[0-9]+|0[xX][0-9A-Fa-f]*", last) is not None


def innermost(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address embedded in an IPv6 address (mapped, translated, NAT64, 6to4), else the address itself."""
    if isinstance(ip, IPv4Address) or ip in _NOT_WRAPPED:
        return ip
    if ip in _6TO4:
        return IPv4Address(int(ip) >> 80 & 0xFFFFFFFF)
    if any(ip in net for net in _IPV4_AT_THE_END):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def kind_of_ip(ip: IPv4Address | IPv6Address) -> IpKind:
    """Name the part of the address space that an address, or the one embedded in it, is in."""
    ip = innermost(ip)
    if ip.is_loopback:
        return "loopback"
    if ip.is_unspecified:
        return "unspecified"
    if ip.is_link_local:
        return "link_local"
    return _kind_of_ipv4(ip) if isinstance(ip, IPv4Address) else _kind_of_ipv6(ip)


def _kind_of_ipv4(ip: IPv4Address) -> IpKind:
    if any(ip in net for net in _PRIVATE):
        return "private"
    if ip in _CARRIER_GRADE:
        return "carrier_grade"
    return "public_ip" if ip.is_global and not ip.is_multicast else "reserved"


def _kind_of_ipv6(ip: IPv6Address) -> IpKind:
    if ip in _UNIQUE_LOCAL:
        return "unique_local"
    usable = ip in _GLOBAL_UNICAST and ip not in _DOCUMENTATION and ip.is_global
    return "public_ip" if usable else "reserved"


def _read_ipv4(host: str) -> IPv4Address | None:
    """Read one to four decimal, octal or hexadecimal parts, the last of which fills the remaining bytes.

    Source: WHATWG URL standard, "IPv4 parser"; inet_aton(3) says the same.
    """
    parts = host.removesuffix(".").split(".")
    if len(parts) > _MOST_PARTS:
        return None
    numbers = [_read_number(part) for part in parts]
    total = 0
    for position, number in enumerate(numbers):
        room = 256 ** (_MOST_PARTS + 1 - len(numbers)) if position == len(numbers) - 1 else 256
        if number is None or number >= room:
            return None
        total = total * room + number
    return IPv4Address(total)


def _read_number(part: str) -> int | None:
    # By patterns, because int() accepts underscores, signs, blanks and other scripts' digits.
    if re.fullmatch(r"0[xX][0-9A-Fa-f]*", part):
        return int(part[2:] or "0", 16)
    if re.fullmatch(r"0[0-7]+", part):
        return int(part, 8)
    # No IPv4 address needs more digits, and int() raises an error for thousands of them.
    if re.fullmatch(r"0|[1-9][0-9]{0,9}", part):
        return int(part)
    return None

"""Which user listens on a port of this machine: any of its users could listen where an agent would."""

import importlib
import os
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

_PROC_FILES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_LISTEN = "0A"
_ROOT = 0


def is_ours(port: int) -> bool:
    """Whether only our user, or the system's, listens on this port of the loopback interface. Never raises.

    Looks at listening sockets: a connection's shows root as its owner before it is accepted and after it is closed.

    Source: Linux' Documentation/networking/proc_net_tcp.rst; elsewhere psutil, which ComfyUI brings.
    """
    try:
        owners = set(_listening_users(port) if sys.platform == "linux" else _listening_processes(port))
    except Exception:  # noqa: BLE001 - if it cannot be told, it is not ours
        return False
    return bool(owners) and owners <= {"us"}


def _listening_users(port: int) -> Iterator[str]:
    us, its_place = {_ROOT, os.geteuid()}, f":{port:04X} "
    for file in _PROC_FILES:
        if not file.exists():  # without IPv6
            continue
        for line in file.read_text(encoding="ascii").splitlines()[1:]:
            # A busy machine has thousands of others.
            if its_place not in line:
                continue
            fields = line.split()
            address, _, its_port = fields[1].partition(":")
            if fields[3] == _LISTEN and int(its_port, 16) == port and _is_reached_by_loopback(address):
                yield "us" if int(fields[7]) in us else "another"


def _is_reached_by_loopback(address: str) -> bool:
    """Read an address as the kernel prints it: words of four bytes, each in the machine's byte order."""
    words = [int(address[place : place + 8], 16).to_bytes(4, sys.byteorder) for place in range(0, len(address), 8)]
    if len(words) == 1:
        ip: IPv4Address | IPv6Address = IPv4Address(words[0])
    else:
        six = IPv6Address(b"".join(words))
        ip = six.ipv4_mapped or six
    return ip.is_loopback or ip.is_unspecified


def _listening_processes(port: int) -> Iterator[str]:
    psutil = importlib.import_module("psutil")
    own = psutil.Process().username()
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            known = connection.pid is not None and psutil.Process(connection.pid).username() == own
            yield "us" if known else "another"

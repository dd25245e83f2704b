"""Run by Python itself in a host's process: names and public addresses of this small internet lead to loopback.

Only the name service and the first step of a connection are doubled; who asks, and what is allowed, stays as it is.
"""

import importlib.machinery
import importlib.util
import json
import os
import socket
import sys
from pathlib import Path
from typing import Any

# The address that a stage has, unless its test says otherwise, leads to the host itself.
_NAMES = {"workstation.example.com": "9.9.9.9"}
_look_up = socket.getaddrinfo
_connect = socket.create_connection


def _small_internet() -> Any:
    """Which names have which address, and which "address:port" is which port of this machine; at this moment."""
    given = json.loads(os.environ.get("SMALL_INTERNET", "{}"))
    return {"names": {**_NAMES, **given.get("names", {})}, "ports": {**_ports(), **given.get("ports", {})}}


def _ports() -> dict[str, int]:
    own = sys.argv[sys.argv.index("--port") + 1] if "--port" in sys.argv else "9"
    return {"9.9.9.9:80": int(own)}


def getaddrinfo(host: Any, port: Any, *arguments: Any, **more: Any) -> Any:
    known = _small_internet()["names"].get(host)
    if known is None and str(host).endswith(".example.com"):
        raise socket.gaierror(socket.EAI_NONAME, "not in this small internet")
    return _look_up(known or host, port, *arguments, **more)


def create_connection(address: tuple[str, int], *arguments: Any, **more: Any) -> socket.socket:
    host, port = address
    inside = _small_internet()["ports"].get(f"{host}:{port}")
    return _connect(("127.0.0.1", inside) if inside else address, *arguments, **more)


socket.getaddrinfo = getaddrinfo
socket.create_connection = create_connection  # type: ignore[assignment]

# The machine may have one of its own, which this one stands before.
_others = [path for path in sys.path if Path(path).resolve() != Path(__file__).resolve().parent]
_spec = importlib.machinery.PathFinder.find_spec("sitecustomize", _others)
if _spec and _spec.loader:
    _spec.loader.exec_module(importlib.util.module_from_spec(_spec))

"""What a check of an address sees of the world: names that lead to a public address, and that to a port of loopback."""

import importlib
import socket
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from routes.comfyui_with_pack import ComfyUI

NAME = "comfy.example.com"
PUBLIC = "8.8.8.8"


def pack_module(comfyui: ComfyUI, name: str) -> ModuleType:
    """A module of the pack, loaded if it was not yet: most are at their first use only."""
    return importlib.import_module(f"{comfyui.pack_name}.{name}")


def port_of(comfyui: ComfyUI) -> int:
    port = comfyui.client.server.port
    assert port
    return port


def listen_at(comfyui: ComfyUI, monkeypatch: pytest.MonkeyPatch, port: int) -> int:
    """Have the pack believe that its host listens there."""
    monkeypatch.setattr(pack_module(comfyui, "comfycontrol.comfyui"), "listening_port", lambda: port)
    return port


def lead(
    comfyui: ComfyUI,
    monkeypatch: pytest.MonkeyPatch,
    port: int,
    resolve: Callable[[str, int], list[str]] = lambda _name, _port: [PUBLIC],
) -> list[str]:
    """Every name leads to one public address, and that to this port of loopback. Gives what is called from now on."""
    called: list[str] = []

    def connect(ip: str, _port: int, seconds: float) -> socket.socket:
        called.append(ip)
        return socket.create_connection(("127.0.0.1", port), timeout=seconds)

    ways: Any = pack_module(comfyui, "comfycontrol.address_check.network").Ways
    proof = pack_module(comfyui, "comfycontrol.address_check.check")
    monkeypatch.setattr(proof, "Ways", lambda: ways(resolve=resolve, connect=connect))
    return called

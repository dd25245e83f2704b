"""ComfyUI with the pack in it on a thread of its own, so that a tool that blocks can call it; nothing leaves here."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import requests
from routes.checked_addresses import pack_module
from routes.comfyui_with_pack import ENDPOINT, OWNER_HEADER, SETTING, mounted_pack, running_comfyui

from service_double import ServiceDouble

_START_SECONDS = 30.0


class Stage:
    """A running instance that is a runner, and its owner."""

    def __init__(self, url: str, double: ServiceDouble, token: str, strayed: list[str]) -> None:
        self.url = url
        self.double = double
        self.strayed = strayed
        self.owner: dict[str, str] = {}
        self._token = token
        self._session = requests.Session()
        # No proxy of the machine's between here and loopback.
        self._session.trust_env = False

    def send(self, method: str, path: str, body: Any = None) -> requests.Response:
        return self._session.request(
            method, f"{self.url}{path}", json=body, headers={"X-ComfyControl-Language": "en", **self.owner}, timeout=30
        )

    def be_registered(self) -> None:
        """Be what an owner has made of it, whatever was done to it before."""
        status = self._answer("GET", "/comfycontrol/status")
        if not status["owner"] or status["state"] == "token_rejected":
            self.keep(self._answer("PUT", "/comfycontrol/token", {"token": self._token}))
            # Else a look at the status would have the registered address called.
            self._answer("PATCH", "/comfycontrol/preferences", {"check_address": False})
            status = self._answer("GET", "/comfycontrol/status")
        if not status["registered"] or status["state"] == "runner_gone":
            made = {"name": "Mine", "endpoint": ENDPOINT, "take_over": None}
            runner = self._answer("POST", "/comfycontrol/runner", made)["runner"]
            self.double.add_run(runner["id"])

    def keep(self, connection: dict[str, Any]) -> None:
        """Take an answer to an accepted token for one's own, as the page does it."""
        self.owner = {OWNER_HEADER: connection["owner_key"]}
        self._save(SETTING, value=connection["sealed_token"])

    def _answer(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        response = self.send(method, path, body)
        assert response.ok, response.text
        content: dict[str, Any] = response.json()
        return content

    def _save(self, setting: str, *, value: Any) -> None:
        self._session.post(f"{self.url}/settings/{setting}", json=value, timeout=30).raise_for_status()


@contextmanager
def running_stage(folder: Path, token: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with ServiceDouble() as double:
        double.enforce_rate_limit = False
        double.add_token(double.add_account(tier="enterprise"), token)
        monkeypatch.setenv("COMFYCONTROL_API_URL", double.url)
        with _served(folder, monkeypatch) as (url, strayed):
            stage = Stage(url, double, token, strayed)
            # At once: where the service is, the pack reads when it is first asked for.
            stage.be_registered()
            yield stage


@contextmanager
def _served(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, list[str]]]:
    ready, stop = threading.Event(), threading.Event()
    places: list[str] = []
    strayed: list[str] = []

    async def serve() -> None:
        async with running_comfyui(mounted_pack(), folder / "user") as comfyui:
            _fence_in(comfyui, monkeypatch, strayed)
            places.append(f"http://{comfyui.client.host}:{comfyui.client.port}")
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()), name="comfyui", daemon=True)
    thread.start()
    try:
        assert ready.wait(_START_SECONDS)
        yield places[0], strayed
    finally:
        stop.set()
        thread.join()


def _fence_in(comfyui: Any, monkeypatch: pytest.MonkeyPatch, strayed: list[str]) -> None:
    """No name is looked up, and no socket of this process connects to anything but loopback, whatever is asked for."""
    connect = socket.socket.connect

    def to_loopback(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not ip_address(str(address[0])).is_loopback:
            strayed.append(str(address[0]))
            raise ConnectionRefusedError
        connect(self, address)

    # Entering the token again and again is no attack here.
    for module, name in (("rate_limiter", "TRIES"), ("runners.ownership", "TRIES_EACH")):
        monkeypatch.setattr(pack_module(comfyui, f"comfycontrol.{module}"), name, 100_000)
    ways: Any = pack_module(comfyui, "comfycontrol.address_check.network")
    proof = pack_module(comfyui, "comfycontrol.address_check.check")

    def no_connection(ip: str, port: int, seconds: float) -> socket.socket:
        if not ip_address(ip).is_loopback:
            raise ConnectionRefusedError
        return socket.create_connection((ip, port), timeout=seconds)

    monkeypatch.setattr(proof, "Ways", lambda: ways.Ways(resolve=lambda _name, _port: [], connect=no_connection))
    monkeypatch.setattr(socket.socket, "connect", to_loopback)

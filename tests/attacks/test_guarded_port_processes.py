"""Guarded ports of whole processes: the operator's variables, two on one machine, TLS, and the end."""

import contextlib
import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from attacks.guarded import KEY_HEADER
from attacks.test_guarded_port import OPEN
from browser.stage import PACK
from units.address_check.certificates import Authority

from comfy_host import surroundings
from comfy_host.process import HostOptions, HostProcess, free_port, start_real_comfyui, start_small_host

pytestmark = pytest.mark.timeout(300)

SERVICE = {"COMFYCONTROL_API_URL": "http://127.0.0.1:9"}
OPENED = re.compile(r"the guarded port is open on (\S+), port (\d+)\.")
Start = Callable[..., HostProcess]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def started(environment: dict[str, str], *, real: bool = False, **options: Any) -> HostProcess:
            given = HostOptions(PACK, tmp_path / "user", environment={**SERVICE, **environment}, **options)
            host = start_real_comfyui(*surroundings.real_comfyui(), given) if real else start_small_host(given)
            return running.enter_context(host)

        yield started


def opened(host: HostProcess, times: int = 1) -> int:
    """The guarded port, once the log says that it is open for the so-many-th time."""
    found = told(host, OPENED, times)
    return int(found[-1][1])


def told(host: HostProcess, pattern: "re.Pattern[str]", times: int = 1) -> list[Any]:
    until = time.monotonic() + 30
    while len(found := pattern.findall(host.log)) < times:
        assert time.monotonic() < until, host.log
        time.sleep(0.02)
    return found


def keys(folder: Path) -> dict[str, str]:
    """Of each process's file, by its name."""
    files = (folder / "user" / "__comfycontrol").glob("gateway-*.json")
    return {file.name.split("-")[1].partition(".")[0]: json.loads(file.read_text("utf-8"))["key"] for file in files}


def status(port: int, key: str = "", path: str = "/queue") -> int:
    headers = {KEY_HEADER: key} if key else {}
    return requests.get(f"http://127.0.0.1:{port}{path}", headers=headers, timeout=10).status_code


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_one_variable_opens_it_and_a_restart_keeps_port_and_key(start: Start, tmp_path: Path) -> None:
    host = start({"COMFYCONTROL_GATEWAY": "on"})
    port, (key,) = opened(host), keys(tmp_path).values()
    assert [status(port), status(port, key), status(port, key, "/settings")] == [401, 200, 403]
    assert key not in host.log
    assert requests.get(f"{host.url}/settings", timeout=10).status_code == 200
    host.restart()
    assert opened(host, times=2) == port
    assert status(port, key) == 200
    assert list(keys(tmp_path).values()) == [key]


def test_comfyui_itself_answers_what_is_open_and_nothing_else(start: Start, tmp_path: Path, host_kind: str) -> None:
    host = start({"COMFYCONTROL_GATEWAY": "on"}, real=host_kind == "real")
    port, (key,) = opened(host), keys(tmp_path).values()
    for prefix in ("", "/api"):
        for method, target in OPEN:
            address, headers = f"http://127.0.0.1:{port}{prefix}{target}", {KEY_HEADER: key}
            answer = requests.request(method, address, json={}, headers=headers, timeout=10)
            # 404 of a picture that is not there.
            assert answer.status_code not in {401, 403, 405, 500}, target
            assert answer.status_code != 404 or target.startswith("/view"), target
        for target in (
            "/",
            "/settings",
            "/users",
            "/internal/logs",
            "/extensions",
            "/userdata?dir=.",
            "/view_metadata/x",
        ):
            assert [status(port, given, f"{prefix}{target}") for given in ("", key)] == [401, 403], target


@pytest.mark.parametrize("end", ["Ctrl-C", "SIGTERM"])
def test_it_ends_with_comfyui(start: Start, end: str) -> None:
    host = start({"COMFYCONTROL_GATEWAY": "on"})
    port = opened(host)
    with socket.create_connection(("127.0.0.1", port)) as kept:
        if end == "Ctrl-C":
            assert host.interrupt() == 0
        else:
            host.stop()
        assert not is_open(port)
        kept.settimeout(10)
        # However the system puts it that the other side has gone.
        with contextlib.suppress(ConnectionResetError):
            assert kept.recv(1) == b""
    assert "Traceback" not in host.log
    assert "never retrieved" not in host.log


def test_two_on_one_machine_have_a_port_and_a_key_each(start: Start, tmp_path: Path) -> None:
    hosts = [start({"COMFYCONTROL_GATEWAY": "on"}) for _ in range(2)]
    ports = [opened(host) for host in hosts]
    found = keys(tmp_path)
    own = [found[host.url.rpartition(":")[2]] for host in hosts]
    assert len(set(ports)) == len(set(own)) == 2
    assert [[status(port, key) for key in own] for port in ports] == [[200, 401], [401, 200]]


def port_below_a_taken_one() -> tuple[int, socket.socket]:
    """Give one for a ComfyUI whose guarded port would be another program's, and that program's socket."""
    while True:
        own, other = free_port(), socket.socket()
        try:
            other.bind(("127.0.0.1", own + 10_000))
        except OSError:
            # Another test's.
            other.close()
            continue
        other.listen()
        return own, other


def test_a_port_that_another_program_has_is_said_and_another_one_opened(start: Start) -> None:
    own, other = port_below_a_taken_one()
    with other:
        host = start({"COMFYCONTROL_GATEWAY": "on"}, port=own)
        assert opened(host) != own + 10_000
        assert f"port {own + 10_000} is in use" in host.log


def test_the_port_that_the_operator_named_is_waited_for(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        named = other.getsockname()[1]
        host = start({"COMFYCONTROL_GATEWAY": "on", "COMFYCONTROL_GATEWAY_PORT": str(named)})
        told(host, re.compile(rf"could not be opened: another program is using port {named}"))
        assert "guarded port is open" not in host.log
        # ComfyUI goes on.
        assert requests.get(f"{host.url}/queue", timeout=10).status_code == 200


def test_an_address_that_is_not_this_machines_is_said(start: Start) -> None:
    # Of a network that is for examples only.
    host = start({"COMFYCONTROL_GATEWAY": "on", "COMFYCONTROL_GATEWAY_LISTEN": "192.0.2.1"})
    told(host, re.compile("did not let ComfyUI open the guarded port"))
    assert requests.get(f"{host.url}/queue", timeout=10).status_code == 200


def test_it_speaks_http_where_comfyui_speaks_https(start: Start, tmp_path: Path) -> None:
    Authority(tmp_path).server("127.0.0.1")
    tls = {"tls_certfile": tmp_path / "server.pem", "tls_keyfile": tmp_path / "server.key"}
    host = start({"COMFYCONTROL_GATEWAY": "on"}, **tls)
    port, (key,) = opened(host), keys(tmp_path).values()
    assert host.url.startswith("https://")
    assert [status(port), status(port, key)] == [401, 200]

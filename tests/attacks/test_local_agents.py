"""Another user of this machine listens where a tunnel agent would, and names an address of their own."""

import json
import os
import subprocess
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from units.unattended.pod import Pod

from comfycontrol_pack.comfycontrol.public_address import socket_owner
from comfycontrol_pack.comfycontrol.public_address.probes import AgentPlaces, ask_agents
from comfycontrol_pack.comfycontrol.public_address.suggest import best_address, suggest
from comfycontrol_pack.comfycontrol.public_address.surroundings import Surroundings
from service_double import ServiceDouble

EVIL = "https://evil.example.com"
_NOBODY = 65534
AGENT = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = sys.argv[1].encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
if len(sys.argv) > 2:
    # What is imported at the first use has to be there before: that user may not read our folders.
    http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler).server_close()
    os.setuid(int(sys.argv[2]))
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
"""


def listed(url: str = EVIL) -> str:
    return json.dumps({"endpoints": [{"url": url, "upstream": {"url": "http://localhost:8188"}}]})


@pytest.fixture
def agents_port(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[int]:
    """An agent of another user; where we may not start one, the kernel's list says that it is."""
    may = sys.platform == "linux" and os.geteuid() == 0
    program = [sys.executable, "-c", AGENT, listed(), *([str(_NOBODY)] if may else [])]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            assert process.stdout
            port = int(process.stdout.readline())
            if not may:
                monkeypatch.setattr(sys, "platform", "linux")
                monkeypatch.setattr(socket_owner, "_PROC_FILES", [kernels_list(tmp_path, port, uid=_NOBODY)])
            yield port
        finally:
            process.kill()


def kernels_list(folder: Path, port: int, *, uid: int, address: str = "0100007F", state: str = "0A") -> Path:
    file = folder / f"tcp-{address}-{uid}-{state}"
    line = f"0: {address}:{port:04X} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {uid} 0 1 1\n"
    file.write_text(f"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n{line}")
    return file


def seen(port: int) -> Surroundings:
    return Surroundings(port=8188, probes=ask_agents(AgentPlaces(port, (), "no-such-command", "/no/socket"), 5.0))


def test_its_address_is_for_a_person_to_decide_and_says_whose_it_is(agents_port: int) -> None:
    surroundings = seen(agents_port)
    (found,) = suggest(surroundings)
    assert (found.url, found.certainty) == (EVIL, "low")
    assert "another user" in found.note_in()
    assert best_address(surroundings) is None


@pytest.mark.parametrize("register", ["on", "update"])
def test_nothing_of_it_is_registered_and_no_header_is_sent_there(
    double: ServiceDouble, token: str, tmp_path: Path, agents_port: int, register: str
) -> None:
    double.enforce_rate_limit = False
    pod = Pod(double, token, tmp_path / "pod", REGISTER=register, HEADERS="X-Gateway-Key: s3cr3t")
    pod.surroundings = seen(agents_port)
    for _ in range(3):
        pod.step()
    assert pod.checked == []
    assert pod.proof_headers == set()
    assert double.runners() == []


def test_our_own_agent_is_believed_but_its_address_is_proven_without_the_headers_before_it_is_sent(
    double: ServiceDouble, token: str, tmp_path: Path
) -> None:
    double.enforce_rate_limit = False
    pod = Pod(double, token, tmp_path / "pod", REGISTER="on", HEADERS="X-Gateway-Key: s3cr3t")
    program = [sys.executable, "-c", AGENT, listed()]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            assert process.stdout
            pod.surroundings = seen(int(process.stdout.readline()))
        finally:
            process.kill()
    assert best_address(pod.surroundings) == EVIL
    for verdict in ("timed_out", "needs_header", "other_server"):
        pod.verdicts[EVIL] = verdict
        pod.step()
        assert double.calls == []
    assert pod.proof_headers == set()
    pod.verdicts[EVIL] = "proven"
    pod.settle()
    assert pod.proof_headers == set()
    assert [runner["endpoint"] for runner in double.runners()] == [EVIL]


OURS = os.geteuid() if sys.platform != "win32" else 0
LISTS = [
    ("ours", [("0100007F", OURS, "0A")], True),
    ("root's", [("00000000", 0, "0A")], True),
    ("another's", [("0100007F", 4711, "0A")], False),
    ("another's beside ours", [("00000000", OURS, "0A"), ("0100007F", 4711, "0A")], False),
    # A connection that was not accepted yet, or is closed already, is shown as root's.
    ("only a connection", [("0100007F", 0, "01")], False),
    ("another's with a connection as root's", [("0100007F", 4711, "0A"), ("0100007F", 0, "06")], False),
    ("on an address that we do not ask", [("0200A8C0", 0, "0A")], False),
    ("on every address of IPv6", [("0" * 32, OURS, "0A")], True),
    ("on the mapped loopback address", [("0000000000000000FFFF00000100007F", OURS, "0A")], True),
    ("nobody", [], False),
]


@pytest.mark.parametrize(("name", "lines", "believed"), LISTS, ids=[name for name, _, _ in LISTS])
@pytest.mark.skipif(sys.byteorder != "little", reason="the addresses above are those of such a machine")
def test_whose_a_listener_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, lines: list[tuple[str, int, str]], *, believed: bool
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    files = [kernels_list(tmp_path, 4040, uid=uid, address=address, state=state) for address, uid, state in lines]
    monkeypatch.setattr(socket_owner, "_PROC_FILES", [*files, tmp_path / "no such file"])
    assert socket_owner.is_ours(4040) is believed
    assert not socket_owner.is_ours(4041)


@pytest.mark.parametrize(("user", "believed"), [("me", True), ("somebody else", False), (None, False)])
def test_where_the_kernel_has_no_list_the_process_says_whose_it_is(
    monkeypatch: pytest.MonkeyPatch, user: str | None, *, believed: bool
) -> None:
    class Process:
        def __init__(self, pid: int | None = None) -> None:
            self.pid = pid

        def username(self) -> str:
            if self.pid is None:
                return "me"
            if user is None:
                raise PermissionError
            return user

    class Address:
        port = 4040

    class Connection:
        status, laddr, pid = "LISTEN", Address, 17

    psutil = types.SimpleNamespace(CONN_LISTEN="LISTEN", net_connections=lambda _kind: [Connection], Process=Process)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "psutil", psutil)
    assert socket_owner.is_ours(4040) is believed


def test_a_probe_whose_listener_changes_hands_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([True, False] * 10)
    monkeypatch.setattr("comfycontrol_pack.comfycontrol.public_address.probes.is_ours", lambda _port: next(answers))
    program = [sys.executable, "-c", AGENT, listed()]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            assert process.stdout
            assert seen(int(process.stdout.readline())).probes.ngrok_doubted
        finally:
            process.kill()


def test_a_tunnel_to_the_platforms_proxy_brings_the_name_of_its_header_and_never_the_value() -> None:
    probes = replace(Surroundings(port=18188).probes, ngrok_endpoints=json.loads(listed()))
    environment = {
        "PUBLIC_IPADDR": "203.0.114.9",
        "PORTAL_CONFIG": "localhost:8188:18188:/:ComfyUI",
        "VAST_TCP_PORT_8188": "41234",
        "OPEN_BUTTON_TOKEN": "t0ken",
    }
    found = suggest(Surroundings(port=18188, environment=environment, probes=probes))
    of_agent = next(one for one in found if one.url == EVIL)
    assert [(header.name, header.value) for header in of_agent.headers] == [("Authorization", "")]

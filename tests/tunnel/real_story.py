"""What test_real_cloudflared plays: it is run in a network namespace and has the names of the edge to itself."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import certifi
import pytest
import requests
from browser.stage import PACK

from comfy_host import surroundings
from comfy_host.manager import manager_arguments, reboot
from comfy_host.process import HostOptions, HostProcess, free_port, start_small_host

PUBLIC = "104.18.100.7"
NAMES = [f"held-out-words-{number}.trycloudflare.com" for number in range(30)]
CONTROL = "http://127.0.0.1:7845"
OPEN = "ComfyControl: the tunnel is open"
KEY_HEADER = "X-ComfyControl-Key"
# A person's own file, in which everything goes somewhere else.
OWN_CONFIGURATION = "ingress:\n  - service: http://127.0.0.1:{other}\nurl: http://127.0.0.1:{other}\n"
AGENT = """#!/bin/sh
[ "$1" = tunnel ] || exec "{program}" "$@"
exec "{program}" "$@" --edge 127.0.0.1:7844 --cacert "{folder}/ca.pem" --quick-service {control} --protocol http2
"""


def until(condition: Callable[[], Any], what: Callable[[], str] = lambda: "", seconds: float = 60.0) -> Any:
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, what()
        time.sleep(0.05)
    return found


def run(*command: str) -> None:
    subprocess.run(command, check=True)  # noqa: S603 - the commands are here


def trusted_by_the_hosts() -> Iterator[str]:
    """The file of certifi's authorities for each interpreter that runs a host."""
    yield certifi.where()
    if surroundings.has_real_comfyui():
        _, python = surroundings.real_comfyui()
        asked = [str(python), "-c", "import certifi; print(certifi.where())"]
        yield subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - named by whoever runs this


@pytest.fixture(scope="session")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The edge at its public address, with the names in this namespace's hosts file; gives the agent's folder."""
    folder = tmp_path_factory.mktemp("edge")
    found = surroundings.cloudflared()
    assert found is not None
    program, edge = found
    run("ip", "link", "set", "lo", "up")
    run("ip", "address", "add", f"{PUBLIC}/32", "dev", "lo")
    (folder / "hosts").write_text("127.0.0.1 localhost\n" + "".join(f"{PUBLIC} {name}\n" for name in NAMES))
    run("mount", "--bind", str(folder / "hosts"), "/etc/hosts")
    names = ["--names", ",".join(NAMES)]
    places = ["--public", f"{PUBLIC}:443", "--edge", "127.0.0.1:7844", "--quick", "127.0.0.1:7845"]
    with (folder / "log").open("wb") as log:
        running = subprocess.Popen(  # noqa: S603 - named by whoever runs this
            [str(edge), *places, *names, "--dir", str(folder)], stdout=log, stderr=log
        )
    until((folder / "ca.pem").exists)
    (folder / "trusted.pem").write_bytes(Path(certifi.where()).read_bytes() + (folder / "ca.pem").read_bytes())
    # In this namespace alone.
    for authorities in trusted_by_the_hosts():
        run("mount", "--bind", str(folder / "trusted.pem"), authorities)
    (folder / "bin").mkdir()
    agent = folder / "bin" / "cloudflared"
    agent.write_text(AGENT.format(program=program, folder=folder, control=CONTROL))
    agent.chmod(0o755)
    yield folder
    running.kill()
    running.wait()


class Machine:
    """One ComfyUI, whose operator asks for a tunnel."""

    def __init__(self, folder: Path, internet: Path, running: ExitStack) -> None:
        self.folder = folder
        self.internet = internet
        self.extra: list[str] = []
        # An instance is known by its port.
        self._port = free_port()
        self._running = running

    def start(self, **variables: str) -> HostProcess:
        own = {
            "PATH": f"{self.internet / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "COMFYCONTROL_API_URL": "http://127.0.0.1:9",
            "COMFYCONTROL_TUNNEL": "cloudflared",
            "COMFYCONTROL_TUNNEL_PROGRAM": "",
            **variables,
        }
        options = HostOptions(PACK, self.folder / "user", environment=own, port=self._port, extra=self.extra)
        return self._running.enter_context(start_small_host(options))

    def open(self, **variables: str) -> tuple[HostProcess, str]:
        """Start it, and give it with the public address once that is proven."""
        host = self.start(**variables)
        until(lambda: OPEN in host.log, lambda: f"{host.log}\n{(self.internet / 'log').read_text()}")
        return host, newest_address()

    @property
    def key(self) -> str:
        (file,) = (self.folder / "user" / "__comfycontrol").glob("gateway-*.json")
        return str(json.loads(file.read_text())["key"])

    def agent(self) -> int:
        (file,) = (self.folder / "user" / "__comfycontrol").glob("tunnel-*.json")
        return int(json.loads(file.read_text())["child"]["pid"])


@pytest.fixture
def machine(tmp_path: Path, internet: Path) -> Iterator[Machine]:
    fault(tunnel="", connections="", register="")
    with ExitStack() as running:
        yield Machine(tmp_path, internet, running)


def fault(**chosen: str) -> None:
    requests.post(f"{CONTROL}/__fault", json=chosen, timeout=10).raise_for_status()


def state() -> dict[str, Any]:
    content: dict[str, Any] = requests.get(f"{CONTROL}/__state", timeout=10).json()
    return content


def newest_address() -> str:
    return f"https://{NAMES[state()['tunnels'] - 1]}"


def status(address: str, path: str = "/prompt", **headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.get(f"{address}{path}", headers=given, timeout=20).status_code


def is_gone(pid: int) -> bool:
    try:
        return "cloudflared" not in (Path("/proc") / str(pid) / "cmdline").read_text()
    except OSError:
        return True


def test_it_is_open_to_the_key_alone_and_leads_to_the_guarded_port(machine: Machine) -> None:
    host, address = machine.open()
    key = {KEY_HEADER: machine.key}
    assert [status(address), status(address, **key)] == [401, 200]
    assert status(address, "/settings", **key) == 403
    assert status(address, f"/comfycontrol/identity?nonce={'n' * 20}") == 200
    # The edge does not know these names, and ComfyUI would take them for its own.
    assert status(address, Host="127.0.0.1:8188") != 200
    assert address.partition("://")[2] not in host.log
    assert machine.key not in host.log


def test_the_persons_own_configuration_does_not_win(machine: Machine) -> None:
    own = machine.folder / ".cloudflared" / "config.yml"
    own.parent.mkdir()
    own.write_text(OWN_CONFIGURATION.format(other=9))
    _, address = machine.open(TUNNEL_URL="http://127.0.0.1:9", TUNNEL_TOKEN="not-a-token")
    assert status(address, **{KEY_HEADER: machine.key}) == 200


def test_the_edge_goes_away_and_comes_back_under_the_same_name(machine: Machine) -> None:
    _, address = machine.open()
    agent = machine.agent()
    fault(connections="drop")
    until(lambda: status(address, **{KEY_HEADER: machine.key}) != 200)
    fault(connections="")
    until(lambda: status(address, **{KEY_HEADER: machine.key}) == 200)
    assert machine.agent() == agent


@pytest.mark.parametrize("end", ["Ctrl-C", "SIGTERM", "kill -9"])
def test_it_ends_with_comfyui_and_another_start_has_another_name(machine: Machine, end: str) -> None:
    host, address = machine.open()
    agent, before = machine.agent(), state()["unregistered"]
    if end == "Ctrl-C":
        host.interrupt()
    else:
        os.kill(host.pid, signal.SIGTERM if end == "SIGTERM" else signal.SIGKILL)
    until(lambda: is_gone(agent), host.log.__str__)
    until(lambda: state()["unregistered"] > before)
    assert status(address, **{KEY_HEADER: machine.key}) != 200
    again, other = machine.open()
    assert other != address
    assert status(other, **{KEY_HEADER: machine.key}) == 200
    assert "previous ComfyUI was stopped" not in again.log


def test_the_managers_restart_leaves_one_agent_and_its_address_is_open(machine: Machine) -> None:
    machine.extra = manager_arguments(machine.folder / "more")
    host, address = machine.open()
    agent = machine.agent()
    reboot(host)
    until(lambda: host.log.count(OPEN) == 2, lambda: host.log)
    assert is_gone(agent)
    assert not is_gone(machine.agent())
    other = newest_address()
    assert other != address
    assert status(other, **{KEY_HEADER: machine.key}) == 200


@pytest.mark.parametrize(
    ("tunnel", "told"),
    [
        ("429", "is not accepting new tunnels right now"),
        ("500", "stopped right after it started"),
        ("html", "stopped right after it started"),
        ("refused", "Retrying automatically"),
    ],
)
def test_a_service_that_refuses_is_told_and_not_asked_in_a_loop(machine: Machine, tunnel: str, told: str) -> None:
    fault(tunnel=tunnel)
    host = machine.start()
    until(lambda: told in host.log, lambda: host.log)
    assert OPEN not in host.log
    if tunnel == "500":
        fault(tunnel="")
        until(lambda: OPEN in host.log, lambda: host.log)

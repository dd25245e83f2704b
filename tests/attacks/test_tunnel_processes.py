"""The tunnel of whole processes: what could be started in its agent's place, what that is told, and its end."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from attacks.test_guarded_port_processes import opened
from browser.stage import PACK
from units.tunnel.stage import HOST, Stage, is_running, parent_of, until

from comfy_host.manager import manager_arguments, reboot
from comfy_host.process import HostOptions, HostProcess, start_small_host

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the played agent is a script")

Start = Callable[..., HostProcess]
SECRETS = {"HF_TOKEN": "hf_secret", "TUNNEL_URL": "http://127.0.0.1:22", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "agent")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with ExitStack() as running:

        def started(user: str = "user", extra: Sequence[str] = (), **variables: str) -> HostProcess:
            asked = {"COMFYCONTROL_API_URL": "http://127.0.0.1:9", "COMFYCONTROL_TUNNEL": "cloudflared", **variables}
            options = HostOptions(PACK, tmp_path / user, environment={**SECRETS, **asked}, extra=[*extra])
            return running.enter_context(start_small_host(options))

        yield started


def started_agent(stage: Stage) -> dict[str, Any]:
    """What the agent was started with; the next one is another one."""
    file = stage.bin / "cloudflared.started"
    until(lambda: file.exists() and file.read_text())
    started = stage.started
    file.unlink()
    return started


def remembered_agents(folder: Path) -> list[int]:
    """The processes that the instances of a user folder have written down as their agents'."""
    files = (folder / "user" / "__comfycontrol").glob("tunnel-*.json")
    children = [json.loads(file.read_bytes())["child"] for file in files]
    return [child["pid"] for child in children if child]


def argument(agent: dict[str, Any], name: str) -> str:
    """The value of one of its options."""
    arguments: list[str] = agent["arguments"]
    return arguments[arguments.index(name) + 1]


def test_the_operators_agent_is_led_to_the_guarded_port_and_told_no_secret(start: Start, stage: Stage) -> None:
    host = start(COMFYCONTROL_TUNNEL_PROGRAM=str(stage.program), COMFYCONTROL_TOKEN="cfc_0123456789abcdef")
    agent = started_agent(stage)
    assert argument(agent, "--url") == f"http://127.0.0.1:{opened(host)}"
    assert not any(host.url.rpartition(":")[2] in argument for argument in agent["arguments"])
    told = json.dumps(agent["environment"])
    assert not any(secret in told for secret in (*SECRETS.values(), "cfc_0123456789abcdef", "COMFYCONTROL"))
    # Anybody may read the log.
    logs = requests.get(f"{host.url}/internal/logs", timeout=10).text
    assert HOST not in logs + host.log


@pytest.mark.parametrize("end", ["Ctrl-C", "SIGTERM", "kill -9"])
def test_no_agent_stays_when_comfyui_has_ended(start: Start, stage: Stage, end: str) -> None:
    host = start(COMFYCONTROL_TUNNEL_PROGRAM=str(stage.program))
    pid = started_agent(stage)["pid"]
    if end == "Ctrl-C":
        host.interrupt()
    else:
        os.kill(host.pid, signal.SIGTERM if end == "SIGTERM" else signal.SIGKILL)
    until(lambda: not is_running(pid))


@pytest.mark.parametrize("users", [("user", "user"), ("one", "two")], ids=["one user folder", "a folder each"])
def test_two_instances_on_one_machine_have_an_agent_each_and_end_no_other(
    start: Start, stage: Stage, users: tuple[str, str]
) -> None:
    program = {"COMFYCONTROL_TUNNEL_PROGRAM": str(stage.program)}
    first = start(users[0], **program)
    one = started_agent(stage)
    second = start(users[1], **program)
    other = started_agent(stage)
    for option in ("--url", "--metrics"):
        assert argument(one, option) != argument(other, option)
    assert [argument(agent, "--url") for agent in (one, other)] == [
        f"http://127.0.0.1:{opened(host)}" for host in (first, second)
    ]
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: not is_running(one["pid"]))
    first.restart()
    again = started_agent(stage)
    assert is_running(other["pid"])
    second.stop()
    until(lambda: not is_running(other["pid"]))
    assert is_running(again["pid"])
    assert not any("previous ComfyUI was stopped" in host.log for host in (first, second))


@pytest.mark.parametrize("is_guarded", [True, False])
def test_after_the_managers_restart_there_is_one_agent_and_it_is_a_new_one(
    start: Start, stage: Stage, tmp_path: Path, *, is_guarded: bool
) -> None:
    host = start(extra=manager_arguments(tmp_path / "more"), COMFYCONTROL_TUNNEL_PROGRAM=str(stage.program))
    before, pid = started_agent(stage), host.pid
    guardian = parent_of(before["pid"])
    until(lambda: remembered_agents(tmp_path) == [before["pid"]])
    if not is_guarded:
        # The process is the same, so its children stay; this one cannot see to the agent any more.
        os.kill(guardian, signal.SIGSTOP)
    reboot(host)
    after, is_alone = started_agent(stage), not is_running(before["pid"])
    with contextlib.suppress(ProcessLookupError):
        os.kill(guardian, signal.SIGCONT)
    assert is_alone
    assert (host.pid, host.running) == (pid, True)
    until(lambda: remembered_agents(tmp_path) == [after["pid"]])
    assert argument(after, "--url") == f"http://127.0.0.1:{opened(host, times=2)}"
    assert ("previous ComfyUI was stopped" in host.log) is not is_guarded
    host.stop()
    until(lambda: not is_running(after["pid"]))


def test_what_people_upload_is_never_taken_for_an_agent(start: Start, stage: Stage, tmp_path: Path) -> None:
    host = start(COMFYCONTROL_TUNNEL_PROGRAM="", PATH=str(Path(sys.executable).parent))
    until(lambda: "cloudflared was not found" in host.log)
    program = stage.program.read_bytes()
    upload = {"image": ("cloudflared", program)}
    assert requests.post(f"{host.url}/upload/image", files=upload, timeout=10).status_code == 200
    (uploaded,) = (file for file in Path(tmp_path).rglob("cloudflared") if file.parent != stage.bin)
    uploaded.chmod(0o755)
    (uploaded.parent / "cloudflared.json").write_text("{}")
    path = os.pathsep.join((str(uploaded.parent), ".", "", str(Path(sys.executable).parent)))
    again = start(COMFYCONTROL_TUNNEL_PROGRAM="", PATH=path)
    until(lambda: "cloudflared was not found" in again.log)
    assert not (uploaded.parent / "cloudflared.started").exists()

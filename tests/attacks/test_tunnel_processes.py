"""The tunnel of whole processes: what could be started in its agent's place, what that is told, and its end."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import requests
from attacks.test_guarded_port_processes import opened
from browser.stage import PACK
from units.tunnel.stage import HOST, Stage, is_running, until

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

        def started(**variables: str) -> HostProcess:
            asked = {"COMFYCONTROL_API_URL": "http://127.0.0.1:9", "COMFYCONTROL_TUNNEL": "cloudflared", **variables}
            return running.enter_context(
                start_small_host(HostOptions(PACK, tmp_path / "user", environment={**SECRETS, **asked}))
            )

        yield started


def started_agent(stage: Stage) -> dict[str, Any]:
    file = stage.bin / "cloudflared.started"
    until(lambda: file.exists() and file.read_text())
    return stage.started


def test_the_operators_agent_is_led_to_the_guarded_port_and_told_no_secret(start: Start, stage: Stage) -> None:
    host = start(COMFYCONTROL_TUNNEL_PROGRAM=str(stage.program), COMFYCONTROL_TOKEN="cfc_0123456789abcdef")
    agent = started_agent(stage)
    arguments = agent["arguments"]
    assert arguments[arguments.index("--url") + 1] == f"http://127.0.0.1:{opened(host)}"
    assert not any(host.url.rpartition(":")[2] in argument for argument in arguments)
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

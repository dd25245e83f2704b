"""The agent's process: started without a shell, drained for ever, and gone when ComfyUI is, however that ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from units.tunnel.stage import Stage, free_port, is_running, parent_of, until

from comfycontrol_pack.comfycontrol.tunnel.agents import AGENTS, Launch
from comfycontrol_pack.comfycontrol.tunnel.child import CannotStartError, Child
from comfycontrol_pack.comfycontrol.tunnel.output import harmless
from comfycontrol_pack.comfycontrol.tunnel.process_mark import end_left_over, mark_of

ROOT = Path(__file__).parents[3]
# A process that is to ComfyUI's end what ComfyUI is: it starts an agent, and then ends in one of many ways.
HOST = """
import sys, os, time, signal, subprocess
sys.path.insert(0, {tests!r})
import comfy_host.loader as loader
from pathlib import Path
loader.load_pack_as(Path({root!r}), "pack")
from pack.comfycontrol.tunnel.child import Child
child = Child(Path({program!r}), {arguments!r}, dict(PATH=os.defpath))
print(child.mark().pid, flush=True)
{ending}
"""
ENDINGS = {
    "normal end": "sys.exit()",
    "an error": "raise RuntimeError",
    "Ctrl-C": "signal.raise_signal(signal.SIGINT)",
    "SIGTERM": "signal.raise_signal(signal.SIGTERM)",
    "kill -9": "os.kill(os.getpid(), signal.SIGKILL)",
    "without any clearing up": "os._exit(0)",
    "execv, as a restart": "os.execv(sys.executable, [sys.executable, '-c', 'import time; time.sleep(60)'])",
    "kill -9 beside a process that it forked": ("os.fork() or time.sleep(60)\nos.kill(os.getpid(), signal.SIGKILL)"),
}


def arguments(stage: Stage) -> list[str]:
    return AGENTS["cloudflared"].arguments(Launch("http://127.0.0.1:18188", free_port(), stage.empty))


def started(stage: Stage) -> Child:
    child = Child(stage.program, arguments(stage), {"PATH": os.defpath})
    until(lambda: (stage.bin / "cloudflared.started").exists() and (stage.bin / "cloudflared.started").read_text())
    return child


@pytest.mark.parametrize("ending", [name for name in ENDINGS if sys.platform == "linux" or "forked" not in name])
def test_an_agent_ends_with_comfyui_however_that_ends(stage: Stage, ending: str) -> None:
    program = HOST.format(
        tests=str(ROOT / "tests"),
        root=str(ROOT),
        program=str(stage.program),
        arguments=arguments(stage),
        ending=ENDINGS[ending],
    )
    host = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    with host:
        assert host.stdout is not None
        pid = int(host.stdout.readline())
        until(lambda: not is_running(pid))
        host.kill()


def test_an_agent_that_is_deaf_to_being_told_is_killed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.play(deaf=True)
    child = started(stage)
    child.end()
    assert not child.is_alive()
    until(lambda: not is_running(stage.started["pid"]))


@pytest.mark.skipif(sys.platform != "linux", reason="no other system tells a child of its parent's death")
def test_an_agent_dies_with_the_process_that_guards_it(stage: Stage) -> None:
    child = started(stage)
    os.kill(parent_of(stage.started["pid"]), signal.SIGKILL)
    until(lambda: not is_running(stage.started["pid"]))
    assert not child.is_alive()


def test_what_a_script_in_the_agents_place_has_started_ends_as_well(stage: Stage) -> None:
    real = stage.program.rename(stage.bin / "real")
    (stage.bin / "real.json").write_text((stage.bin / "cloudflared.json").read_text())
    stage.program.write_text(f'#!/bin/sh\n"{real}" "$@"\n')
    stage.program.chmod(0o755)
    child = Child(stage.program, arguments(stage), {"PATH": os.defpath})
    told = stage.bin / "real.started"
    until(lambda: told.exists() and told.read_text())
    pid = json.loads(told.read_text())["pid"]
    child.end()
    until(lambda: not is_running(pid))


def test_ending_twice_or_after_the_end_is_the_same(stage: Stage) -> None:
    child = started(stage)
    os.kill(stage.started["pid"], signal.SIGKILL)
    until(lambda: not child.is_alive())
    child.end()
    child.end()
    assert not child.is_alive()


def test_an_argument_is_an_argument_and_the_environment_is_the_given_one(stage: Stage) -> None:
    given = [
        "tunnel",
        "$(touch pwned)",
        "; rm -rf /",
        "a b",
        "--metrics",
        f"127.0.0.1:{free_port()}",
        "--url",
        "http://x",
    ]
    child = Child(stage.program, given, {"PATH": os.defpath, "HOME": "/nowhere"})
    until(lambda: (stage.bin / "cloudflared.started").exists() and (stage.bin / "cloudflared.started").read_text())
    environment = {name: value for name, value in stage.started["environment"].items() if name != "LC_CTYPE"}
    child.end()
    assert stage.started["arguments"] == given
    assert environment == {"PATH": os.defpath, "HOME": "/nowhere"}


def test_an_agent_that_prints_without_end_is_never_held_up_and_fills_nothing(stage: Stage) -> None:
    stage.play(floods=30_000_000, says=[f"line {number}" for number in range(1000)], exits=0)
    child = Child(stage.program, arguments(stage), {"PATH": os.defpath})
    until(lambda: not child.is_alive())
    lines = child.lines()
    assert lines[-1] == "line 999"
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 500
    child.end()


@pytest.mark.parametrize("content", [b"\x7fELF no program", b""])
def test_what_the_system_cannot_start_is_told(stage: Stage, content: bytes) -> None:
    stage.program.write_bytes(content)
    with pytest.raises(CannotStartError):
        Child(stage.program, [], {})


def test_what_outlived_a_crash_is_found_and_ended_and_nothing_else_is(stage: Stage) -> None:
    left: Any = subprocess.Popen([str(stage.program), *arguments(stage)], start_new_session=True)  # noqa: S603 - ours
    until((stage.bin / "cloudflared.started").exists)
    mark = mark_of(left.pid)
    assert mark is not None
    others = [
        mark.model_copy(update={"started": f"{mark.started}0"}),
        mark.model_copy(update={"executable": "/usr/bin/cloudflared"}),
        mark.model_copy(update={"pid": os.getpid()}),
    ]
    assert [end_left_over(other) for other in others] == [False, False, False]
    assert is_running(left.pid)
    assert end_left_over(mark)
    assert left.wait() == -signal.SIGTERM
    assert not end_left_over(mark)


def test_there_is_no_mark_of_a_process_that_is_not_there() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert mark_of(ended.pid) is None


LINES = {
    "INF Starting tunnel": "INF Starting tunnel",
    "ERR Post https://api.trycloudflare.com/tunnel: no such host": "ERR Post ... no such host",
    "Visit it at four-plain-words.trycloudflare.com": "Visit it at ...",
    "connIndex=0 ip=198.41.192.57 from 192.168.1.20:5123": "connIndex=0 ip=... from ...",
    "dial udp [2606:4700::1]:7844": "dial udp ...",
    "open /home/ada/.cloudflared/cert.pem: denied": "open ... denied",
    r"open C:\Users\Ada\.cloudflared\config.yml: denied": "open ... denied",
    "account ada@example.com": "account ...",
    "authtoken: 2ab34Cd5eF6gh7IJ8kl9_4MnoPQrstuVwxYz": "authtoken: ...",
    "tunnelID=c7a8b1de-0f32-4d5c-9f0e-4a1b2c3d4e5f": "...",
    "token=hunter2": "...",
}


@pytest.mark.parametrize(("line", "kept"), LINES.items())
def test_a_line_for_the_log_has_nothing_in_it_that_is_not_for_everybody(line: str, kept: str) -> None:
    assert harmless(line) == kept

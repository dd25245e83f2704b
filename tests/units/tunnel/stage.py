"""A tunnel on a stage: the suite's own agent as a real process, and a clock that runs only where the tunnel waits."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from comfycontrol_pack.comfycontrol.gateway.guarded_port import PortStatus
from comfycontrol_pack.comfycontrol.tunnel.agents import AGENTS, Agent, Launch
from comfycontrol_pack.comfycontrol.tunnel.child import Child, RunningAgent, tells_version
from comfycontrol_pack.comfycontrol.tunnel.life import QUICK_LOOKS_SECONDS, Ground, Life, Proof, Watch
from comfycontrol_pack.comfycontrol.tunnel.local_interface import ask
from comfycontrol_pack.comfycontrol.tunnel.process_mark import ProcessMark
from comfycontrol_pack.comfycontrol.tunnel.programs import Places, find_program
from comfycontrol_pack.comfycontrol.tunnel.states import EndedError, StoppedError

PLAYED = Path(__file__).with_name("played_agent.py")
GUARDED = 18188
HOST = "four-plain-words.trycloudflare.com"
ADDRESS = f"https://{HOST}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until something is so, and give it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it never came to be so"
        time.sleep(0.01)
    return found


def is_running(pid: int) -> bool:
    if sys.platform != "linux":
        with contextlib.suppress(OSError):
            os.kill(pid, 0)
            return True
        return False
    try:
        state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def parent_of(pid: int) -> int:
    if sys.platform != "linux":
        return int(subprocess.check_output(["/bin/ps", "-o", "ppid=", "-p", str(pid)]))  # noqa: S603 - the system's
    return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


class Stage:
    """What a tunnel stands on and how it waits. `waits` are the long ones; `told` is what it said of itself.

    After each long wait `at_wait` is called with its number; what it raises ends the tunnel.
    """

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir(parents=True)
        self.program = self.bin / "cloudflared"
        self.program.write_text(PLAYED.read_text().replace('"""', f'#!{sys.executable} -IS\n"""', 1))
        self.program.chmod(0o755)
        self.empty = folder / "empty.yml"
        self.empty.touch()
        self.now = 0.0
        self.asleep = 0.0
        # How much sooner than by the clock a tunnel loses patience with an agent that never gets ready.
        self.pace = 0.0
        self.waits: list[float] = []
        self.told: list[tuple[str, str | None]] = []
        self.marks: list[ProcessMark | None] = []
        self.proofs: list[Proof] = []
        self.asked: list[str] = []
        self.interface = free_port()
        self.port = PortStatus("open", "127.0.0.1", GUARDED)
        self.opened = 0
        self.places = Places(str(self.bin))
        self.at_wait: Callable[[int], None] = lambda _: None
        self.play()

    def play(self, **plan: Any) -> None:
        temporary = self.bin / "plan.new"
        temporary.write_text(json.dumps({"host": HOST, **plan}))
        temporary.replace(self.bin / "cloudflared.json")

    @property
    def started(self) -> dict[str, Any]:
        """What the agent was started with."""
        content: dict[str, Any] = json.loads((self.bin / "cloudflared.started").read_text())
        return content

    @property
    def states(self) -> list[str]:
        return [state for state, _ in self.told]

    def ground(self) -> Ground:
        variables = dict(os.environ)

        def start(agent: Agent, program: Path, arguments: Sequence[str]) -> RunningAgent:
            return Child(program, arguments, agent.environment(variables))

        def open_port() -> PortStatus:
            self.opened += 1
            return self.port

        return Ground(
            open_port=open_port,
            port_status=lambda: self.port,
            own_port=lambda: 8188,
            find=lambda agent: find_program(agent.name, self.places),
            launch=lambda target: Launch(target, self.interface, self.empty),
            start=start,
            ask=lambda agent, launch, program, pid: ask(agent, launch, program, agent.environment(variables), pid),
            is_agent=lambda agent, program: tells_version(program, *agent.version, agent.environment(variables)),
            prove=self.prove,
            remember=self.marks.append,
        )

    def prove(self, address: str) -> Proof:
        """As the test said; the last one goes on."""
        self.asked.append(address)
        return "proven" if not self.proofs else self.proofs.pop(0) if len(self.proofs) > 1 else self.proofs[0]

    def wait(self, seconds: float) -> None:
        self.now += seconds
        if seconds <= QUICK_LOOKS_SECONDS[1]:
            self.now += self.pace
            # For the process, which has a clock of its own.
            threading.Event().wait(0.01)
            return
        self.waits.append(seconds)
        self.at_wait(len(self.waits))

    def watch(self) -> Watch:
        return Watch(
            self.wait,
            lambda state, address: self.told.append((state, address)),
            lambda: self.now,
            lambda: self.now + self.asleep,
        )

    def live(self, failures: int = 0) -> EndedError | StoppedError:
        """Play a whole life, and give how it ended."""
        try:
            Life(AGENTS["cloudflared"], self.ground(), self.watch(), failures).go()
        except (EndedError, StoppedError) as ended:
            return ended

    def copy_program(self, name: str) -> None:
        shutil.copy(self.program, self.bin / name)

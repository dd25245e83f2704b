"""A fleet as a test holds it: machines behind one address of the double, and what became of them."""

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from comfy_host.mount import mount_pack
from service_double import Account, Call, ServiceDouble

TESTS = Path(__file__).parent.parent
REFUSED = 429
FAULTS_FROM = 500
# Where the first may be: below what any system takes for connections and servers that leave the choice to it, and above
# what single hosts are given, which another worker may start before a machine of the fleet listens.
_PORTS = (26_000, 31_700)
# Looking means reading a file of each machine.
_LOOK_SECONDS = 0.25
# One that was killed is gone in a moment, and many are killed one after the other.
_KILLED_LOOK_SECONDS = 0.01
_MACHINE_VARIABLES = ("RUNPOD_POD_ID", "KUBERNETES_SERVICE_HOST")


@dataclass
class Machine:
    """One pod: its port and so its address stay the same, whatever becomes of its process."""

    number: int
    folder: Path
    port: int
    pid: int | None = None
    lives: int = 0
    # One per life, so that the calls of each can be counted.
    tokens: list[str] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def user_directory(self) -> Path:
        return self.folder / "user"

    @property
    def log(self) -> str:
        file = self.folder / "log.txt"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    @property
    def runner_id(self) -> str | None:
        """Which runner it takes itself for."""
        for file in (self.user_directory / "__comfycontrol").glob("**/memory.json"):
            remembered = json.loads(file.read_bytes())
            return remembered["runner"]["id"] if remembered.get("runner") else None
        return None


class Fleet:
    """Machines that start from one image. `scale` is how much faster than the world's the double's clock runs."""

    def __init__(self, folder: Path, double: ServiceDouble, account: Account, scale: float = 1) -> None:
        self.double = double
        self.account = account
        self.machines: list[Machine] = []
        self._folder = folder
        self._scale = scale
        # By chance, because another run may be under way on this machine.
        first = random.randrange(*_PORTS)  # noqa: S311 - chance, not a secret
        self._ports = iter(range(first, first + 1000))
        pack = mount_pack(TESTS.parent, folder / "custom_nodes", "comfycontrol")
        self._nursery = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "fleet.nursery", str(pack)],
            cwd=TESTS,
            env={**os.environ, "PYTHONPATH": f"{TESTS}{os.pathsep}{TESTS / 'comfy_host' / 'stand_ins'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._nursery.stdin
        assert self._nursery.stdout
        self._nursery.stdin.close()
        self._nursery.wait(30)
        self._nursery.stdout.close()

    def add(self, count: int) -> list[Machine]:
        added = []
        for number in range(len(self.machines), len(self.machines) + count):
            folder = self._folder / f"machine{number}"
            folder.mkdir()
            added.append(Machine(number, folder, self._free_port()))
            self.machines.append(added[-1])
        return added

    def _free_port(self) -> int:
        """One that stays free until its machine listens, and between its lives: the system gives out none of these."""
        for port in self._ports:
            with socket.socket() as probe, contextlib.suppress(OSError):
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                return port
        raise RuntimeError("no port is free")

    def start(self, machine: Machine, **variables: str) -> None:
        machine.tokens.append(self.double.add_token(self.account))
        machine.lives += 1
        ours = {name for name in os.environ if name.startswith("COMFYCONTROL_")} | {*_MACHINE_VARIABLES}
        environment = {name: value for name, value in os.environ.items() if name not in ours}
        environment |= {
            "PYTHONUNBUFFERED": "1",
            "NO_PROXY": "127.0.0.1",
            "COMFYCONTROL_API_URL": self.double.url,
            "COMFYCONTROL_TOKEN": machine.tokens[-1],
            "COMFYCONTROL_REGISTER": "on",
            "COMFYCONTROL_NAME": f"pod-{machine.number}",
            "COMFYCONTROL_ENDPOINT": machine.endpoint,
            **variables,
        }
        machine.user_directory.mkdir(exist_ok=True)
        arguments = ["--user-directory", str(machine.user_directory), "--port", str(machine.port)]
        arguments += ["--custom-nodes", str(self._folder / "custom_nodes")]
        order = {
            "arguments": arguments,
            "environment": environment,
            "log": str(machine.folder / "log.txt"),
            "scale": self._scale,
        }
        assert self._nursery.stdin
        assert self._nursery.stdout
        self._nursery.stdin.write(json.dumps(order) + "\n")
        self._nursery.stdin.flush()
        machine.pid = int(self._nursery.stdout.readline())

    def kill(self, machine: Machine, number: int = signal.SIGKILL) -> None:
        """End its process, and wait until it is gone."""
        if machine.pid is None:
            return
        try:
            os.kill(machine.pid, number)
            complaint = f"machine {machine.number} does not end"
            wait_until(lambda: not _is_there(machine.pid), 20, lambda: complaint, _KILLED_LOOK_SECONDS)
        except ProcessLookupError:
            pass
        machine.pid = None

    def wait_until_registered(self, seconds: float = 90) -> None:
        """Until each machine takes itself for a runner that the service has at its address."""
        wait_until(lambda: not self.missing(), seconds, lambda: f"not registered: {self.missing()}\n{self._logs()}")

    def wait_for_runners(self, count: int, seconds: float = 60) -> None:
        wait_until(
            lambda: len(self.double.runners()) >= count, seconds, lambda: f"{len(self.double.runners())} runners"
        )

    def forget(self, machine: Machine) -> None:
        """As a container without a volume does when it is made anew."""
        shutil.rmtree(machine.user_directory)

    def missing(self) -> list[int]:
        at_service = {runner["id"]: runner["endpoint"] for runner in self.double.runners()}
        return [
            machine.number
            for machine in self.machines
            if machine.runner_id is None or at_service.get(machine.runner_id) != machine.endpoint
        ]

    def calls_of_a_life(self) -> list[int]:
        """How many calls the service took in each life of each machine: the 429s did no work."""
        return self._count(lambda call: call.status != REFUSED)

    def failures_of_a_life(self) -> list[int]:
        """How many of those came to nothing as their caller saw it, by a fault that was planned."""
        return self._count(lambda call: call.status != REFUSED and (call.status is None or call.status >= FAULTS_FROM))

    def _count(self, counts: Callable[[Call], bool]) -> list[int]:
        of_token = Counter(call.headers["Authorization"] for call in self.double.calls if counts(call))
        return [of_token[f"Bearer {token}"] for machine in self.machines for token in machine.tokens]

    def _logs(self) -> str:
        return "\n".join(self.machines[number].log[-1500:] for number in self.missing()[:2])


def wait_until(
    condition: Callable[[], bool], seconds: float, complaint: Callable[[], Any], pause: float = _LOOK_SECONDS
) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(complaint())
        time.sleep(pause)


def _is_there(pid: int | None) -> bool:
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return True

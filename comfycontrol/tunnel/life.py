"""One tunnel, from the start of its agent to its end."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, NamedTuple, NoReturn

from ..gateway.guarded_port import PortStatus
from .agents import Agent, Launch
from .child import CannotStartError, RunningAgent
from .output import harmless
from .process_mark import ProcessMark
from .programs import NoProgramError
from .readings import Reading
from .states import EndedError, State

# What calling the address by its public name has shown: it leads here and is closed to strangers; it is open to them;
# nothing, as with a name that is not known yet.
Proof = Literal["proven", "open", "unproven"]

READY_SECONDS = 60.0
# Until an agent has an address and is connected, it is looked at so often, at first and later: each time a twentieth of
# the time has passed again, so that this adds little to it.
QUICK_LOOKS_SECONDS = (0.01, 1.0)
LOOK_SECONDS = 60.0
# While it is not connected, and somebody may be watching.
CLOSE_LOOK_SECONDS = 15.0
# Agents find their service again by themselves, and keep their name so.
NOT_CONNECTED_SECONDS = 600.0
# Between the proofs of a new name, of which there are that many.
PROOF_SECONDS = 10.0
PROOFS = 3
# An agent may say that it is connected when it is not: the address itself is called at every so many looks.
LOOKS_UNTIL_PROOF = 10
# This machine was asleep if a wait took so much longer by the clock on the wall.
ASLEEP_SECONDS = 60.0
# A name that was not known in time has a longer pause the next time.
LONGEST_PAUSE = 120.0


class Ground(NamedTuple):
    """What a tunnel stands on; tests replace it.

    Args:
        open_port: opens the guarded port, if that may be, and says how it stands.
        port_status: says how it stands.
        own_port: ComfyUI's, to which no tunnel ever leads.
        find: gives the agent's executable; raises `NoProgramError`.
        launch: what to start the agent for, given the target; finds a free port.
        start: starts a program with these arguments; raises `CannotStartError`.
        ask: asks a running agent how its tunnel stands.
        is_agent: whether a program is what it is called.
        prove: calls an address by its public name.
        remember: keeps the mark of the process that runs now, on disk.

    """

    open_port: Callable[[], PortStatus]
    port_status: Callable[[], PortStatus]
    own_port: Callable[[], int]
    find: Callable[[Agent], Path]
    launch: Callable[[str], Launch]
    start: Callable[[Agent, Path, Sequence[str]], RunningAgent]
    ask: Callable[[Agent, Launch, Path, int], Reading]
    is_agent: Callable[[Agent, Path], bool]
    prove: Callable[[str], Proof]
    remember: Callable[[ProcessMark | None], None]


class Watch(NamedTuple):
    """How a tunnel waits: `wait` raises `StoppedError` where it is not wanted any more. `tell` is told of each state.

    `clock` gives monotonic seconds, `wall_clock` those of the day.
    """

    wait: Callable[[float], None]
    tell: Callable[[State, str | None], None]
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time


class Life:
    """One tunnel; belongs to one thread. `was_open` says whether it ever was.

    Args:
        agent: whose tunnel.
        ground: what it stands on.
        watch: how it waits, and what it tells.
        failures: how often others before it have ended in a row.

    """

    def __init__(self, agent: Agent, ground: Ground, watch: Watch, failures: int = 0) -> None:
        self._agent = agent
        self._ground = ground
        self._watch = watch
        self._is_first = failures == 0
        self._pause = min(LONGEST_PAUSE, agent.pause * 2.0 ** min(failures, 32))
        self.was_open = False

    def go(self) -> NoReturn:
        """Open the tunnel and watch it to its end.

        Raises:
            EndedError: it has ended, or never began.
            StoppedError: from the wait.
            MachineError: `storage_failed`.

        """
        try:
            # First, to open no port for a tunnel that cannot be.
            program = self._ground.find(self._agent)
            launch = self._ground.launch(_target(self._port(), self._ground.own_port()))
            self._watch.tell("starting", None)
            child = self._ground.start(self._agent, program, self._agent.arguments(launch))
        except NoProgramError as error:
            raise EndedError(error.code) from None
        except CannotStartError:
            raise EndedError("agent_not_executable") from None
        try:
            self._ground.remember(child.mark())
            self._live(child, launch, program)
        finally:
            child.end()
            self._ground.remember(None)

    def _port(self) -> PortStatus:
        """Give the guarded port. An owner may have closed it since the tunnel was wanted: it stays closed then."""
        status = self._ground.port_status()
        return self._ground.open_port() if self._is_first or status.state == "failed" else status

    def _live(self, child: RunningAgent, launch: Launch, program: Path) -> NoReturn:
        self._watch.tell("connecting", None)

        def look() -> Reading:
            if not child.is_alive():
                self._ended(child, program)
            reading = self._ground.ask(self._agent, launch, program, child.pid)
            if reading.leads_elsewhere:
                raise EndedError("leads_elsewhere")
            return reading

        address = self._connected(look, child, program)
        self._prove_new(look, address)
        self._keep(look, address, launch.target)

    def _connected(self, look: Callable[[], Reading], child: RunningAgent, program: Path) -> str:
        began, (pause, longest) = self._watch.clock(), QUICK_LOOKS_SECONDS
        while True:
            reading = look()
            if reading.address and reading.is_ready:
                return reading.address
            if self._watch.clock() - began >= READY_SECONDS:
                is_agent = self._ground.is_agent(self._agent, program)
                raise EndedError("agent_silent" if is_agent else "agent_unknown", said=_last_words(child))
            self._watch.wait(pause)
            pause = min(longest, pause * 1.05)

    def _prove_new(self, look: Callable[[], Reading], address: str) -> None:
        """Wait until a new name can be known, and prove it; what is not proven soon is not left open."""
        self._watch.tell("waiting", address)
        self._watch.wait(self._pause)
        self._watch.tell("checking", address)
        for tries_left in reversed(range(PROOFS)):
            if self._is_proven(address):
                self._watch.tell("open", address)
                self.was_open = True
                return
            if tries_left:
                self._watch.wait(PROOF_SECONDS)
                look()
        raise EndedError("not_proven")

    def _keep(self, look: Callable[[], Reading], address: str, target: str) -> NoReturn:
        """Watch an open tunnel to its end."""
        connected_at, looks, doubts, is_connected = self._watch.clock(), 0, 0, True
        while True:
            has_slept = self._sleeps(LOOK_SECONDS if is_connected else CLOSE_LOOK_SECONDS)
            if has_slept:
                # While it slept, its agent could not find the service again; some systems' monotonic clocks went on.
                connected_at = self._watch.clock()
            if _target(self._ground.port_status(), self._ground.own_port()) != target:
                raise EndedError("gone", "gone")
            reading = look()
            if not reading.is_ready:
                is_connected = False
                self._watch.tell("not_connected", address)
                if self._watch.clock() - connected_at >= NOT_CONNECTED_SECONDS:
                    raise EndedError("tunnel_not_connected", "not_connected")
                continue
            connected_at, looks = self._watch.clock(), looks + 1
            if reading.address and reading.address != address:
                address = reading.address
                self._prove_new(look, address)
            elif has_slept or doubts or not is_connected or looks % LOOKS_UNTIL_PROOF == 0:
                doubts = 0 if self._is_proven(address) else doubts + 1
                if doubts >= PROOFS:
                    raise EndedError("not_proven")
                if not doubts:
                    self._watch.tell("open", address)
            is_connected = not doubts

    def _is_proven(self, address: str) -> bool:
        proof = self._ground.prove(address)
        if proof == "open":
            raise EndedError("not_closed")
        return proof == "proven"

    def _sleeps(self, seconds: float) -> bool:
        """Wait, and say whether this machine was asleep meanwhile."""
        before = self._watch.wall_clock()
        self._watch.wait(seconds)
        return self._watch.wall_clock() - before > seconds + ASLEEP_SECONDS

    def _ended(self, child: RunningAgent, program: Path) -> NoReturn:
        said = _last_words(child)
        if self.was_open:
            raise EndedError("gone", "gone", said)
        code = self._agent.code_of(child.lines())
        if code == "agent_ended" and not self._ground.is_agent(self._agent, program):
            code = "agent_unknown"
        raise EndedError(code, said=said)


def _target(port: PortStatus, own_port: int) -> str:
    """Give the guarded port's place on this machine: there is no other that a tunnel may lead to."""
    if port.state != "open" or port.port in {None, own_port}:
        code, values = (port.problem.code, port.problem.values) if port.problem else ("guarded_port_off", {})
        raise EndedError(code, values=values)
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(port.address, port.address)  # noqa: S104 - only compared
    return f"http://{f'[{host}]' if ':' in host else host}:{port.port}"


def _last_words(child: RunningAgent) -> str | None:
    return next((words for line in reversed(child.lines()) if (words := harmless(line))), None)

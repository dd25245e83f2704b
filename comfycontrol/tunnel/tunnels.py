"""The tunnel of this instance: one at a time, in a thread of its own, started anew when it ends by itself."""

import platform
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import NamedTuple

from ..errors import ComfyControlError, MachineError
from ..log import LOGGER
from .agents import AGENT_NAMES, AGENTS, AgentName, Install, install_of
from .life import Ground, Life, Watch
from .process_mark import ProcessMark, end_left_over
from .programs import NoProgramError
from .states import NEVER_AGAIN, EndedError, State, StoppedError, TunnelStatus, seconds_until_next
from .tunnel_file import TunnelFile, TunnelMemory

# After so long, what ended a tunnel is not what ended the one before.
_WELL_SECONDS = 600.0
# For the agent to take its leave.
_STOP_SECONDS = 12.0


class AgentOffer(NamedTuple):
    """One agent for a person to choose: whether it is installed, and how it would be."""

    name: AgentName
    is_installed: bool
    install: Install


class Tunnels:
    """Opens, keeps and stops the tunnel of this instance; safe to share between threads.

    Args:
        file: where it is kept whether a tunnel is wanted.
        ground: what a tunnel stands on.
        chosen: the operator's agent, if there is one; then the tunnel is wanted at every start.
        on_change: called at each change of its state.
        clock: monotonic seconds.
        wait: waits so many seconds for the event, and says whether it came; replaced in tests.

    """

    def __init__(  # noqa: PLR0913, PLR0917 - the last two are for tests
        self,
        file: TunnelFile,
        ground: Ground,
        chosen: AgentName | None = None,
        on_change: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        self._file = file
        self._ground = ground
        self._chosen = chosen
        self._on_change = on_change
        self._clock = clock
        self._wait_for = wait
        self._lock = threading.Lock()
        self._status = TunnelStatus()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        # The code of what the log has said already.
        self._trouble = ""

    def status(self) -> TunnelStatus:
        """Say how it stands, from memory."""
        return self._status

    @property
    def address(self) -> str | None:
        """The address that was proven to lead here and is open now; None where there is none."""
        status = self._status
        return status.address if status.state == "open" else None

    def agents(self) -> list[AgentOffer]:
        """Say which agents there are, the first choice first. Looks for their programs."""
        return [AgentOffer(name, self._is_installed(name), _install(name)) for name in AGENT_NAMES]

    def start(self) -> TunnelStatus:
        """Open it if the operator wants it, or an owner did and has not stopped it. To be called when ComfyUI listens.

        What an earlier process of this instance started, and did not live to end, is ended first.

        Raises:
            MachineError: `storage_failed`.

        """
        memory = self._file.load()
        if memory.child is not None and self._thread is None:
            if end_left_over(memory.child):
                LOGGER.warning("ComfyControl: a tunnel program left running by the previous ComfyUI was stopped.")
            self._remember(None)
        wanted = self._chosen or memory.wanted
        with self._lock:
            if wanted is not None and self._thread is None:
                self._begin(wanted)
        return self._status

    def open(self, agent: AgentName | None = None) -> TunnelStatus:
        """Open it, and remember that it is wanted. One that is under way with this agent goes on.

        Args:
            agent: whose; the first that is installed if none is said.

        Raises:
            MachineError: `storage_failed`.

        """
        installed = (name for name in AGENT_NAMES if self._is_installed(name))
        wanted = agent if agent is not None else next(installed, AGENT_NAMES[0])
        with self._lock:
            self._file.update(_wanting(wanted))
            is_under_way = self._thread is not None and self._thread.is_alive() and not self._status.again_at
            # What waits for its next try is tried now.
            if self._status.agent != wanted or not is_under_way:
                self._end()
                self._begin(wanted)
        return self._status

    def stop(self) -> TunnelStatus:
        """End it, and remember that it is not wanted. Blocks until the agent is gone, for 12 seconds at most.

        Raises:
            MachineError: `storage_failed`: it is ended now, and would be opened after a restart.

        """
        with self._lock:
            self._end()
            self._tell(TunnelStatus())
            self._file.update(_wanting(None))
        return self._status

    def _is_installed(self, name: AgentName) -> bool:
        try:
            self._ground.find(AGENTS[name])
        except NoProgramError:
            return False
        return True

    def _begin(self, agent: AgentName) -> None:
        self._stop = threading.Event()
        self._tell(TunnelStatus("starting", "starting", agent))
        # A daemon, so that ComfyUI does not wait for it when it exits.
        self._thread = threading.Thread(
            target=self._run, args=(agent, self._stop), name="comfycontrol-tunnel", daemon=True
        )
        self._thread.start()

    def _end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _run(self, agent: AgentName, stop: threading.Event) -> None:
        failures = 0
        while True:
            began = self._clock()
            watch = Watch(partial(self._wait, stop), partial(self._reached, agent, stop), self._clock)
            life = Life(AGENTS[agent], self._ground._replace(remember=self._remember), watch, failures)
            try:
                life.go()
            except StoppedError:
                return
            except EndedError as error:
                ended = error
            except ComfyControlError as error:
                ended = EndedError(error.code, values=error.values)
            except Exception as error:  # noqa: BLE001 - whatever happens, it has to end in words
                LOGGER.error("ComfyControl failed with %s while keeping a tunnel open.", type(error).__name__)
                ended = EndedError("internal")
            if ended.code in NEVER_AGAIN:
                self._file.update(_wanting(None))
            well = life.was_open and self._clock() - began >= _WELL_SECONDS
            failures = 1 if well else failures + 1
            seconds = seconds_until_next(ended.code, failures)
            if not self._told(agent, ended, seconds, stop) or seconds is None:
                return
            try:
                self._wait(stop, seconds)
            except StoppedError:
                return

    def _told(self, agent: AgentName, ended: EndedError, seconds: float | None, stop: threading.Event) -> bool:
        again = None if seconds is None else _at(seconds)
        status = TunnelStatus(ended.state, ended.code, agent, again_at=again, said=ended.said, values=ended.values)
        if stop.is_set():
            return False
        log = LOGGER.warning if self._trouble != ended.code else LOGGER.debug
        self._trouble = ended.code
        said = f" Last message: {ended.said}" if ended.said else ""
        log("ComfyControl: %s %s%s", status.message, status.next_step, said)
        self._tell(status)
        return True

    def _reached(self, agent: AgentName, stop: threading.Event, state: State, address: str | None) -> None:
        was = self._status
        if stop.is_set() or (was.state, was.address) == (state, address):
            return
        if state == "open":
            # Without the address: ComfyUI serves its log to anyone.
            self._trouble = ""
            LOGGER.info("ComfyControl: the tunnel is open, and confirmed to reject requests without the runner key.")
        code = "tunnel_not_connected" if state == "not_connected" else state
        self._tell(TunnelStatus(state, code, agent, address))

    def _tell(self, status: TunnelStatus) -> None:
        self._status = status
        self._on_change()

    def _wait(self, stop: threading.Event, seconds: float) -> None:
        if self._wait_for(stop, seconds):
            raise StoppedError

    def _remember(self, mark: ProcessMark | None) -> None:
        try:
            self._file.update(lambda was: was.model_copy(update={"child": mark}))
        except MachineError as error:
            # Its process ends with this one all the same.
            LOGGER.debug("ComfyControl: the tunnel agent's process is not remembered: %s.", error.code)


def _wanting(agent: AgentName | None) -> Callable[[TunnelMemory], TunnelMemory]:
    return lambda was: was.model_copy(update={"wanted": agent})


def _install(name: AgentName) -> Install:
    return install_of(name, platform.system(), platform.machine())


def _at(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")

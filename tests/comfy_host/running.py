"""A host as a process of its own: the small one, or a real ComfyUI checkout, behind one interface."""

import shutil
import signal
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import requests
from typing_extensions import Self

from comfy_host.fresh_start import PATH as FRESH_START

SLOWEST_START = 120.0


@dataclass(frozen=True)
class Launch:
    """How to start one kind of host."""

    command: list[str]
    directory: Path
    environment: dict[str, str]
    # Looks at the log so far; the URL once the host listens.
    find_url: Callable[[str], str | None]


class HostProcess:
    """One host and all it ever wrote; restart() keeps port, user directory and log."""

    def __init__(self, launch: Launch, folder: Path) -> None:
        self.url = ""
        self._launch = launch
        self._first_environment = launch.environment
        self._given: Mapping[str, str] = {}
        self._folder = folder
        self._log_file = folder / "log.txt"
        self._processes: list[subprocess.Popen[bytes]] = []
        # A test that fails half way must leave neither a process nor a folder behind.
        self._finalizer = weakref.finalize(self, _clean_up, self._processes, folder)
        self._start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._processes[-1].pid

    @property
    def running(self) -> bool:
        return self._processes[-1].poll() is None

    @property
    def pack_folder(self) -> Path:
        """The mounted copy, for tests that update or damage an installed pack."""
        return next(each for each in (self._folder / "custom_nodes").iterdir() if each.name != "__pycache__")

    @property
    def log(self) -> str:
        return self._log_file.read_bytes().decode("utf-8", errors="replace")

    def stop(self) -> None:
        """As a container's stop does it: no atexit on POSIX, no hook of the application."""
        _end(self._processes[-1])

    def interrupt(self) -> int:
        """As Ctrl-C does it: atexit runs. Returns the exit code."""
        process = self._processes[-1]
        if sys.platform == "win32":
            process.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            process.send_signal(signal.SIGINT)
        return process.wait(timeout=30)

    def restart(self) -> None:
        self.stop()
        self._start()

    def fresh_start(
        self, environment: Mapping[str, str], settings: Mapping[str, Any], memory: Mapping[str, Any]
    ) -> None:
        """Make it as new: with nothing of its former environment and user directory. The log stays."""
        before = {name: self._first_environment.get(name) for name in self._given}
        wanted = {"environment": {**before, **environment}, "settings": dict(settings), "memory": dict(memory)}
        requests.post(f"{self.url}{FRESH_START}", json=wanted, timeout=30).raise_for_status()
        self._given = dict(environment)
        # For a restart.
        self._launch = replace(self._launch, environment={**self._first_environment, **environment})

    def _start(self) -> None:
        before = self._log_file.stat().st_size if self._log_file.exists() else 0
        with self._log_file.open("ab") as log:
            self._processes.append(_launch(self._launch, log))
        deadline = time.monotonic() + SLOWEST_START
        while time.monotonic() < deadline:
            url = self._launch.find_url(self._log_file.read_bytes()[before:].decode("utf-8", errors="replace"))
            if url is not None:
                self.url = url
                return
            if not self.running:
                break
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"The host did not start. It wrote:\n{self.log[-4000:]}")


def new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="comfy_host_"))
    (folder / "custom_nodes").mkdir()
    return folder


def _launch(launch: Launch, log: IO[bytes]) -> subprocess.Popen[bytes]:
    flags = 0
    if sys.platform == "win32":
        # A Ctrl-Break reaches a whole group, and the test run must not be in it.
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
    return subprocess.Popen(  # noqa: S603 - the command is made here, not read
        launch.command,
        cwd=launch.directory,
        env=launch.environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        creationflags=flags,
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _clean_up(processes: list[subprocess.Popen[bytes]], folder: Path) -> None:
    for process in processes:
        _end(process)
    shutil.rmtree(folder, ignore_errors=True)

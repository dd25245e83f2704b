"""The one module that owns an agent's process: it starts it, and it ends with ComfyUI, however that ends.

On Linux and macOS a guardian, which is a small process of its own, ends the agent when the pipe from ComfyUI closes; on
Windows a job object does. Neither needs a hook in ComfyUI, which is not asked when it is killed.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol

from .output import Output
from .output_of import output_of
from .process_mark import ProcessMark, mark_of

_GUARDIAN = Path(__file__).with_name("guardian.py")
_START_SECONDS = 10.0
# More than the guardian gives the agent to take its leave.
_END_SECONDS = 8.0


class CannotStartError(Exception):
    """The system does not start the program."""


class RunningAgent(Protocol):
    """An agent that was started."""

    @property
    def pid(self) -> int:
        """The number of its process."""

    def is_alive(self) -> bool:
        """Whether it still runs."""

    def lines(self) -> list[str]:
        """Give its last lines of output."""

    def mark(self) -> ProcessMark | None:
        """Give the mark by which it is known again."""

    def end(self) -> None:
        """End it, and wait until it is gone."""


class Child:
    """One agent that was started by us; belongs to the thread that made it, and ends with that thread.

    Args:
        program: its executable.
        arguments: what it gets, as a list and without a shell.
        environment: all that it gets of one.

    Raises:
        CannotStartError: the system refuses.

    """

    def __init__(self, program: Path, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._process: subprocess.Popen[bytes]
        self._output: Output
        self._pid = 0
        self._close: Callable[[], None]
        try:
            self._start([str(program), *arguments], environment)
        except OSError:
            raise CannotStartError from None

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._pid

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def lines(self) -> list[str]:
        """Give its last lines of output; all there are once it has ended."""
        if not self.is_alive():
            self._output.wait(1.0)
        return self._output.lines()

    def mark(self) -> ProcessMark | None:
        """Give the mark by which a later process of ComfyUI knows it again; None where it cannot be told."""
        return mark_of(self._pid)

    def end(self) -> None:
        """End it, and wait until it is gone. Does nothing if it is."""
        self._close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)

    if sys.platform == "win32":

        def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
            from .windows_job import CREATE_SUSPENDED, Job

            job = Job()
            self._close = job.close
            self._process = subprocess.Popen(  # noqa: S603 - where only administrators write
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                creationflags=subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP | CREATE_SUSPENDED,
            )
            try:
                job.take(self._process)
            except OSError:
                self._process.kill()
                raise
            self._pid = self._process.pid
            self._output = Output(_opened(self._process.stdout))

    else:

        def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
            reading, writing = os.pipe()
            self._output = Output(os.fdopen(reading, "rb"))
            try:
                self._process = subprocess.Popen(  # noqa: S603 - where only administrators write
                    [sys.executable, "-I", "-S", str(_GUARDIAN), *command],
                    stdin=subprocess.PIPE,
                    stdout=writing,
                    stderr=subprocess.PIPE,
                    # The guardian keeps it open: without a reader, the next line of an agent in Go is its last, and
                    # it could not take its leave of its service.
                    pass_fds=(reading,),
                    env=dict(environment),
                    # Ctrl-C in the terminal is for ComfyUI, which may ask before it ends.
                    start_new_session=True,
                    cwd="/",
                )
            finally:
                os.close(writing)
            self._close = _opened(self._process.stdin).close
            with _opened(self._process.stderr) as told:
                pid = told.readline().strip()
            if not pid.isdigit():
                self.end()
                raise CannotStartError
            self._pid = int(pid)


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    """Give a pipe that was asked for, and so is there."""
    if pipe is None:
        raise OSError
    return pipe


def tells_version(program: Path, arguments: Sequence[str], words: str, environment: Mapping[str, str]) -> bool:
    """Whether a program is what it is called: its version has these words in it."""
    told = output_of(program, arguments, environment, _START_SECONDS, with_errors=True)
    return told is not None and words.encode() in told

"""Tells a process from another one that got its number later."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from ..models.frozen import Frozen

_PROC = Path("/proc")
# In the fields of /proc/PID/stat after the name, which may hold blanks. Source: proc_pid_stat(5), field 22.
_START = 19
_PATIENCE_SECONDS = 5.0
_LOOK_SECONDS = 0.05


class ProcessMark(Frozen):
    """A process: its number, what it executes, and when it began, in the system's own words."""

    pid: int
    executable: str
    started: str


def mark_of(pid: int) -> ProcessMark | None:
    """Give the mark of a process; None where there is none, or where nothing can be told of it.

    On Windows there is no need: no process that we start outlives its job.
    """
    try:
        if sys.platform == "linux":
            folder = _PROC / str(pid)
            fields = (folder / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            # Ticks count from the machine's start.
            boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
            return ProcessMark(pid=pid, executable=str((folder / "exe").readlink()), started=f"{boot} {fields[_START]}")
        if sys.platform == "darwin":
            return _told_by_ps(pid)
    except (OSError, ValueError, IndexError):
        pass
    return None


def end_left_over(mark: ProcessMark) -> bool:
    """End the process of this mark, if it is still there. Returns whether it was; any other is left alone."""
    if sys.platform == "win32" or mark_of(mark.pid) != mark:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.kill(mark.pid, number)
        if _is_gone_soon(mark):
            break
    return True


def _is_gone_soon(mark: ProcessMark) -> bool:
    until = time.monotonic() + _PATIENCE_SECONDS
    # Of a process that nobody has fetched the status of, the system does not tell any more what it executed.
    while mark_of(mark.pid) == mark:
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_SECONDS)
    return True


def _told_by_ps(pid: int) -> ProcessMark | None:
    """Source: ps(1) of macOS."""
    told = subprocess.run(  # noqa: S603 - the system's own program
        ["/bin/ps", "-o", "lstart=,comm=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        timeout=_PATIENCE_SECONDS,
        env={"LC_ALL": "C"},
    ).stdout.split(maxsplit=5)
    return ProcessMark(pid=pid, executable=told[5].strip(), started=" ".join(told[:5])) if len(told) > 5 else None  # noqa: PLR2004 - five words of a date

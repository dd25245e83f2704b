"""A program of its own that starts an agent and ends it with ComfyUI, however that ends. Not imported by anything.

    python -I -S guardian.py PROGRAM ARGUMENT...

Its standard input is a pipe whose other end ComfyUI alone holds. The system closes it when ComfyUI ends, is killed, or
turns into another program by `execv`, all of which ComfyUI itself cannot see coming. The
agent's process id is the one line on its standard error; its standard output is the agent's. Python's standard library
only: it has to be small and quick.
"""

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import FrameType

# For an agent to take leave of its service; ComfyUI does not wait for that.
_LEAVE_SECONDS = 5.0
# The same where the system does not tell.
_LOOK_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1
_CANNOT_START = 126


def main(command: Sequence[str]) -> int:
    """Run a command until it ends or nobody is there for it any more; gives an exit status."""
    parent = os.getppid()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    # Only to be woken by them.
    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _noted)
    # Sooner than the pipe tells where ComfyUI has forked another process, which holds it open as well.
    if told := _die_with_parent(signal.SIGTERM):
        told()
    try:
        agent = subprocess.Popen(  # noqa: S603 - what ComfyUI's own process has asked for
            command,
            stdin=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            # Safe here, where no other thread can hold a lock.
            preexec_fn=_die_with_parent(signal.SIGKILL),  # noqa: PLW1509
        )
    except OSError:
        return _CANNOT_START
    os.write(2, b"%d\n" % agent.pid)
    while agent.poll() is None:
        readable, _, _ = select.select([0, woken], [], [], _LOOK_SECONDS)
        signals = os.read(woken, 64) if woken in readable else b""
        is_left = (0 in readable and not os.read(0, 64)) or os.getppid() != parent
        if is_left or set(signals) - {signal.SIGCHLD}:
            _end(agent)
    _kill_group()
    return 0


def _end(agent: "subprocess.Popen[bytes]") -> None:
    # Once: a second signal has cloudflared end without taking its leave.
    if _leads_group():
        # A script called cloudflared may have the real one for a child.
        os.killpg(0, signal.SIGTERM)
    else:
        agent.terminate()
    try:
        agent.wait(_LEAVE_SECONDS)
    except subprocess.TimeoutExpired:
        agent.kill()
        agent.wait()


def _kill_group() -> None:
    """End whatever the agent has left behind, and this process with it."""
    if _leads_group():
        os.killpg(0, signal.SIGKILL)


def _leads_group() -> bool:
    return os.getpgrp() == os.getpid()


def _noted(_number: int, _frame: FrameType | None) -> None:
    pass


def _die_with_parent(number: int) -> Callable[[], None] | None:
    """Give what has the system signal a process whose parent is gone; only Linux can. Source: prctl(2)."""
    if sys.platform != "linux":
        return None
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(_PR_SET_PDEATHSIG, number)


if sys.argv[:1] == [__file__]:
    sys.exit(main(sys.argv[1:]))

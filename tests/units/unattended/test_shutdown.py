"""Ends of a real process, each in a child of its own: what is noticed of them, and what becomes of the process."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# Like ComfyUI: it sets up in its main thread, says so, and then waits in a loop of asyncio.
PROGRAM = """
import asyncio, os, signal, sys, threading, time
# A shell that runs this in the background may have had Ctrl-C ignored; a ComfyUI in somebody's terminal has not.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, {root!r})
from comfycontrol.unattended.shutdown import Shutdown

def leave():
    print("left", flush=True)

{before}
Shutdown(leave).set_up()
print("ready", flush=True)
{then}
"""
WAIT = "asyncio.run(asyncio.sleep(60))"
RESTART = "os.execv(sys.executable, [sys.executable, '-c', 'print(\"again\", flush=True)'])"
FORKED = """
child = os.fork()
if child == 0:
    os.execv(sys.executable, [sys.executable, "-c", ""])
os.waitpid(child, 0)
print("child is gone", flush=True)
"""
OTHER_HANDLER = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"
IN_A_THREAD = """
one = threading.Thread(target=Shutdown(leave).set_up)
one.start()
one.join()
print("ready", flush=True)
asyncio.run(asyncio.sleep(60))
"""

# What is done to it, what it prints, and with which status it ends.
ENDS = [
    ("its own end", "", "", None, ["ready", "left"], 0),
    ("sys.exit", "", "sys.exit(3)", None, ["ready", "left"], 3),
    ("an exception", "", "raise SystemExit(1)", None, ["ready", "left"], 1),
    ("a restart by ComfyUI-Manager", "", RESTART, None, ["ready", "left", "again"], 0),
    ("a program that a node starts", "", FORKED, None, ["ready", "child is gone", "left"], 0),
    ("Ctrl-C", "", WAIT, signal.SIGINT, ["ready", "left"], -signal.SIGINT),
    ("docker stop", "", WAIT, signal.SIGTERM, ["ready", "left"], -signal.SIGTERM),
    ("docker stop with a handler of another's", OTHER_HANDLER, WAIT, signal.SIGTERM, ["ready", "left"], 7),
    ("kill -9", "", WAIT, getattr(signal, "SIGKILL", None), ["ready"], -9),
]


def child(before: str, then: str) -> "subprocess.Popen[str]":
    program = PROGRAM.format(root=str(ROOT), before=before, then=then)
    command = [sys.executable, "-c", program]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ours


@pytest.mark.skipif(sys.platform == "win32", reason="signals and fork are those of POSIX")
@pytest.mark.parametrize(
    ("before", "then", "number", "printed", "status"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS]
)
def test_an_end_that_can_be_noticed_is_noticed_once(
    before: str, then: str, number: signal.Signals | None, printed: list[str], status: int
) -> None:
    with child(before, then) as process:
        lines = []
        if number is not None:
            assert process.stdout
            lines.append(process.stdout.readline().strip())
            process.send_signal(number)
        rest, errors = process.communicate(timeout=30)
    assert [*lines, *rest.splitlines()] == printed, errors
    assert process.returncode == status


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_a_handler_of_anothers_is_left_alone_and_that_is_said() -> None:
    with child(OTHER_HANDLER, "assert signal.getsignal(signal.SIGTERM).__name__ == '<lambda>'") as process:
        _, errors = process.communicate(timeout=30)
    assert "something else in this ComfyUI handles SIGTERM" in errors
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
def test_outside_of_the_main_thread_no_signal_is_taken() -> None:
    program = PROGRAM.replace('Shutdown(leave).set_up()\nprint("ready", flush=True)\n', "")
    command = [sys.executable, "-c", program.format(root=str(ROOT), before="", then=IN_A_THREAD)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout
        assert process.stdout.readline().strip() == "ready"
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    assert rest == ""
    assert process.returncode == -signal.SIGTERM


def test_a_failure_while_leaving_keeps_nothing_from_ending() -> None:
    program = PROGRAM.replace('print("left", flush=True)', "raise RuntimeError").format(
        root=str(ROOT), before="", then=""
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    assert ended.returncode == 0
    assert "RuntimeError" not in ended.stderr

"""A process that makes small hosts by forking: sixty of them, each with the pack in it, start in seconds.

It has loaded what they all need, the pack in the folder that it is given among it, and runs no thread, so that forking
is safe. One command a line on stdin, as JSON: `{"arguments": [...], "environment": {...}, "log": path, "scale": 1}`
starts a host with that command line and answers with its process id. Signals are sent by the test itself. It ends, and
all of them with it, when stdin does.
"""

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import cryptography.hazmat.primitives.ciphers.aead  # noqa: F401 - loaded once for all
import requests  # noqa: F401 - loaded once for all

from comfy_host import __main__ as host
from comfy_host import loader

# What the pack's own modules are, for their waiting to be scaled.
_TASK = "comfycontrol.unattended.task"


def main() -> None:
    pack = Path(sys.argv[1])
    _load(pack)
    children: set[int] = set()
    # Whoever is killed shall not stay as a zombie: the tests ask the system whether a process is there.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(order, pack)
        children.add(child)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
    for child in children:
        _kill(child)
    # Where the end of children is ignored, this returns when none is left.
    with contextlib.suppress(ChildProcessError):
        os.wait()


def _kill(child: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def _live(order: dict[str, Any], pack: Path) -> None:
    """Be a host until the end; never returns."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for stream, target in ((0, nothing), (1, log), (2, log)):
            os.dup2(target, stream)
        os.environ.clear()
        os.environ.update(order["environment"])
        sys.argv = ["comfy_host", *order["arguments"]]
        _scale_waiting(pack, order["scale"])
        host.main()
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it is must be in the log, and must not become another nursery
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _load(pack: Path) -> None:
    """Load the modules of the pack, as if a host had done so; each host then runs the pack's own __init__ anew."""
    name = loader.module_name_of(pack)
    loader.load_pack_as(pack, name)
    for room in ("comfycontrol", "server_routes"):
        for module in pkgutil.walk_packages([str(pack / room)], f"{name}.{room}."):
            importlib.import_module(module.name)
    # Which would not be there in a child.
    assert threading.active_count() == 1
    vars(loader)["_forget_modules"] = lambda _name: None


def _scale_waiting(pack: Path, scale: float) -> None:
    """Let the reconciler wait as much less as the double's clock runs faster."""
    task: Any = importlib.import_module(f"{loader.module_name_of(pack)}.{_TASK}").Task
    wait = task._wait
    task._wait = lambda self, pause: wait(self, pause / scale)


if __name__ == "__main__":
    main()

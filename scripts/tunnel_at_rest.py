"""Prints what a process costs while it waits, with an open tunnel or without: run by bench.py.

python scripts/tunnel_at_rest.py FOLDER 65 open    keeps a tunnel open for 65 seconds; without `open` it does nothing

Nothing else happens in the process, so all that it costs is the tunnel's. Prints its CPU time in seconds, and how often
it woke.
"""

import json
import resource
import sys
import threading
import time
from pathlib import Path

import fleet_figures

# Two wakes within it count as one. Short enough for what a system calls a timer, long enough to cost little itself.
_STEP_SECONDS = 0.25
_OPENING_SECONDS = 30.0


def main(folder: Path, seconds: float, *, opens: bool) -> None:
    """Wait for so many seconds, and print what that took."""
    fleet_figures.load_pack()
    from units.tunnel.stage import Stage, until

    from comfycontrol_pack.comfycontrol.tunnel.life import LOOK_SECONDS
    from comfycontrol_pack.comfycontrol.tunnel.tunnel_file import TunnelFile
    from comfycontrol_pack.comfycontrol.tunnel.tunnels import Tunnels

    def wait(stop: threading.Event, pause: float) -> bool:
        # Not for a new name to become known, which is nothing that an open tunnel does.
        return stop.wait(pause if pause >= LOOK_SECONDS else 0.01)

    # As it is, but for the proof by the public name, which has no network here.
    tunnels = Tunnels(TunnelFile(folder / "tunnel.json"), Stage(folder).ground(), wait=wait)
    if opens:
        tunnels.open()
        until(lambda: tunnels.status().state == "open", _OPENING_SECONDS)
    print(json.dumps(_cost(seconds)), flush=True)
    tunnels.stop()


def _cost(seconds: float) -> dict[str, float]:
    wakes, was_awake = 0, False
    before = last = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(round(seconds / _STEP_SECONDS)):
        time.sleep(_STEP_SECONDS)
        now = resource.getrusage(resource.RUSAGE_SELF)
        # One is this thread's own, from its sleep.
        is_awake = now.ru_nvcsw - last.ru_nvcsw > 1
        wakes += is_awake and not was_awake
        was_awake, last = is_awake, now
    return {"cpu": _cpu(last) - _cpu(before), "wakes": wakes}


def _cpu(usage: "resource.struct_rusage") -> float:
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), opens=sys.argv[3:] == ["open"])

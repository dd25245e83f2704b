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

# What happens within it is one wake. Looking this often costs little itself.
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
    wakes, in_a_row = 0, 0
    before = last = resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(round(seconds / _STEP_SECONDS)):
        time.sleep(_STEP_SECONDS)
        now = resource.getrusage(resource.RUSAGE_SELF)
        # One is this thread's own, from its sleep.
        in_a_row = in_a_row + 1 if now.ru_nvcsw - last.ru_nvcsw > 1 else 0
        # The second of two is the rest of the first.
        wakes += in_a_row not in {0, 2}
        last = now
    return {"cpu": _cpu(last) - _cpu(before), "wakes": wakes}


def _cpu(usage: "resource.struct_rusage") -> float:
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), opens=sys.argv[3:] == ["open"])

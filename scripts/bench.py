"""Measure what the extension costs, in one run: the time ComfyUI's start takes longer, bytes, waiting, and ratios.

python scripts/bench.py                   prints the figures with their goals
python scripts/bench.py --json            prints one object, {figure: {"value", "goal", "unit"}}; less is better
                                          everywhere
python scripts/bench.py --fleets 50 80    so many instances behind one address, instead of 50, 150 and 500
python scripts/bench.py --rest 10         look at a tunnel at rest for 10 seconds instead of 65, which says little

Everything runs on this machine alone and ends by itself, within a minute or two.
"""

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from typing import NamedTuple

import workshop
from workshop import NEWEST_FRONTEND, TESTS, SetUpError, Workshop

# The goal is 1, and this much is noise: with an empty pack in both hosts, the ratio of the 95th percentiles of 1500
# round trips each came out between 0.94 and 1.21 on a busy machine. A loop that waits for the service gives 100 and up.
LOOP_NOISE = 0.25
# The same for medians, which are steadier.
PORT_NOISE = 0.1
# What monitors of a system show as 0.0 % of a core.
IDLE_PERCENT = 0.05
FEWEST = 20
FLEETS = (50, 150, 500)
# An open tunnel is looked at once a minute, so there is one look in it.
REST_SECONDS = 65.0


class Figure(NamedTuple):
    """One thing measured; less is better."""

    value: float
    goal: float
    unit: str


def measure(tools: Workshop, repetitions: int, fleets: Sequence[int], rest_seconds: float) -> dict[str, Figure]:
    """Take every figure; `fleets` are numbers of instances that start at once."""
    # In which the tunnel's agent, a script, cannot run.
    if sys.platform == "win32":
        return _of_the_rest(tools, repetitions, fleets)
    import tunnel_figures

    with tunnel_figures.at_rest(rest_seconds) as cost:
        figures = _of_the_rest(tools, repetitions, fleets)
        figures["click_to_tunnel"] = Figure(tunnel_figures.click_ratio(repetitions), 1.1, "ratio")
        rest = cost()
    figures["tunnel_at_rest_cpu"] = Figure(rest.cpu, IDLE_PERCENT, "%")
    figures["tunnel_at_rest_wakes"] = Figure(rest.wakes, 1, "wakes/min")
    return figures


def _of_the_rest(tools: Workshop, repetitions: int, fleets: Sequence[int]) -> dict[str, Figure]:
    import page_figures
    import server_figures

    page = page_figures.measure(tools.browser(), tools.frontend(NEWEST_FRONTEND), repetitions)
    return {
        "import_time": Figure(server_figures.import_milliseconds(repetitions), 5, "ms"),
        "boot_script_bytes": Figure(page.boot_bytes, 12 * 1024, "bytes"),
        "boot_scripts": Figure(page.boot_scripts, 3, "scripts"),
        "click_to_form": Figure(page.form_milliseconds, 100, "ms"),
        "register_to_bare_calls": Figure(server_figures.register_ratio(repetitions), 1.5, "ratio"),
        "event_loop_lag": Figure(server_figures.event_loop_ratio(100 * repetitions), 1 + LOOP_NOISE, "ratio"),
        **_of_gateway(repetitions),
        **_of_fleets(fleets),
    }


def _of_gateway(repetitions: int) -> dict[str, Figure]:
    import gateway_figures

    goals = {
        "guarded_prompt": 1.1,
        "guarded_picture": 1.1,
        "guarded_upload": 1.1,
        "own_port_with_us": 1 + PORT_NOISE,
        "wrong_keys": 1.25,
    }
    taken = gateway_figures.measure(repetitions)
    return {name: Figure(taken[name], goal, "ratio") for name, goal in goals.items()}


def _of_fleets(sizes: Sequence[int]) -> dict[str, Figure]:
    import fleet_figures

    figures = {}
    for size in sizes:
        fleet = fleet_figures.measure(size)
        figures[f"fleet_{size}_to_least"] = Figure(fleet.to_least, 1.25, "ratio")
        figures[f"fleet_{size}_calls"] = Figure(fleet.worked, 2, "calls")
    return figures


def _fleet_size(text: str) -> int:
    size = int(text)
    # Fewer are done within the first window, so that there is no least time to divide by.
    if size <= FEWEST:
        raise argparse.ArgumentTypeError(f"a fleet has more than {FEWEST} instances, because fewer need not wait")
    return size


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    parser.add_argument("--repetitions", type=int, default=15, help="how often each thing is measured")
    parser.add_argument("--fleets", type=_fleet_size, nargs="+", default=FLEETS, metavar="INSTANCES")
    parser.add_argument("--rest", type=float, default=REST_SECONDS, metavar="SECONDS", help="how long a tunnel rests")
    options = parser.parse_args(arguments)
    # In the way of the one object that is asked for.
    with contextlib.redirect_stdout(sys.stderr):
        tools = workshop.set_up(frontends=[NEWEST_FRONTEND])
        tools.browser()
    workshop.enter(tools)
    sys.path.insert(0, str(TESTS))
    figures = measure(tools, max(2, options.repetitions), options.fleets, options.rest)
    if options.json:
        print(json.dumps({name: figure._asdict() for name, figure in figures.items()}))
        return 0
    for name, figure in figures.items():
        judgement = "good" if figure.value <= figure.goal else "OVER"
        print(f"{judgement}  {name:<24} {figure.value:>10.2f} {figure.unit:<8} goal {figure.goal:g}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetUpError as error:
        sys.exit(f"\n{error}")

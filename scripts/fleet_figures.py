"""What bench.py measures of fleets: how long many instances behind one address take to register, and what they ask.

Each instance is the real reconciler with its real client, and the service is the double with its rate limit. The time
alone is not real: a step happens when its time has come, so that minutes of waiting take none.
"""

import heapq
import http
import logging
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from workshop import ROOT

# The name under which the tests know it.
_PACK = "comfycontrol_pack"
# The documented limit; and to become a runner takes a look at the account's runners and making one.
_CALLS_OF_A_WINDOW = 40
_WINDOW_SECONDS = 10
_LEAST_CALLS = 2
# The reconcilers look again after this long when all is well.
_AT_REST_SECONDS = 60
_MOST_SECONDS = 3600


class FleetFigures(NamedTuple):
    """Of one start: `to_least` is the time to the last registration, divided by the least that the limit allows.

    `worked` are the calls that the service worked on, `refused` those that it answered with 429, each per instance;
    `most_refused` is what befell the unluckiest one.
    """

    to_least: float
    worked: float
    refused: float
    most_refused: int


def measure(instances: int) -> FleetFigures:
    """Start so many instances at one moment, and let them all become runners."""
    load_pack()
    with _silence():
        return _start(instances)


def load_pack() -> None:
    """Have the pack loaded as the tests' own modules import it."""
    from comfy_host.loader import load_pack_as

    if _PACK not in sys.modules:
        load_pack_as(ROOT, _PACK)


@contextmanager
def _silence() -> Iterator[None]:
    """Each instance tells the log of its refusals, and here they are counted."""
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def _start(instances: int) -> FleetFigures:
    from units.unattended.pod import SOON, Pod

    from service_double import ServiceDouble

    now = 0.0
    with ServiceDouble(clock=lambda: now) as double, tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        double.enforce_rate_limit = True
        account = double.add_account("Studio", tier="enterprise")
        pods = [
            Pod(
                double,
                double.add_token(account),
                Path(folder) / str(number),
                seed=number,
                ENDPOINT=f"https://pod-{number}.example.com",
            )
            for number in range(instances)
        ]
        waiting = [(pod.backoff.start(), number) for number, pod in enumerate(pods)]
        heapq.heapify(waiting)
        last = 0.0
        while waiting:
            now, number = heapq.heappop(waiting)
            if now > _MOST_SECONDS:
                raise SystemExit("A fleet did not come to rest within an hour; that must not be.")
            pods[number].now = now
            pause = pods[number].reconciler.step()
            if pause >= max(SOON, _AT_REST_SECONDS) and pods[number].endpoint:
                last = now
            else:
                heapq.heappush(waiting, (now + pause, number))
        if len(double.runners()) != instances:
            raise SystemExit(f"{len(double.runners())} runners came of {instances} instances; that must not be.")
        refused = Counter(
            call.headers["Authorization"] for call in double.calls if call.status == http.HTTPStatus.TOO_MANY_REQUESTS
        )
        worked = len(double.calls) - refused.total()
    # As if somebody told each of them when it is its turn; the first window is open at once.
    least = (math.ceil(instances * _LEAST_CALLS / _CALLS_OF_A_WINDOW) - 1) * _WINDOW_SECONDS
    return FleetFigures(last / least, worked / instances, refused.total() / instances, max(refused.values(), default=0))

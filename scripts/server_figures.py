"""What bench.py measures at the server: the import, registering, and the event loop while the service hangs."""

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import smoke
from workshop import ROOT, TESTS

_DRAFT = {"name": "Bench", "endpoint": "https://comfy.example.com", "headers": {}, "tags": ["bench"]}
_JSON = {"Content-Type": "application/json"}
# The first ones load modules.
_WARM_UP = 3
_HANGING_CALLS = 6
_NO_COMPILED_FILES = {"PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"}
# A proxy of this machine must not come between two programs on it.
_NO_PROXY = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def import_milliseconds(repetitions: int) -> float:
    """Give the median import time of the pack, each in a process of its own that has aiohttp and pydantic loaded."""
    from comfy_host.mount import mount_pack

    with tempfile.TemporaryDirectory(prefix="comfycontrol_bench_") as folder:
        # A copy, and compiled at the first import: a person's ComfyUI keeps what Python has compiled.
        pack = mount_pack(ROOT, Path(folder), "comfycontrol")
        environment = {name: value for name, value in os.environ.items() if name not in _NO_COMPILED_FILES}
        command = [sys.executable, str(ROOT / "scripts" / "pack_import.py"), str(pack)]
        times = [float(subprocess.check_output(command, env=environment, text=True)) for _ in range(1 + repetitions)]
    return statistics.median(times[1:])


def register_ratio(repetitions: int) -> float:
    """Give how many times as long as two bare calls (list, create) to the same double Register takes.

    The service is a process of its own: within this one it would slow down only the bare calls.
    """
    os.environ.update(_NO_PROXY)
    ours, bare = [], []
    with service_process() as (service, token), host(service) as comfyui:
        owner = smoke.connect(comfyui, token)
        # Kept open, as a page keeps its connection.
        page = http.client.HTTPConnection(urlsplit(comfyui).netloc, timeout=30)
        for _ in range(repetitions + _WARM_UP):
            began = time.perf_counter()
            page.request("POST", "/comfycontrol/runner", json.dumps(_DRAFT), {**_JSON, **owner})
            made = page.getresponse()
            made.read()
            ours.append(time.perf_counter() - began)
            if made.status != http.HTTPStatus.CREATED:
                raise SystemExit(f"Register was refused with status {made.status}, so there is nothing to compare.")
            _remove_runners(service)
            # Looking is how the instance learns that its runner is gone; the next Register makes one anew.
            smoke.ask("GET", f"{comfyui}/comfycontrol/status?refresh=1", headers=owner)
            began = time.perf_counter()
            _two_bare_calls(service, token)
            bare.append(time.perf_counter() - began)
            _remove_runners(service)
        page.close()
    return statistics.median(ours[_WARM_UP:]) / statistics.median(bare[_WARM_UP:])


def _two_bare_calls(service: str, token: str) -> None:
    """What anybody would write who has never heard of the extension."""
    headers = {"Authorization": f"Bearer {token}", "User-Agent": "bench"}
    runners = f"{service}/v1/runner"
    requests.get(runners, params={"page": 1, "per_page": 100}, headers=headers, timeout=10).raise_for_status()
    requests.post(runners, json=_DRAFT, headers=headers, timeout=10).raise_for_status()


def _remove_runners(service: str) -> None:
    for runner in smoke.ask("GET", f"{service}/double/runners")["runners"]:
        smoke.ask("DELETE", f"{service}/double/runners/{runner['id']}")


def event_loop_ratio(repetitions: int) -> float:
    """Give how many times as long ComfyUI takes to answer others while our calls hang, compared to without us.

    Two hosts run side by side, one with an empty pack, one with ours and hanging calls; they are asked in turns, so
    that whatever else this machine does falls on both. Of each the 95th percentile: a loop that is held up now and then
    shows there, and not in the median.
    """
    from service_double import Fault, ServiceDouble

    with ServiceDouble() as double, host(double.url) as comfyui, empty_host() as other:
        token = double.add_token(double.add_account())
        owner = smoke.connect(comfyui, token)
        smoke.ask("POST", f"{comfyui}/comfycontrol/runner", _DRAFT, owner)
        double.plan(Fault.hang(times=None))
        double.forget_calls()
        with ThreadPoolExecutor(_HANGING_CALLS) as threads:
            refresh = f"{comfyui}/comfycontrol/status?refresh=1"
            hanging = [threads.submit(smoke.ask, "GET", refresh, headers=owner) for _ in range(_HANGING_CALLS)]
            double.wait_for_calls()
            with_us, without_us = _round_trips([comfyui, other], repetitions)
            still_hanging = not any(call.done() for call in hanging)
            double.no_faults()
            double.release()
    if not still_hanging:
        raise SystemExit("The calls stopped hanging while the event loop was measured; try fewer --repetitions.")
    return _percentile_95(with_us) / _percentile_95(without_us)


def _round_trips(addresses: list[str], repetitions: int) -> list[list[float]]:
    connections = [http.client.HTTPConnection(urlsplit(each).netloc, timeout=30) for each in addresses]
    times: list[list[float]] = [[] for _ in addresses]
    warm_up = 50
    for _ in range(warm_up + repetitions):
        for connection, taken in zip(connections, times, strict=True):
            began = time.perf_counter()
            connection.request("GET", "/queue")
            connection.getresponse().read()
            taken.append(time.perf_counter() - began)
    for connection in connections:
        connection.close()
    return [taken[warm_up:] for taken in times]


def _percentile_95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1]


@contextmanager
def host(
    service: str, frontend: Path | None = None, pack: Path = ROOT, variables: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run the small host with a pack in it, and these variables; give its address."""
    from comfy_host.process import HostOptions, start_small_host

    with tempfile.TemporaryDirectory(prefix="comfycontrol_bench_") as folder:
        environment = {"COMFYCONTROL_API_URL": service, **_NO_PROXY, **(variables or {})}
        options = HostOptions(pack, Path(folder), frontend, environment)
        with start_small_host(options) as running:
            yield running.url


@contextmanager
def empty_host() -> Iterator[str]:
    """Run the small host with an empty pack in it; give its address."""
    with tempfile.TemporaryDirectory(prefix="comfycontrol_bench_") as folder:
        (Path(folder) / "__init__.py").write_text("NODE_CLASS_MAPPINGS = {}\n", encoding="utf-8")
        with host("http://127.0.0.1:9", pack=Path(folder)) as address:
            yield address


@contextmanager
def service_process() -> Iterator[tuple[str, str]]:
    """Run the double in a process of its own; give its address and a token."""
    command = [sys.executable, "-m", "service_double", "--tier", "enterprise"]
    with subprocess.Popen(command, cwd=TESTS, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None  # noqa: S101 - for mypy: a pipe was asked for
            said: dict[str, Any] = json.loads(process.stdout.readline())
            yield said["url"], said["token"]
        finally:
            process.terminate()

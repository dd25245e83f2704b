"""What bench.py measures of the tunnel: what an open one costs at rest, and how long its address takes from the click.

Its agent is the suite's own, which behaves as cloudflared is documented to.
"""

import asyncio
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin

import aiohttp
import fleet_figures
import gateway_figures
import server_figures
import smoke
from workshop import ROOT, TESTS

if TYPE_CHECKING:
    from units.tunnel.stage import Stage

# The suite's agent has nobody to ask, and would be there in no time. The real one takes 0.4 s where its service and the
# edge are on its own machine; this is with what the internet adds to asking for a name, and then connecting.
_CONNECTING_SECONDS = 1.0
_ALONE_LOOK_SECONDS = 0.002
_CHANGED = "comfycontrol.status"


class Rest(NamedTuple):
    """What an open tunnel costs a process that does nothing else.

    Args:
        cpu: per cent of one core.
        wakes: a minute.

    """

    cpu: float
    wakes: float


@contextmanager
def at_rest(seconds: float) -> Iterator[Callable[[], Rest]]:
    """Wait for so long while other things are measured, in two processes, one of them with an open tunnel.

    What it gives waits until the time is over, and tells the cost.
    """
    with tempfile.TemporaryDirectory(prefix="comfycontrol_bench_") as folder, ExitStack() as running:

        def waiting(name: str, *arguments: str) -> "subprocess.Popen[str]":
            command = [sys.executable, str(ROOT / "scripts" / "tunnel_at_rest.py"), str(Path(folder) / name)]
            environment = {**os.environ, "PYTHONPATH": str(TESTS)}
            process = subprocess.Popen(
                [*command, str(seconds), *arguments], env=environment, stdout=subprocess.PIPE, text=True
            )
            running.enter_context(process)
            # Should something else fail meanwhile.
            running.callback(process.terminate)
            return process

        processes = waiting("with", "open"), waiting("without")

        def cost() -> Rest:
            ours, bare = (json.loads(process.communicate()[0]) for process in processes)
            cpu, wakes = (ours[name] - bare[name] for name in ("cpu", "wakes"))
            return Rest(100 * cpu / seconds, 60 * wakes / seconds)

        yield cost


def click_ratio(repetitions: int) -> float:
    """Give how many times as long it takes from the click to the address as the agent alone takes to have one."""
    fleet_figures.load_pack()
    from units.tunnel.stage import Stage

    with ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory(prefix="comfycontrol_bench_"))
        service, token = running.enter_context(server_figures.service_process())
        stage = Stage(Path(folder))
        stage.play(slow=_CONNECTING_SECONDS)
        program = {"COMFYCONTROL_TUNNEL_PROGRAM": str(stage.program)}
        comfyui = running.enter_context(server_figures.host(service, variables=program))
        owner = smoke.connect(comfyui, token)

        def from_click() -> float:
            taken = asyncio.run(_click(f"{comfyui}/comfycontrol/tunnel", owner))
            smoke.ask("DELETE", f"{comfyui}/comfycontrol/tunnel", headers=owner)
            return taken

        return gateway_figures.ratio(from_click, lambda: _alone(stage), repetitions)


async def _click(tunnel: str, owner: dict[str, str]) -> float:
    """Do what the page does, and give the seconds until it has the address: each event has it look."""
    async with aiohttp.ClientSession(headers=owner) as page, page.ws_connect(urljoin(tunnel, "/ws")) as events:
        began = time.perf_counter()
        async with page.post(tunnel, json={"agent": "cloudflared"}) as answer:
            told = (await answer.json())["tunnel"]
        while "address" not in told:
            if told["state"] == "failed":
                raise SystemExit(f"The tunnel did not open, so there is nothing to compare. {told['message']}")
            while (await events.receive_json())["type"] != _CHANGED:
                pass
            async with page.get(tunnel) as answer:
                told = (await answer.json())["tunnel"]
        return time.perf_counter() - began


def _alone(stage: "Stage") -> float:
    """Start the agent as a person would, and give the seconds until it is connected and has an address."""
    from units.tunnel.stage import free_port

    interface = free_port()
    began = time.perf_counter()
    arguments = ["tunnel", "--url", "http://127.0.0.1:9", "--metrics", f"127.0.0.1:{interface}"]
    with subprocess.Popen([str(stage.program), *arguments], stderr=subprocess.DEVNULL) as agent:
        while not _is_connected(interface):
            time.sleep(_ALONE_LOOK_SECONDS)
        taken = time.perf_counter() - began
        agent.terminate()
    return taken


def _is_connected(interface: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", interface, timeout=10)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except ConnectionError:
        return False
    finally:
        connection.close()

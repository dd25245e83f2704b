"""What bench.py measures at the guarded port: what it costs whoever has the key, and what strangers cost ComfyUI.

The two sides of each ratio are asked in turns, so that whatever else this machine does falls on both.
"""

import http.client
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import server_figures
from workshop import ROOT

if TYPE_CHECKING:
    from comfy_host.process import HostProcess

_MEGABYTE = 1024 * 1024
_PICTURE = 20 * _MEGABYTE
_UPLOAD = 200 * _MEGABYTE
_WRONG_KEYS_A_SECOND = 1_000
_LONGEST_FLOOD = 10
# Of as many nodes as a usual workflow has.
_NODES = 50
_PICTURE_NODE = {
    "class_type": "EmptyImage",
    "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0},
    "_meta": {"title": "a title of some length " * 5},
}
# One of them is run, and only the first time: the others lead nowhere.
_PREVIEW_NODE = {"class_type": "PreviewImage", "inputs": {"images": ["0", 0]}}
_PROMPT = json.dumps(
    {"prompt": {**{str(number): _PICTURE_NODE for number in range(_NODES)}, str(_NODES): _PREVIEW_NODE}}
)
_BOUNDARY = "bench"
_OPENED = re.compile(r"the guarded port is open on \S+, port (\d+)\.")
_OPENING_SECONDS = 30

Request = tuple[str, str, bytes | str | None, dict[str, str]]


class Port(NamedTuple):
    """One way into a ComfyUI, kept open as a client keeps its connection."""

    connection: http.client.HTTPConnection
    headers: dict[str, str]

    def seconds(self, request: Request) -> float:
        """Ask, and give how long it took until the last byte of the answer."""
        method, path, body, headers = request
        began = time.perf_counter()
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(
                f"{method} {path} was refused with status {answer.status}, so there is nothing to compare."
            )
        return time.perf_counter() - began


def measure(repetitions: int) -> dict[str, float]:
    """Take every figure, a ratio, by its name."""
    with _comfyui() as (host, guarded), server_figures.empty_host() as without_us:
        own, other = _port(host.url), _port(without_us)
        upload = _upload("large.png", _UPLOAD)
        own.seconds(_upload("picture.png", _PICTURE))
        view: Request = ("GET", "/view?type=input&filename=picture.png", None, {})
        prompt: Request = ("POST", "/prompt", _PROMPT, {"Content-Type": "application/json"})
        return {
            "guarded_prompt": ratio(lambda: guarded.seconds(prompt), lambda: own.seconds(prompt), 50 * repetitions),
            "guarded_picture": ratio(lambda: guarded.seconds(view), lambda: own.seconds(view), 4 * repetitions),
            "guarded_upload": ratio(
                lambda: guarded.seconds(upload), lambda: own.seconds(upload), max(2, repetitions // 2)
            ),
            "own_port_with_us": ratio(lambda: own.seconds(prompt), lambda: other.seconds(prompt), 50 * repetitions),
            "wrong_keys": _under_wrong_keys(own, other, guarded, min(repetitions, _LONGEST_FLOOD)),
        }


def ratio(ours: Callable[[], float], bare: Callable[[], float], repetitions: int) -> float:
    """Give how many times as long ours takes; the first turns, which load modules and fill caches, do not count."""
    warm_up = max(1, repetitions // 10)
    return statistics.median([_of_one_turn(ours, bare, turn) for turn in range(warm_up + repetitions)][warm_up:])


def _of_one_turn(ours: Callable[[], float], bare: Callable[[], float], turn: int) -> float:
    """Ask both, in changing order: whoever comes second finds caches warm and the process awake.

    The ratio is of one turn, because a busy machine is not as busy in the next.
    """
    if turn % 2:
        return ours() / bare()
    other = bare()
    return ours() / other


def _under_wrong_keys(own: Port, other: Port, guarded: Port, seconds: int) -> float:
    """Give how many times as long ComfyUI takes to answer while somebody tries keys at its guarded port.

    Each time compared to another ComfyUI that is asked in the same moments, because the flood takes this machine's time
    as well.
    """
    queue: Request = ("GET", "/queue", None, {})
    quiet = ratio(lambda: own.seconds(queue), lambda: other.seconds(queue), 100 * seconds)
    sent = _WRONG_KEYS_A_SECOND * seconds
    flood = [sys.executable, str(ROOT / "scripts" / "wrong_keys.py"), str(guarded.connection.port)]
    flood += [str(_WRONG_KEYS_A_SECOND), str(seconds)]
    with subprocess.Popen(flood, stdout=subprocess.PIPE, text=True) as process:
        time.sleep(1)  # until all of its connections are open
        taken: list[float] = []
        while process.poll() is None:
            taken.append(_of_one_turn(lambda: own.seconds(queue), lambda: other.seconds(queue), len(taken)))
        answered = int(process.communicate()[0])
    if answered < sent / 2:
        raise SystemExit(f"Of {sent} wrong keys only {answered} were answered; this machine is too busy to measure.")
    return statistics.median(taken) / quiet


def _port(url: str, **headers: str) -> Port:
    return Port(http.client.HTTPConnection(urlsplit(url).netloc, timeout=60), headers)


def _upload(name: str, size: int) -> Request:
    lines = (
        f"--{_BOUNDARY}",
        f'Content-Disposition: form-data; name="image"; filename="{name}"',
        "Content-Type: image/png",
    )
    body = "\r\n".join((*lines, "", "")).encode() + bytes(size) + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return "POST", "/upload/image", body, {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}


@contextmanager
def _comfyui() -> Iterator[tuple["HostProcess", Port]]:
    """Run the small host with the pack in it, and its guarded port open."""
    from comfy_host.process import HostOptions, start_small_host

    with tempfile.TemporaryDirectory(prefix="comfycontrol_bench_") as folder:
        environment = {"COMFYCONTROL_API_URL": "http://127.0.0.1:9", "COMFYCONTROL_GATEWAY": "on"}
        user_directory = Path(folder) / "user"
        options = HostOptions(ROOT, user_directory, environment=environment, extra=["--max-upload-size", "300"])
        with start_small_host(options) as host:
            until = time.monotonic() + _OPENING_SECONDS
            while not (opened := _OPENED.search(host.log)):
                if time.monotonic() > until:
                    raise SystemExit(f"The guarded port did not open.\n{host.log}")
                time.sleep(0.02)
            (file,) = (user_directory / "__comfycontrol").glob("gateway-*.json")
            key = json.loads(file.read_text(encoding="utf-8"))["key"]
            yield host, _port(f"http://127.0.0.1:{opened[1]}", **{"X-ComfyControl-Key": key})

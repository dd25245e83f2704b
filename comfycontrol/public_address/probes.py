"""Asks the tunnel agents on this machine for their addresses: the only I/O of this folder, and loopback only.

All requests run in one event loop in a thread of its own: callers' threads may have a running loop already, and when
the time is up everything unanswered is cancelled together, so that no thread, socket or process is left behind.
"""

import asyncio
import contextlib
import shutil
import subprocess
import sys
import threading
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..foreign_json import read_object
from .socket_owner import is_ours
from .surroundings import CloudflaredAnswer, ProbeAnswers

TIME_LIMIT = 0.3
LARGEST_ANSWER = 64 * 1024

_LOOPBACK = "127.0.0.1"
_Answer = Mapping[str, Any] | None
# If a thread hangs (PATH may name a dead network drive), not every opening of the form may add another.
_probes = threading.BoundedSemaphore(4)


@dataclass(frozen=True)
class AgentPlaces:
    """Where the agents answer, by default; tests replace this.

    Sources: ngrok.com/docs/agent/api (port 4040); cloudflared's metrics/metrics.go (20241 to 20245, the first free
    one); tailscale's paths.DefaultTailscaledSocket.
    """

    ngrok: int = 4040
    cloudflared: tuple[int, ...] = (20241, 20242, 20243, 20244, 20245)
    tailscale_command: str = "tailscale"
    tailscale_socket: str = "/var/run/tailscale/tailscaled.sock"


def ask_agents(places: AgentPlaces | None = None, time_limit: float = TIME_LIMIT) -> ProbeAnswers:
    """Ask all agents at once, and give up on those that have not answered after `time_limit` seconds. Never raises.

    Blocks that long at most: to be called in a thread, not in an event loop.
    """
    answers: dict[str, _Answer] = {}
    doubted: set[int] = set()
    chosen = places or AgentPlaces()
    thread = threading.Thread(
        target=_run, args=(chosen, time_limit, answers, doubted), name="comfycontrol-probes", daemon=True
    )
    if not _probes.acquire(blocking=False):
        return ProbeAnswers()
    try:
        thread.start()
    except RuntimeError:  # no more threads to be had
        _probes.release()
    else:
        # The loop has the same limit; this one holds even while the loop is blocked by a slow search for a command.
        thread.join(time_limit)
    known = dict(answers)
    return ProbeAnswers(
        ngrok_endpoints=known.get("ngrok endpoints"),
        ngrok_tunnels=known.get("ngrok tunnels"),
        cloudflared=tuple(
            CloudflaredAnswer(known.get(f"quicktunnel {port}"), known.get(f"config {port}"), port in doubted)
            for port in chosen.cloudflared
            if known.get(f"quicktunnel {port}") or known.get(f"config {port}")
        ),
        tailscale=known.get("tailscale"),
        ngrok_doubted=chosen.ngrok in doubted,
    )


def _run(places: AgentPlaces, time_limit: float, answers: dict[str, _Answer], doubted: set[int]) -> None:
    # Whatever goes wrong, an agent that does not answer is the normal case, and not worth reporting.
    try:
        with contextlib.suppress(Exception):
            asyncio.run(_ask_all(places, time_limit, answers, doubted))
    finally:
        _probes.release()


async def _ask_all(places: AgentPlaces, time_limit: float, answers: dict[str, _Answer], doubted: set[int]) -> None:
    async def keep(name: str, question: Awaitable[_Answer]) -> None:
        with contextlib.suppress(Exception):
            answers[name] = await question

    questions = {
        "ngrok endpoints": _ask_port(places.ngrok, "/api/endpoints", doubted),
        "ngrok tunnels": _ask_port(places.ngrok, "/api/tunnels", doubted),
        **{f"quicktunnel {port}": _ask_port(port, "/quicktunnel", doubted) for port in places.cloudflared},
        **{f"config {port}": _ask_port(port, "/config", doubted) for port in places.cloudflared},
        # Last, because the search for the command blocks this loop.
        "tailscale": _ask_tailscale(places),
    }
    tasks = [asyncio.create_task(keep(name, question)) for name, question in questions.items()]
    await asyncio.wait(tasks, timeout=time_limit)
    # asyncio.run cancels the rest and waits until their sockets and processes are closed.


async def _ask_port(port: int, path: str, doubted: set[int]) -> _Answer:
    reader, writer = await asyncio.open_connection(_LOOPBACK, port)
    # Twice, because another program may take the port while we ask.
    was_ours = is_ours(port)
    answer = await _get(reader, writer, f"{_LOOPBACK}:{port}", path)
    if not (was_ours and is_ours(port)):
        doubted.add(port)
    return answer


async def _ask_tailscale(places: AgentPlaces) -> _Answer:
    command = shutil.which(places.tailscale_command)
    # Windows searches the current folder as well, and people upload files to ComfyUI's.
    if command is not None and Path(command).is_absolute():
        answer = await _ask_command(command, "serve", "status", "--json")
        if answer is not None:
            return answer
    if sys.platform == "win32":
        return None
    reader, writer = await asyncio.open_unix_connection(places.tailscale_socket)
    return await _get(reader, writer, "local-tailscaled.sock", "/localapi/v0/serve-config")


class _Output(asyncio.SubprocessProtocol):
    """The output of a command. `gone` is set once it has ended and its pipe is closed.

    Instead of asyncio's streams, which cannot close the pipe of a killed command and complain on stderr later.
    """

    def __init__(self) -> None:
        self.text = bytearray()
        self.gone = asyncio.Event()
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002 - there is just one pipe
        self.text += data
        if len(self.text) > LARGEST_ANSWER and self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - what was read counts
        self.gone.set()


async def _ask_command(*command: str) -> _Answer:
    transport, output = await asyncio.get_running_loop().subprocess_exec(
        _Output,
        *command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    try:
        await output.gone.wait()
    finally:
        transport.close()  # kills what still runs
        await output.gone.wait()
    return read_object(bytes(output.text)) if len(output.text) <= LARGEST_ANSWER else None


async def _get(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str, path: str) -> _Answer:
    """One GET, written by hand so that nothing follows redirects, uses proxies or sends credentials.

    HTTP/1.0, in which the end of the connection ends the answer (RFC 9112, 6.3), and nothing is chunked (7.1).
    """
    try:
        request = f"GET {path} HTTP/1.0\r\nHost: {host}\r\nAccept: application/json\r\nConnection: close\r\n\r\n"
        writer.write(request.encode("ascii"))
        answer = await _read_all(reader)
    finally:
        writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    is_ok = head.startswith((b"HTTP/1.0 200", b"HTTP/1.1 200"))
    # Whatever its Content-Type: cloudflared writes JSON and calls it text/plain.
    return read_object(body) if is_ok else None


async def _read_all(reader: asyncio.StreamReader) -> bytes:
    """Read to the end; empty if there is more than any real answer has."""
    answer = bytearray()
    while piece := await reader.read(8192):
        answer += piece
        if len(answer) > LARGEST_ANSWER:
            return b""
    return bytes(answer)

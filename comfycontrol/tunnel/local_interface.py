"""Asks an agent of ours how its tunnel stands: at its interface on this machine, or with its own program."""

import http.client
import importlib
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from ..foreign_json import read_object
from ..public_address.socket_owner import is_ours
from .agents import Agent, Launch
from .output_of import output_of
from .readings import AgentAnswer, Reading

_LOOPBACK = "127.0.0.1"
_SECONDS = 3.0
_LARGEST_ANSWER = 64 * 1024
_OK = 200


def ask(agent: Agent, launch: Launch, program: Path, environment: Mapping[str, str], pid: int) -> Reading:
    """Ask the agent that runs as `pid`. One that does not answer has no address, and is not ready. Never raises."""
    if agent.status:
        return agent.read(launch.target, {"": _told_by(program, agent.status, environment)})
    reading = Reading()
    for port in agent.ports or (launch.interface,):
        # Another user's program may be there, and would be believed.
        if _is_agents(port, pid):
            reading = agent.read(launch.target, {path: _answer(port, path) for path in agent.paths})
        if reading.address:
            break
    return reading


def _is_agents(port: int, pid: int) -> bool:
    """Whether no other user's program listens there; where the system tells that to root alone, whether the agent does.

    Source: psutil, which ComfyUI brings: a process may always look at its own user's.
    """
    if sys.platform == "linux":
        return is_ours(port)
    try:
        psutil = importlib.import_module("psutil")
        agent = psutil.Process(pid)
        sockets = [
            one
            for process in (agent, *agent.children(recursive=True))
            # By the first name since psutil 6.
            for one in (getattr(process, "net_connections", None) or process.connections)("tcp")
        ]
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in sockets)
    except Exception:  # noqa: BLE001 - if it cannot be told, it is not
        return False


def _answer(port: int, path: str) -> AgentAnswer:
    """One GET, which follows nothing, uses no proxy and sends nothing of ours."""
    with closing(http.client.HTTPConnection(_LOOPBACK, port, timeout=_SECONDS)) as connection:
        try:
            connection.request("GET", path, headers={"Accept": "application/json", "Connection": "close"})
            answer = connection.getresponse()
            body = answer.read(_LARGEST_ANSWER + 1)
        except (OSError, http.client.HTTPException, ValueError):
            return AgentAnswer()
    content = read_object(body) if len(body) <= _LARGEST_ANSWER else None
    return AgentAnswer(answer.status, content)


def _told_by(program: Path, arguments: tuple[str, ...], environment: Mapping[str, str]) -> AgentAnswer:
    told = output_of(program, arguments, environment, _SECONDS, with_errors=False)
    return AgentAnswer() if told is None or len(told) > _LARGEST_ANSWER else AgentAnswer(_OK, read_object(told))

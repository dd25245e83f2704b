"""Puts together what the tunnels of this process stand on."""

import socket
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from .. import comfyui
from ..address_check.monitor import AddressMonitor
from ..configuration import process
from ..configuration.variables import Configuration
from ..errors import ComfyControlError
from ..gateway.guarded_port import GuardedPort
from ..public_address.tunnels import headers_for
from .agents import Agent, Launch
from .child import Child, tells_version
from .life import Ground, Proof
from .local_interface import ask
from .programs import NoProgramError, Places, find_program
from .tunnel_file import TunnelFile
from .tunnels import Tunnels

_LOOPBACK = "127.0.0.1"


def tunnels_of(
    file: TunnelFile, guarded_port: GuardedPort, monitor: AddressMonitor, configuration: Configuration
) -> Tunnels:
    """Make the tunnels of this process."""
    variables = process.variables()

    def find(agent: Agent) -> Path:
        named = configuration.TUNNEL_PROGRAM
        # Where the operator has named one, no agent has any other.
        if named is not None and agent.name != (configuration.TUNNEL or named.stem):
            raise NoProgramError("agent_missing")
        places = Places(variables.get("PATH", ""), tuple(comfyui.folders()), Path.cwd(), named)
        return find_program(agent.name, places)

    ground = Ground(
        # The operator's word that it stays closed counts more than a tunnel.
        open_port=guarded_port.status if configuration.GATEWAY == "off" else guarded_port.open,
        port_status=guarded_port.status,
        own_port=comfyui.port,
        find=find,
        launch=lambda target: Launch(target, _free_port(), file.empty_file()),
        start=lambda agent, program, arguments: Child(program, arguments, agent.environment(variables)),
        ask=lambda agent, launch, program, pid: ask(agent, launch, program, agent.environment(variables), pid),
        is_agent=lambda agent, program: tells_version(program, *agent.version, agent.environment(variables)),
        prove=_proof_with(monitor),
        remember=lambda _: None,
    )
    return Tunnels(file, ground, configuration.TUNNEL, comfyui.announce)


def _proof_with(monitor: AddressMonitor) -> Callable[[str], Proof]:
    def prove(address: str) -> Proof:
        headers = {header.name: SecretStr(header.value) for header in headers_for(address)}
        try:
            found = monitor.check(address, headers)
        except ComfyControlError:
            return "unproven"
        if found.way == "open":
            return "open"
        return "proven" if found.way == "guarded" else "unproven"

    return prove


def _free_port() -> int:
    """Give a port that is free now. Another program may take it, and then the agent ends and is started anew."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        return int(probe.getsockname()[1])

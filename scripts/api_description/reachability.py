"""The components of the document that are about the way in: the guarded port and the tunnel."""

from typing import get_args

from comfycontrol_pack.comfycontrol.tunnel.agents import AGENT_NAMES
from comfycontrol_pack.comfycontrol.tunnel.states import State

from .schema_parts import TEXT, Schema, list_of, ref, shape


def guarded_port(count: Schema) -> tuple[dict[str, Schema], dict[str, Schema]]:
    """Give what the guarded port always has, and what it may have."""
    path = shape({"method": TEXT, "path": TEXT, "times": count})
    refused = shape({"paths": list_of(path), "wrong_keys": count, "without_key": count})
    always: dict[str, Schema] = {
        "state": {"enum": ["off", "open", "failed"]},
        "address": TEXT,
        "whole_api": {"type": "boolean", "description": "Whether the key gives access to the whole API of ComfyUI."},
        "refused": refused | {"description": "Since ComfyUI started. The paths were requested with the key."},
    }
    number: Schema = {"type": "integer", "minimum": 1, "maximum": 65535}
    return always, {
        "port": number,
        "instead_of": number | {"description": "The intended port, which another program is using."},
        "tunnel": {"type": "string", "description": "The command for a tunnel that leads to it."},
        "problem": ref("Error"),
    }


def tunnel_agents() -> Schema:
    """Give the agents, each with how it is installed."""
    agent = shape(
        {"name": {"enum": list(AGENT_NAMES)}, "is_installed": {"type": "boolean"}, "downloads": TEXT},
        {"command": {"type": "string", "description": "Installs it. Omitted if no single command does."}},
    )
    return list_of(agent) | {"description": "The preferred agent first."}


def tunnel(codes: list[str], errors: list[str]) -> Schema:
    """Give the tunnel; its codes are those of the texts."""
    always: dict[str, Schema] = {
        "state": {"enum": list(get_args(State))},
        "code": {"enum": [*codes, *errors]},
        "message": TEXT,
        "next_step": TEXT,
        "since": {"type": "string", "description": "When this state began (ISO 8601, UTC)."},
    }
    may_have: dict[str, Schema] = {
        "agent": {"enum": list(AGENT_NAMES)},
        "address": TEXT,
        "again_at": {"type": "string", "description": "When it restarts (ISO 8601, UTC)."},
        "said": {"type": "string", "description": "The agent's last message, without addresses and secrets."},
    }
    return shape(always, may_have, "The state of this instance's tunnel.")

"""The guarded port: a second port of this ComfyUI, on which ComfyControl alone gets in."""

import platform
from typing import Any

from ..comfycontrol import comfyui
from ..comfycontrol.bootstrap import instance
from ..comfycontrol.public_address.quick_tunnel import quick_tunnel
from .answers import error_content, known
from .bodies import GuardedPortChange
from .guards import Caller


def guarded_port(caller: Caller) -> dict[str, Any]:
    """How it stands."""
    return _content(caller.language)


def change_guarded_port(caller: Caller, body: GuardedPortChange) -> dict[str, Any]:
    """Open or close it, or change what it lets in; what is in the way of opening it is in the answer."""
    parts = instance()
    if body.is_on is False:
        # It leads there and nowhere else, and would open it again at the next start.
        parts.tunnels.stop()
        parts.guarding.end(caller.user)
    elif body.is_on:
        parts.guarded_port.open()
    if body.whole_api is not None:
        parts.guarded_port.whole_api = body.whole_api
    if body.new_key:
        parts.guarding.renew_key(caller.user)
    # Other tabs show it, too.
    comfyui.announce()
    return _content(caller.language)


def _content(language: str) -> dict[str, Any]:
    """Give `{guarded_port: {state, address, port?, instead_of?, problem?, tunnel?, whole_api, refused}}`."""
    port = instance().guarded_port
    status, refused = port.status(), port.refused()
    content: dict[str, Any] = {
        "state": status.state,
        "address": status.address,
        "whole_api": port.whole_api,
        "refused": {**refused._asdict(), "paths": [path._asdict() for path in refused.paths]},
    }
    content |= known(status, "port", "instead_of")
    if status.port is not None:
        content["tunnel"] = quick_tunnel(status.port, platform.system(), platform.machine(), tls=False).run
    if status.problem is not None:
        content["problem"] = error_content(status.problem, language)
    return {"guarded_port": content}

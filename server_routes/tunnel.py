"""The tunnel that gives this ComfyUI an address on the internet."""

from typing import Any

from ..comfycontrol.bootstrap import instance
from ..comfycontrol.models.preferences import PreferencesChange
from ..comfycontrol.runners.preferences import change_preferences
from ..comfycontrol.tunnel.states import TunnelStatus
from ..comfycontrol.tunnel.tunnels import AgentOffer
from .answers import known
from .bodies import TunnelChoice
from .guards import Caller


def tunnel(caller: Caller) -> dict[str, Any]:
    """How it stands, and which agents there are."""
    return _content(caller.language)


def open_tunnel(caller: Caller, body: TunnelChoice) -> dict[str, Any]:
    """Open it; it comes back at every start of ComfyUI, and the runner follows its address."""
    parts = instance()
    parts.tunnels.open(body.agent)
    # A tunnel without an account of its own has another name each time.
    change_preferences(parts.store, PreferencesChange(keep_address=True))
    return _content(caller.language)


def stop_tunnel(caller: Caller) -> dict[str, Any]:
    """End it, for good."""
    instance().tunnels.stop()
    return _content(caller.language)


def tunnel_content(status: TunnelStatus, language: str) -> dict[str, Any]:
    """Give `{state, code, agent?, address?, since, again_at?, said?, message, next_step}`."""
    content: dict[str, Any] = {"state": status.state, "code": status.code, **status.content_in(language)}
    return content | known(status, "since", "agent", "address", "again_at", "said")


def _content(language: str) -> dict[str, Any]:
    """Give `{tunnel: {...}, agents: [{name, is_installed, downloads, command?}]}`."""
    tunnels = instance().tunnels
    return {
        "tunnel": tunnel_content(tunnels.status(), language),
        "agents": [_agent(offer) for offer in tunnels.agents()],
    }


def _agent(offer: AgentOffer) -> dict[str, Any]:
    content = {"name": offer.name, "is_installed": offer.is_installed, "downloads": offer.install.page}
    return content | known(offer.install, "command")

"""What the answers of a tunnel agent say of its tunnel. They are not trusted: what is not as documented is missing."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..models.endpoint import normalise_endpoint
from ..public_address import tunnels
from ..public_address.suggestion import web_address
from ..public_address.surroundings import ProbeAnswers, Surroundings

_OK = 200


class AgentAnswer(NamedTuple):
    """One answer: the status of HTTP, and the JSON object in it; 0 and None where there was none."""

    status: int = 0
    content: Mapping[str, Any] | None = None


# By the path that was asked for; what the program itself told has the empty one.
Answers = Mapping[str, AgentAnswer]


class Reading(NamedTuple):
    """How a tunnel stands.

    Args:
        address: the public one, None while there is none.
        is_ready: whether the agent says that it is connected.
        leads_elsewhere: whether it leads to something else than it was started for.

    """

    address: str | None = None
    is_ready: bool = False
    leads_elsewhere: bool = False


def read_cloudflared(target: str, answers: Answers) -> Reading:
    """Source: cloudflare/cloudflared, metrics/metrics.go, metrics/readiness.go, orchestration/orchestrator.go."""
    host = _content(answers, "/quicktunnel").get("hostname")
    address = web_address(f"https://{host}") if isinstance(host, str) and "." in host else None
    config = _content(answers, "/config").get("config")
    rules = config.get("ingress") if isinstance(config, Mapping) else None
    services = [rule.get("service") for rule in rules if isinstance(rule, Mapping)] if isinstance(rules, list) else []
    # Old versions have no /config; what such a tunnel leads to is left to the proof.
    elsewhere = bool(services) and services != [target]
    return Reading(address, answers.get("/ready", AgentAnswer()).status == _OK, elsewhere)


def read_ngrok(target: str, answers: Answers) -> Reading:
    """Source: ngrok.com/docs/agent/api, List Tunnels: there is one while the session lasts."""
    return _found(tunnels.ngrok, target, ProbeAnswers(ngrok_tunnels=_content(answers, "/api/tunnels")))


def read_tailscale(target: str, answers: Answers) -> Reading:
    """Source: tailscale/tailscale, ipn/serve.go, ServeConfig."""
    return _found(tunnels.tailscale, target, ProbeAnswers(tailscale=_content(answers, "")))


def _found(detect: Any, target: str, probes: ProbeAnswers) -> Reading:
    here = Surroundings(port=urlsplit(target).port or 0, probes=probes)
    addresses = [normalise_endpoint(one.url) for one in detect(here) if one.url and one.url.startswith("https:")]
    return Reading(addresses[0], is_ready=True) if addresses else Reading()


def _content(answers: Answers, path: str) -> Mapping[str, Any]:
    return answers.get(path, AgentAnswer()).content or {}

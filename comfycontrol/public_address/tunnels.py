"""Which addresses of the tunnel agents on this machine lead to ComfyUI."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from ..models.endpoint import DEFAULT_PORTS
from .gpu_clouds import front_of
from .ip_addresses import kind_of_ip, read_ip
from .suggestion import TUNNEL_SOURCE, Certainty, NeededHeader, Note, Suggestion, note, web_address
from .surroundings import Surroundings, port_number

NGROK = note("ngrok")
QUICK = note("quick_tunnel")
NAMED = note("named_tunnel")
FUNNEL = note("funnel")
OWN = note("own_tunnel")
OTHER_USER = note("agent_of_another_user")

_FREE_NGROK = (".ngrok-free.app", ".ngrok-free.dev", ".ngrok-free.pizza", ".ngrok.io")
_DEFAULT_PORTS = {**DEFAULT_PORTS, "https+insecure": 443}


def headers_for(url: str | None) -> tuple[NeededHeader, ...]:
    """The headers an address needs, wherever it was found. Source: ngrok.com/docs, "Free plan limits", interstitial."""
    host = urlsplit(url).hostname or "" if url else ""
    return (NeededHeader("ngrok-skip-browser-warning", "1"),) if host.endswith(_FREE_NGROK) else ()


def own_tunnel(surroundings: Surroundings) -> list[Suggestion]:
    """The tunnel that this ComfyUI keeps open, to its guarded port."""
    url = surroundings.own_tunnel
    return [Suggestion(url, TUNNEL_SOURCE, "high", headers_for(url), (OWN,))] if url else []


def ngrok(surroundings: Surroundings) -> list[Suggestion]:
    """The endpoints whose upstream is ComfyUI. Source: ngrok.com/docs/agent/api, List Endpoints and List Tunnels."""
    found: list[Suggestion] = []
    for public, upstream in _ngrok_pairs(surroundings):
        way = _way_in(surroundings, upstream)
        scheme, _, rest = public.partition("://")
        # A TCP endpoint only passes bytes on, so the scheme is ComfyUI's.
        address = f"{surroundings.scheme}://{rest}" if scheme == "tcp" else public
        url = web_address(address)
        # Endpoints under .internal are for ngrok's own gateway only.
        if way is None or url is None or (urlsplit(url).hostname or "").endswith(".internal"):
            continue
        certainty: Certainty = "medium" if scheme == "tcp" or way.notes else "high"
        page = headers_for(url)
        notes = (*((NGROK,) if page else ()), *way.notes)
        one = Suggestion(url, "ngrok", certainty, (*page, *way.headers), notes)
        found.append(_doubted(one) if surroundings.probes.ngrok_doubted else one)
    secure = {urlsplit(one.url or "").hostname for one in found if (one.url or "").startswith("https:")}
    return [one for one in found if (one.url or "").startswith("https:") or urlsplit(one.url).hostname not in secure]


def cloudflared_quick(surroundings: Surroundings) -> list[Suggestion]:
    """Quick tunnels. Source: cloudflare/cloudflared, metrics/metrics.go (`/quicktunnel`)."""
    found: list[Suggestion] = []
    for answer in surroundings.probes.cloudflared:
        host = _text(answer.quicktunnel, "hostname")
        url = web_address(f"https://{host}") if "." in host else None
        rules = list(_ingress(answer.config))
        ways = [_way_in(surroundings, _text(rule, "service")) for rule in rules]
        way = next((one for one in ways if one is not None), None)
        # Old versions have no /config, and do not tell where the tunnel ends.
        if url is None or (rules and way is None):
            continue
        way = way or _Way(notes=(note("started_for_port", port=surroundings.port),))
        certainty: Certainty = "medium" if way.notes else "high"
        one = Suggestion(url, "cloudflared tunnel", certainty, way.headers, (QUICK, *way.notes))
        found.append(_doubted(one) if answer.doubted else one)
    return found


def cloudflared_named(surroundings: Surroundings) -> list[Suggestion]:
    """Named tunnels. Source: cloudflare/cloudflared, orchestration/orchestrator.go (`/config`), ingress/rule.go."""
    found: list[Suggestion] = []
    for answer in surroundings.probes.cloudflared:
        for rule in _ingress(answer.config):
            host, way = _text(rule, "hostname"), _way_in(surroundings, _text(rule, "service"))
            # A pattern such as *.example.com does not tell which name is in use.
            url = web_address(f"https://{host}") if host and "*" not in host else None
            if url is None or way is None:
                continue
            paths = _text(rule, "path")
            doubts = (*way.notes, *((note("some_paths", paths=paths),) if paths else ()))
            certainty: Certainty = "medium" if doubts else "high"
            one = Suggestion(url, "cloudflared tunnel", certainty, way.headers, (NAMED, *doubts))
            found.append(_doubted(one) if answer.doubted else one)
    return found


def tailscale(surroundings: Surroundings) -> list[Suggestion]:
    """Tailscale Funnel. Source: tailscale/tailscale, ipn/serve.go, ServeConfig.

    `tailscale funnel` without --bg keeps its part of the configuration under `Foreground`.
    """
    whole = surroundings.probes.tailscale
    parts = [whole, *_mappings(_member(whole, "Foreground"))]
    funnelled = {name for part in parts for name, allowed in _member(part, "AllowFunnel").items() if allowed is True}
    found: list[Suggestion] = []
    for part in parts:
        for host, server in _member(part, "Web").items():
            for mount, handler in _member(server, "Handlers").items():
                way = _way_in(surroundings, _text(handler, "Proxy"))
                url = web_address(f"https://{host}{mount}")
                if way is None or url is None:
                    continue
                if host in funnelled:
                    found.append(Suggestion(url, "Tailscale Funnel", "medium", way.headers, (FUNNEL, *way.notes)))
                else:
                    private = note("serve_only", port=surroundings.port)
                    found.append(Suggestion(None, "Tailscale Serve", "high", notes=(private,)))
    return found


@dataclass(frozen=True)
class _Way:
    """How a tunnel's target leads to ComfyUI."""

    headers: tuple[NeededHeader, ...] = ()
    notes: tuple[Note, ...] = ()


def _way_in(surroundings: Surroundings, target: str) -> _Way | None:
    """Judge an upstream such as `http://localhost:8188`, `localhost:8188` or `8188`; None if it is not ComfyUI."""
    try:
        parts = urlsplit(f"http://localhost:{target}" if port_number(target) else _with_scheme(target))
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    # A target with a path leads to a part of ComfyUI only.
    if parts.scheme not in {*_DEFAULT_PORTS, "tcp"} or parts.path.strip("/") or not parts.hostname:
        return None
    front = front_of(surroundings)
    if front is not None and port == front.port:
        # Names only: the values open this machine, and are not for an address that some program named.
        headers = tuple(NeededHeader(header.name, "") for header in front.headers)
    elif port == surroundings.port:
        headers = ()
    else:
        return None
    ip = read_ip(parts.hostname)
    here = parts.hostname == "localhost" or (ip is not None and kind_of_ip(ip) in {"loopback", "unspecified"})
    return _Way(headers, () if here else (note("ends_elsewhere", host=parts.hostname),))


def _doubted(suggestion: Suggestion) -> Suggestion:
    """Leave it to a person: another user's program may claim this address to be sent what is ours."""
    return replace(suggestion, certainty="low", notes=(OTHER_USER, *suggestion.notes))


def _with_scheme(target: str) -> str:
    return target if "://" in target else f"http://{target}"


def _ngrok_pairs(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    """Public address and upstream of every endpoint. The older, deprecated list is for agents without the newer one."""
    endpoints = _list(surroundings.probes.ngrok_endpoints, "endpoints")
    if endpoints is not None:
        for endpoint in endpoints:
            yield _text(endpoint, "url"), _text(_member(endpoint, "upstream"), "url")
        return
    for tunnel in _list(surroundings.probes.ngrok_tunnels, "tunnels") or []:
        yield _text(tunnel, "public_url"), _text(_member(tunnel, "config"), "addr")


def _ingress(config: Mapping[str, Any] | None) -> Iterator[Mapping[str, Any]]:
    for rule in _list(_member(config, "config"), "ingress") or []:
        if isinstance(rule, Mapping):
            yield rule


def _mappings(mapping: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for value in mapping.values():
        if isinstance(value, Mapping):
            yield value


# The agents' documents are not trusted: whatever does not have the documented type counts as missing.
def _member(mapping: Any, key: str) -> Mapping[str, Any]:
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _list(mapping: Any, key: str) -> list[Any] | None:
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    return value if isinstance(value, list) else None


def _text(mapping: Any, key: str) -> str:
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    return value if isinstance(value, str) else ""

"""Rented machines with GPUs, whose environment tells addresses and mapped ports."""

from dataclasses import dataclass

from .suggestion import NeededHeader, Suggestion, note, web_address
from .surroundings import Surroundings, port_number

RUNPOD = note("runpod")
RUNPOD_TCP = note("runpod_tcp")
VAST = note("vast")
VAST_FRONT = note("vast_proxy")
AUTODL = note("autodl")
AUTODL_OTHER_PORT = note("autodl_other_port")
LIGHTNING = note("lightning")
SALAD = note("salad")
RUNPOD_SERVERLESS = note("runpod_serverless")
BEHIND_GATEWAY = note("behind_gateway")

_OWN_CERTIFICATE = note("vast_certificate")
# Where images for these platforms put ComfyUI, and the gateway before it, which is the one that is open to the outside.
# Source: ai-dock/comfyui, README, COMFYUI_PORT_HOST.
_GATEWAYS = {18188: 8188}


@dataclass(frozen=True)
class Front:
    """A proxy on this machine in front of ComfyUI: its port, and the headers it asks for."""

    port: int
    headers: tuple[NeededHeader, ...]


def runpod(surroundings: Surroundings) -> list[Suggestion]:
    """The pod's HTTP proxy. Source: docs.runpod.io, "Expose ports"."""
    pod = surroundings.variable("RUNPOD_POD_ID")
    if not pod:
        return []
    # Source: runpod-python, serverless/modules/rp_job.py: what a worker asks for its jobs; it has no HTTP proxy.
    if surroundings.variable("RUNPOD_WEBHOOK_GET_JOB"):
        return [Suggestion(None, "RunPod", "high", notes=(RUNPOD_SERVERLESS,))]
    # A port that is mapped as TCP usually does not go through the proxy too, so the TCP address is more certain.
    mapped = _mapped_port(surroundings, "RUNPOD_TCP_PORT_")
    gateway = _gateway_of(surroundings)
    own = Suggestion(_runpod_url(pod, surroundings.port), "RunPod", "medium" if mapped else "high", notes=(RUNPOD,))
    return [Suggestion(_runpod_url(pod, gateway), "RunPod", "high", notes=(BEHIND_GATEWAY,)), own] if gateway else [own]


def runpod_tcp(surroundings: Surroundings) -> list[Suggestion]:
    """The pod's public IP address. Source: docs.runpod.io, "Expose ports", TCP and symmetrical ports."""
    mapped = _mapped_port(surroundings, "RUNPOD_TCP_PORT_")
    url = _at_ip(surroundings.scheme, surroundings.variable("RUNPOD_PUBLIC_IP"), mapped)
    return [Suggestion(url, "RunPod TCP", "high", notes=(RUNPOD_TCP,))] if url else []


def vast(surroundings: Surroundings) -> list[Suggestion]:
    """The instance's public IP address. Source: docs.vast.ai, "Docker environment", predefined variables."""
    ip = surroundings.variable("PUBLIC_IPADDR")
    # The mapping leads straight to ComfyUI, so the scheme is ComfyUI's own.
    url = _at_ip(surroundings.scheme, ip, _mapped_port(surroundings, "VAST_TCP_PORT_"))
    if url:
        return [Suggestion(url, "Vast.ai", "high", notes=(VAST,))]
    gateway = surroundings.variable(f"VAST_TCP_PORT_{_gateway_of(surroundings)}")
    url = _at_ip("http", ip, port_number(gateway)) if front_of(surroundings) is None else None
    return [Suggestion(url, "Vast.ai", "high", notes=(BEHIND_GATEWAY,))] if url else []


def _gateway_of(surroundings: Surroundings) -> int | None:
    """The port of an image's own proxy in front of ComfyUI's; before the guarded port there is none."""
    return None if surroundings.guarded else _GATEWAYS.get(surroundings.port)


def vast_front(surroundings: Surroundings) -> list[Suggestion]:
    """The Caddy of Vast.ai's images. Source: vast-ai/base-image, portal-aio/caddy_manager/caddy_config_manager.py."""
    front = front_of(surroundings)
    if front is None:
        return []
    secure = surroundings.variable("ENABLE_HTTPS").lower() == "true"
    mapped = port_number(surroundings.variable(f"VAST_TCP_PORT_{front.port}"))
    url = _at_ip("https" if secure else "http", surroundings.variable("PUBLIC_IPADDR"), mapped)
    notes = (VAST_FRONT, _OWN_CERTIFICATE) if secure else (VAST_FRONT,)
    return [Suggestion(url, "Vast.ai's proxy", "high", front.headers, notes)] if url else []


def front_of(surroundings: Surroundings) -> Front | None:
    """Vast.ai's proxy in front of ComfyUI's port, if there is one.

    `PORTAL_CONFIG` is `host:external:internal:path:name`, joined with `|`. Entries with equal ports have no proxy, nor
    have those whose external port is not mapped.
    """
    for entry in surroundings.variable("PORTAL_CONFIG").split("|"):
        fields = entry.split(":", 4)
        if len(fields) < 3:  # noqa: PLR2004 - host, external, internal
            continue
        external, internal = port_number(fields[1].strip()), port_number(fields[2].strip())
        if external is None or internal != surroundings.port or external == internal:
            continue
        if surroundings.variable(f"VAST_TCP_PORT_{external}"):
            return Front(external, _front_headers(surroundings, external))
    return None


def autodl(surroundings: Surroundings) -> list[Suggestion]:
    """The mapped service ports. Source: autodl.com/docs/port."""
    first = surroundings.variable("AutoDLServiceURL")
    given = surroundings.variable(f"AutoDLService{surroundings.port}URL")
    if not given and surroundings.port == 6006:  # noqa: PLR2004 - the port of AutoDLServiceURL
        given = first
    if not given:
        elsewhere = any(surroundings.variable(name) for name in ("AutoDLService6006URL", "AutoDLService6008URL"))
        return [Suggestion(None, "AutoDL", "high", notes=(AUTODL_OTHER_PORT,))] if first or elsewhere else []
    url = web_address(given if "://" in given else f"https://{given}")
    return [Suggestion(url, "AutoDL", "medium", notes=(AUTODL,))] if url else []


def lightning(surroundings: Surroundings) -> list[Suggestion]:
    """A port of a Lightning Studio. Source: lightning.ai/docs, "Expose ports"."""
    space = surroundings.variable("LIGHTNING_CLOUD_SPACE_ID")
    url = f"https://{surroundings.port}-{space}.cloudspaces.litng.ai"
    return [Suggestion(url, "Lightning.ai", "medium", notes=(LIGHTNING,))] if space else []


def salad(surroundings: Surroundings) -> list[Suggestion]:
    """Known to be Salad, and no address. Source: docs.salad.com, "Container Gateway"."""
    return [Suggestion(None, "Salad", "high", notes=(SALAD,))] if surroundings.variable("SALAD_MACHINE_ID") else []


def _front_headers(surroundings: Surroundings, external: int) -> tuple[NeededHeader, ...]:
    excluded = [port.strip() for port in surroundings.variable("AUTH_EXCLUDE").split(",")]
    if surroundings.variable("ENABLE_AUTH").lower() == "false" or str(external) in excluded:
        return ()
    token = surroundings.variable("OPEN_BUTTON_TOKEN") or surroundings.variable("WEB_PASSWORD")
    # The proxy removes these from the token before it compares.
    token = token.replace("\r", "").replace("\n", "").replace(";", "")
    return (NeededHeader("Authorization", f"Bearer {token}" if token else "", of_machine=bool(token)),)


def _runpod_url(pod: str, port: int) -> str:
    return f"https://{pod}-{port}.proxy.runpod.net"


def _mapped_port(surroundings: Surroundings, prefix: str) -> int | None:
    mapped = port_number(surroundings.variable(f"{prefix}{surroundings.port}"))
    if mapped is not None:
        return mapped
    # A "port" above 65535 asks for a symmetrical one: the value is the port both outside and inside.
    own = str(surroundings.port)
    asked = (name.removeprefix(prefix) for name, value in surroundings.environment.items() if value.strip() == own)
    symmetrical = any(name.isascii() and name.isdecimal() and len(name) == len("70000") for name in asked)
    return surroundings.port if symmetrical else None


def _at_ip(scheme: str, ip: str, port: int | None) -> str | None:
    if not ip or port is None:
        return None
    return web_address(f"{scheme}://[{ip}]:{port}" if ":" in ip else f"{scheme}://{ip}:{port}")

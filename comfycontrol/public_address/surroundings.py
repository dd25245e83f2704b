"""Everything that detectors know, passed as values, so that a platform is one row in the table of a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .suggestion import Certainty, Note, Suggestion

Group = Literal["configured", "browser", "platform", "tunnel", "forwarded"]


@dataclass(frozen=True)
class CloudflaredAnswer:
    """What the metrics server of one cloudflared answered: JSON objects, None for no answer.

    `doubted` says that the program may be another user's.
    """

    quicktunnel: Mapping[str, Any] | None = None
    config: Mapping[str, Any] | None = None
    doubted: bool = False


@dataclass(frozen=True)
class ProbeAnswers:
    """What the tunnel agents on this machine answered: JSON objects, unchecked, None for no answer.

    `ngrok_doubted` says that the program on ngrok's port may be another user's.
    """

    ngrok_endpoints: Mapping[str, Any] | None = None
    ngrok_tunnels: Mapping[str, Any] | None = None
    cloudflared: tuple[CloudflaredAnswer, ...] = ()
    tailscale: Mapping[str, Any] | None = None
    ngrok_doubted: bool = False


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What there is to see around this ComfyUI at the moment.

    `port` is the one to which the service is to be led, and `tls` whether TLS is spoken there: ComfyUI's own or, with
    `guarded`, the guarded one. `forwarded` are headers of the page's own request, `page_url` is its `location.href`.
    `own_tunnel` is the proven address of the tunnel that this ComfyUI keeps open. `repr` leaves out what may hold
    secrets.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    port: int
    tls: bool = False
    guarded: bool = False
    probes: ProbeAnswers = field(default_factory=ProbeAnswers, repr=False)
    forwarded: Mapping[str, str] = field(default_factory=dict, repr=False)
    page_url: str | None = None
    own_tunnel: str | None = None

    @property
    def scheme(self) -> str:
        """The scheme ComfyUI itself speaks."""
        return "https" if self.tls else "http"

    def without_page(self) -> "Surroundings":
        """Without what a request said: what the machine knows by itself."""
        return replace(self, page_url=None, forwarded={})

    def variable(self, name: str) -> str:
        """An environment variable, trimmed; empty if it is not set."""
        return self.environment.get(name, "").strip()


@dataclass(frozen=True)
class Platform:
    """One place that an address can come from. The texts are for the table in `docs/platforms.md`.

    `note` is shown in the form too, `remark` only in the docs. `detect` is pure. A `fallback` row counts only if no
    other platform was recognised. The addresses of a row that `changes` are those of one tunnel or machine, and the
    next one has another.
    """

    group: Group
    name: str
    signal: str
    address: str
    certainty: Certainty
    detect: Callable[[Surroundings], list[Suggestion]]
    note: Note | None = None
    remark: str = ""
    fallback: bool = False
    changes: bool = False


def port_number(text: str) -> int | None:
    """Read a port number; None if it is none."""
    # isdecimal() alone accepts other scripts' digits, and int() blanks and underscores.
    if not (text.isascii() and text.isdecimal() and len(text) <= len("65535")):
        return None
    port = int(text)
    return port if 0 < port <= 0xFFFF else None  # noqa: PLR2004 - a port has 16 bits

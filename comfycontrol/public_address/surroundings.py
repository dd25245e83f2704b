"""All that detectors may know, handed to them as values, so that a platform is one row of a test table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from .suggestion import Certainty, Note, Suggestion

# The order of preference among rows; where the value saved last comes in between, suggest() knows.
Group = Literal["configured", "browser", "platform", "tunnel", "forwarded"]


@dataclass(frozen=True)
class CloudflaredAnswer:
    """What the metrics server of one cloudflared said: parsed JSON objects, None for no answer.

    `doubted` says that the program there may be another user's.
    """

    quicktunnel: Mapping[str, Any] | None = None
    config: Mapping[str, Any] | None = None
    doubted: bool = False


@dataclass(frozen=True)
class ProbeAnswers:
    """What the tunnel agents on this machine said: parsed JSON objects, None for no answer. Nothing here is checked.

    `ngrok_doubted` says that the program at ngrok's port may be another user's.
    """

    ngrok_endpoints: Mapping[str, Any] | None = None
    ngrok_tunnels: Mapping[str, Any] | None = None
    cloudflared: tuple[CloudflaredAnswer, ...] = ()
    tailscale: Mapping[str, Any] | None = None
    ngrok_doubted: bool = False


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """One moment of this ComfyUI.

    `port` is the one ComfyUI really listens on and `tls` whether it does so with TLS. `forwarded` holds the headers of
    the page's own request, `page_url` is the page's `location.href`. `repr` leaves the environment and the headers
    out: both hold secrets.
    """

    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    port: int
    tls: bool = False
    probes: ProbeAnswers = field(default_factory=ProbeAnswers, repr=False)
    forwarded: Mapping[str, str] = field(default_factory=dict, repr=False)
    page_url: str | None = None

    @property
    def scheme(self) -> str:
        """The scheme ComfyUI itself speaks."""
        return "https" if self.tls else "http"

    def without_page(self) -> "Surroundings":
        """The machine's own: nothing that a request said."""
        return replace(self, page_url=None, forwarded={})

    def variable(self, name: str) -> str:
        """A variable of the environment without blanks around it; empty when it is not set."""
        return self.environment.get(name, "").strip()


@dataclass(frozen=True)
class Platform:
    """One row: where an address can come from. The texts are for the table in `docs/platforms.md`.

    `note` is what the form says too, `remark` what only the docs say. `detect` is pure. A `fallback` row counts only
    where no other platform was recognised.
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


def port_number(text: str) -> int | None:
    """Read a port from text; None when it is none."""
    # isdecimal() alone lets other scripts' digits through, and int() blanks and underscores.
    if not (text.isascii() and text.isdecimal() and len(text) <= len("65535")):
        return None
    port = int(text)
    return port if 0 < port <= 0xFFFF else None  # noqa: PLR2004 - a port has 16 bits

"""How a tunnel stands, and what a person reads of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..clock import utc_now
from ..texts import Told, first_sentence
from .agents import AgentName

# From `starting` to `open` in this order. `not_connected`: the agent runs, and its service does not hear of it; `gone`:
# it has ended by itself; `failed`: it never came so far.
State = Literal["off", "starting", "connecting", "waiting", "checking", "open", "not_connected", "gone", "failed"]


@dataclass(frozen=True)
class TunnelStatus(Told):
    """How the tunnel of this instance stands.

    Args:
        state: see above.
        code: a key of the section `tunnel`, or of `errors`.
        agent: whose tunnel it is; None while it is off.
        address: the public one, where there is one.
        since: when this state began (ISO 8601, UTC).
        again_at: when it is started anew (ISO 8601, UTC); None where that is left to a person.
        said: the agent's last words, without anything that is not for everybody.
        values: for the sentences' placeholders.

    """

    state: State = "off"
    code: str = "off"
    agent: AgentName | None = None
    address: str | None = None
    since: str = field(default_factory=utc_now)
    again_at: str | None = None
    said: str | None = None
    values: Mapping[str, str | int] = field(default_factory=dict)

    def _said(self, name: str, language: str) -> str:
        sections = ("tunnel", "errors")
        return first_sentence(sections, self.code, name, language=language, agent=self.agent, **self.values)


class EndedError(Exception):
    """A tunnel has come to its end, for this reason.

    Args:
        code: a key of the section `tunnel`, or of `errors`.
        state: the state that this is.
        said: the agent's last words.
        values: for the sentences' placeholders.

    """

    def __init__(
        self,
        code: str,
        state: Literal["not_connected", "gone", "failed"] = "failed",
        said: str | None = None,
        values: Mapping[str, str | int] | None = None,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.state = state
        self.said = said
        self.values = values or {}


class StoppedError(Exception):
    """Nobody wants the tunnel any more."""


# Seconds until a tunnel is started anew: the first time, and at most; they double.
_USUAL = (5.0, 600.0)
_WAITS: Mapping[str, tuple[float, float] | None] = {
    # The service counts, and asking again makes it longer.
    "agent_refused": (600.0, 7200.0),
    # Something that a person has to do, or has to know of.
    "agent_missing": None,
    "agent_not_executable": None,
    "agent_unknown": None,
    "agent_setup": None,
    "leads_elsewhere": None,
    "not_closed": None,
    "guarded_port_off": None,
}

# After these not even the next start of ComfyUI opens it: a person has to look first.
NEVER_AGAIN = frozenset({"not_closed", "leads_elsewhere"})


def seconds_until_next(code: str, failures: int) -> float | None:
    """Say how long to wait after the tunnel has ended so for the n-th time in a row; None: until a person acts."""
    wait = _WAITS.get(code, _USUAL)
    return None if wait is None else min(wait[1], wait[0] * 2.0 ** min(failures - 1, 32))

"""What a check of an address found. `proven` alone means that it leads here.

The sentences are in `locales/*/panel.json`, section `verdicts`; every code stands in `docs/troubleshooting.md` too. The
values that go into them are at most the origin of a redirect, never a path, a query or a header's value.
"""

from dataclasses import dataclass, field

from ..public_address.kinds import Kind
from ..texts import Told, sentence

Value = str | int | None

# Somebody else is at the endpoint: the proof was another's, or ours given by a copy of us.
SOMEBODY_ELSE = frozenset({"other_instance", "copied_instance"})
# What stands before a ComfyUI and wants a header: a check without the runner's headers cannot see past it.
ASKS_FOR_HEADERS = frozenset(
    {
        "basic_auth",
        "cloudflare_access",
        "cloudflare_challenge",
        "code_server_login",
        "jupyter_login",
        "login_page",
        "needs_header",
        "ngrok_page",
        "redirected",
    }
)


@dataclass(frozen=True)
class Verdict(Told):
    """What a check found.

    `address` is the endpoint to use instead, where one is known. `kind` is the kind of the address, where that says
    best what to know.
    """

    verdict: str
    address: str | None = None
    kind: Kind | None = None
    values: dict[str, Value] = field(default_factory=dict)

    def _said(self, name: str, language: str) -> str:
        # Proven on this machine alone: it leads here, and yet nobody else can call it.
        if self.kind is not None and (self.verdict, name) in {("not_public", "message"), ("proven", "next_step")}:
            return self.kind.sentence_in(language)
        return sentence("verdicts", self.verdict, name, language=language, address=self.address, **self.values)


def verdict(code: str, *, address: str | None = None, kind: Kind | None = None, **values: Value) -> Verdict:
    """Make the verdict of this code."""
    return Verdict(code, address, kind, values)

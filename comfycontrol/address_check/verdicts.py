"""What a check of an address found. `proven` alone means that it leads here.

The sentences are in `locales/*/panel.json`, section `verdicts`, and every code is in `docs/troubleshooting.md`. Of what
a server answered they repeat at most the origin of a redirect, never a path, a query or a header's value.
"""

from dataclasses import dataclass, field

from ..public_address.kinds import Kind
from ..texts import Told, sentence

Value = str | int | None

# Another instance is at the endpoint, possibly a copy of this one.
SOMEBODY_ELSE = frozenset({"other_instance", "copied_instance"})
# Gateways that ask for a header: a check that does not have the runner's headers cannot see past them.
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

"""What a check of an address found. `proven` alone means that it leads here.

The sentences are in `locales/*/panel.json`, section `verdicts`, and every code is in `docs/troubleshooting.md`. Of what
a server answered they repeat at most the origin of a redirect, never a path, a query or a header's value.
"""

from dataclasses import dataclass, field
from typing import Literal

from ..public_address.kinds import Kind
from ..texts import Told, sentence

Value = str | int | None
WayIn = Literal["guarded", "open"]

# Another instance is at the endpoint, possibly a copy of this one.
SOMEBODY_ELSE = frozenset({"other_instance", "copied_instance"})
# How a network looks from inside that does not let a machine call its own public address, and a name too new to be
# known everywhere: of these alone may it be said that ComfyControl may reach the address all the same.
MAY_STILL_WORK = frozenset({"name_not_found", "name_not_public", "refused", "timed_out", "unreachable"})
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
# A server is there, or may be, that a check cannot see: whether another instance is behind it cannot be told.
CANNOT_TELL_WHOSE = ASKS_FOR_HEADERS | {
    "certificate_expired",
    "certificate_self_signed",
    "certificate_untrusted",
    "certificate_wrong_name",
    "name_not_public",
    "not_public",
}


@dataclass(frozen=True)
class Verdict(Told):
    """What a check found.

    `address` is the endpoint to use instead, where one is known. `kind` is the kind of the address, where that says
    best what to know. `way` says of an address that leads here who gets in: `guarded`, ComfyControl alone, as three
    requests have shown; `open`, anybody; None where it is not known, as behind somebody's gateway.
    """

    verdict: str
    address: str | None = None
    kind: Kind | None = None
    values: dict[str, Value] = field(default_factory=dict)
    way: WayIn | None = None

    @property
    def may_still_work(self) -> bool:
        """Whether ComfyControl may reach the address although this machine does not."""
        return self.verdict in MAY_STILL_WORK

    def _said(self, name: str, language: str) -> str:
        if self.kind is not None and (self.verdict, name) == ("not_public", "message"):
            return self.kind.sentence_in(language)
        return sentence("verdicts", self.verdict, name, language=language, address=self.address, **self.values)


def verdict(code: str, *, address: str | None = None, kind: Kind | None = None, **values: Value) -> Verdict:
    """Make the verdict of this code."""
    return Verdict(code, address, kind, values)

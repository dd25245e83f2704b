"""The one table of what a check of an address finds: code, sentence, next step. `proven` alone means it leads here.

Every code stands in `docs/troubleshooting.md`; a test walks both. Sentences may hold `{names}` that the finding is
given: at most the origin of a redirect, never a path, a query or a header's value.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple


class VerdictText(NamedTuple):
    """What a person reads: what stands there, and what to do next."""

    message: str
    next_step: str


_REGISTER_ANYWAY = "If it works from another network, register it all the same: ComfyControl may still reach it."
_HAIRPIN = f"Many routers do not let a machine call its own public address. {_REGISTER_ANYWAY}"
_PORT = "Check that the tunnel, proxy or router leads to ComfyUI's port {port}."

VERDICTS: MappingProxyType[str, VerdictText] = MappingProxyType(
    {
        "proven": VerdictText("This address leads to this ComfyUI.", "Use it as the endpoint."),
        "other_address": VerdictText(
            "This ComfyUI does not answer at this address, but it does at another one.", "Use {address} instead."
        ),
        # Not called at all
        "not_an_address": VerdictText(
            "This is not an address that can be called.", "It should look like https://comfy.example.com."
        ),
        "not_public": VerdictText(
            "{sentence}",
            "It was not called. Use an address that the internet can reach, such as a tunnel's.",
        ),
        "name_not_public": VerdictText(
            "Seen from this machine, the name leads to an address that is not public, so it was not called.",
            f"Check the name's entry in the name service. {_REGISTER_ANYWAY}",
        ),
        # No answer
        "name_not_found": VerdictText(
            "The name was not found.", "Check the spelling. A new name may take some minutes until it is known."
        ),
        "refused": VerdictText(
            "The connection was refused: nothing listens at this address.", f"Check the port. {_HAIRPIN}"
        ),
        "unreachable": VerdictText("There is no way from this machine to this address.", _REGISTER_ANYWAY),
        "timed_out": VerdictText(
            "Nothing answered in time.",
            f"Check the address, and that a firewall or router lets the port through. {_HAIRPIN}",
        ),
        "not_http": VerdictText(
            "Something took the connection, but it does not speak http.", "Check the port, or try https:// instead."
        ),
        "plain_http": VerdictText(
            "What answers there speaks plain http, not https.", "Begin the address with http://, or add a certificate."
        ),
        "tls_failed": VerdictText(
            "No encrypted connection could be made.", "Check the address and the server's settings for https."
        ),
        # A certificate that a caller must not trust
        "certificate_self_signed": VerdictText(
            "The certificate was signed by the server itself, so nobody can trust it.",
            "Use a certificate of a public authority such as Let's Encrypt, or a tunnel, which brings its own.",
        ),
        "certificate_expired": VerdictText(
            "The certificate is not valid today: it has expired, or is not valid yet.",
            "Renew the certificate, and check the clock of this machine.",
        ),
        "certificate_wrong_name": VerdictText(
            "The certificate was made for another name than the one in this address.",
            "Use the name in the certificate, or a certificate for this name.",
        ),
        "certificate_untrusted": VerdictText(
            "The certificate comes from an authority that is not known in public, or a part of its chain is missing.",
            "Use a certificate of a public authority, and have the server send the whole chain.",
        ),
        # Something before ComfyUI answers
        "redirected": VerdictText(
            "The server sends callers on to {to}, and ComfyControl may not follow.",
            "Use the address that it leads to in the end.",
        ),
        "ngrok_page": VerdictText(
            "The warning page of ngrok answers instead of ComfyUI.", "Add the header ngrok-skip-browser-warning: 1."
        ),
        "cloudflare_access": VerdictText(
            "Cloudflare Access guards this address.",
            "Add the headers CF-Access-Client-Id and CF-Access-Client-Secret of a service token, and allow the token.",
        ),
        "cloudflare_challenge": VerdictText(
            "Cloudflare shows callers a test for humans instead of ComfyUI.",
            "Switch the challenge off for this name in Cloudflare's dashboard, Security.",
        ),
        "jupyter_login": VerdictText(
            "Jupyter asks for a login.", "Add the header Authorization: token and Jupyter's token."
        ),
        "code_server_login": VerdictText(
            "The login page of code-server answers instead of ComfyUI, and no header can replace that login.",
            "Make the port public where your platform allows it, or use a tunnel.",
        ),
        "basic_auth": VerdictText(
            "The server asks for a name and a password: it needs a header.",
            "Add the header Authorization: Basic and the encoded pair, or what else the server takes.",
        ),
        "login_page": VerdictText(
            "A login page answers instead of ComfyUI.",
            "Add the header that the page's service takes instead of a login, or open the address to everybody.",
        ),
        "needs_header": VerdictText(
            "The server there lets nobody in without a login: it needs a header.",
            "Add the header that it wants, such as Authorization, or correct its value.",
        ),
        "tunnel_offline": VerdictText(
            "The tunnel's provider answers: the tunnel itself is not running.",
            "Start the tunnel again. Its address may have changed.",
        ),
        "nothing_behind": VerdictText("A proxy or tunnel answers, but nothing behind it does.", _PORT),
        # Another server answers
        "comfyui_without_extension": VerdictText("Another ComfyUI answers there, one without this extension.", _PORT),
        "other_instance": VerdictText(
            "Another ComfyUI with this extension answers there, not this one.",
            f"{_PORT} To register that one, open it and do so there.",
        ),
        "copied_instance": VerdictText(
            "A ComfyUI with a copy of this one's user folder answers there, not this one.",
            f"{_PORT} Give each machine a user folder of its own.",
        ),
        "other_server": VerdictText("Another web server answers there, not ComfyUI.", _PORT),
    }
)


@dataclass(frozen=True)
class Verdict:
    """What a check found. `address` is the endpoint to use instead, where one is known."""

    verdict: str
    message: str
    next_step: str
    address: str | None = None


def verdict(code: str, *, address: str | None = None, **values: str | int | None) -> Verdict:
    """Make the verdict of this code, its sentences filled in."""
    text = VERDICTS[code]
    return Verdict(
        code,
        text.message.format(address=address, **values),
        text.next_step.format(address=address, **values),
        address,
    )

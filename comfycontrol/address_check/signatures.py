"""Recognises what stands between a caller and ComfyUI by its answer: tunnels, guards, logins."""

import re
from collections.abc import Callable
from urllib.parse import SplitResult, urljoin, urlsplit

from ..models.endpoint import DEFAULT_PORTS
from ..public_address.ip_addresses import read_ip
from .request import Answer
from .target import Target, target_of
from .verdicts import Verdict, verdict

IDENTITY_PATH = "/comfycontrol/identity"
# ngrok's codes for an agent that is running while its upstream is not. Source: ngrok.com/docs/errors,
# ERR_NGROK_8012 (refused) and 3004 (no http).
_NGROK_UPSTREAM = ("ERR_NGROK_8012", "ERR_NGROK_8013", "ERR_NGROK_8020", "ERR_NGROK_3004")
# 52x are Cloudflare's own. Source: developers.cloudflare.com/support/troubleshooting, "Cloudflare 5xx errors".
_NOTHING_BEHIND = {502, 503, 504, *range(520, 527)}
_CLOUDFLARE_OFFLINE = 530
_REDIRECTS = {301, 302, 303, 307, 308}
_REFUSALS = {401, 403, 407}
_LOGIN = re.compile(
    r"(?:^|[/._-])(?:log[-_]?in|sign[-_]?in|sso|saml2?|oauth2?|openid|authorize|auth|accounts?)(?:$|[/._-])"
)


def standing_before(answer: Answer, target: Target, own_port: int) -> Verdict | None:
    """Name what answered instead of ComfyUI: a tunnel, a guard, a login, a redirect. None if nothing is recognised."""
    place = _place(answer, target)
    code = _tunnel(answer) or next((code for code, is_known in _GUARDS if is_known(answer, place)), None)
    if code is None and place is not None:
        return _redirected(place, target)
    if code is None and answer.status in _NOTHING_BEHIND:
        code = "nothing_behind"
    return None if code is None else verdict(code, port=own_port)


def wants_https(answer: Answer) -> bool:
    """Whether a server complains of having been called without TLS. Sources: nginx, Go's net/http."""
    said = answer.body.lower()
    return answer.status == 400 and b"https" in said and b"http request" in said  # noqa: PLR2004 - bad request


def _tunnel(answer: Answer) -> str | None:
    # ngrok sends this header with every page of its own, the interstitial included.
    ngrok = answer.header("ngrok-error-code").upper()
    if ngrok == "ERR_NGROK_6024":
        return "ngrok_page"
    if ngrok:
        return "nothing_behind" if ngrok in _NGROK_UPSTREAM else "tunnel_offline"
    cloudflare = answer.header("server").lower() == "cloudflare"
    if cloudflare and answer.status == _CLOUDFLARE_OFFLINE:  # with the text "error code: 1033"
        return "tunnel_offline"
    # Source: vast-ai/base-image, caddy_config_manager.py: Vast.ai's proxy while ComfyUI starts, with status 200 too.
    return "nothing_behind" if answer.header("x-portal-placeholder") else None


def _is_cloudflare_access(answer: Answer, place: SplitResult | None) -> bool:
    """Source: cloudflare/cloudflared, carrier/carrier.go, IsAccessResponse; the header as callers have seen it."""
    if place is not None and place.path.startswith("/cdn-cgi/access/"):
        return True
    # The page is the one for a service token that is not allowed.
    refused = answer.status in _REFUSALS and _has(answer, b"cloudflare access")
    return refused or answer.header("www-authenticate").lower().startswith("cloudflare-access")


def _is_cloudflare_challenge(answer: Answer, _: SplitResult | None) -> bool:
    """Source: developers.cloudflare.com/cloudflare-challenges, "Detect a challenge page response"."""
    return answer.header("cf-mitigated").lower() == "challenge"


def _is_jupyter(answer: Answer, place: SplitResult | None) -> bool:
    """Sources: jupyter_server, auth/login.py and templates/login.html; jupyterhub, handlers/base.py."""
    to_login = place is not None and (place.path.endswith("/login") or "/hub/" in place.path)
    if answer.header("x-jupyterhub-version") or answer.header("server").startswith("TornadoServer"):
        return to_login or answer.status in _REFUSALS
    return _has(answer, b'id="password_input"') and _has(answer, b"jupyter")


def _is_code_server(answer: Answer, place: SplitResult | None) -> bool:
    """Sources: coder/code-server, src/node/routes/pathProxy.ts (to "login?to=") and src/browser/pages/login.html."""
    to_login = place is not None and place.path.endswith("/login") and place.query.startswith("to=")
    return to_login or _has(answer, b'id="coder-options"')


def _is_basic_auth(answer: Answer, _: SplitResult | None) -> bool:
    return answer.status in _REFUSALS and answer.header("www-authenticate").lower().startswith("basic")


def _is_refusal(answer: Answer, _: SplitResult | None) -> bool:
    return answer.status in _REFUSALS


def _is_login_page(answer: Answer, _: SplitResult | None) -> bool:
    html = answer.header("content-type").lower().startswith("text/html")
    return html and re.search(rb"""type=["']?password""", answer.body.lower()) is not None


# In this order, because the last three match what the others do as well.
_GUARDS: tuple[tuple[str, Callable[[Answer, SplitResult | None], bool]], ...] = (
    ("cloudflare_access", _is_cloudflare_access),
    ("cloudflare_challenge", _is_cloudflare_challenge),
    ("jupyter_login", _is_jupyter),
    ("code_server_login", _is_code_server),
    ("basic_auth", _is_basic_auth),
    ("needs_header", _is_refusal),
    ("login_page", _is_login_page),
)


def _redirected(place: SplitResult, target: Target) -> Verdict | None:
    elsewhere = _origin(place)
    if elsewhere is None:
        return None
    same_path = place.path.rstrip("/") == target.path + IDENTITY_PATH
    if not same_path and _LOGIN.search(f"{place.hostname}{place.path}".lower()):
        return verdict("login_page")
    # Only the path that the person typed is repeated: what the server added may hold a key.
    address = elsewhere + target.path if same_path else None
    return verdict("redirected", to=elsewhere, address=None if address == target.url else address)


def _place(answer: Answer, target: Target) -> SplitResult | None:
    """Where an answer redirects to; None if it does not."""
    given = answer.header("location").strip()
    if answer.status not in _REDIRECTS or not given or not given.isprintable():
        return None
    try:
        place = urlsplit(urljoin(target.url + IDENTITY_PATH, given))
        _ = place.port  # reading it is what checks it
    except ValueError:
        return None
    return place


def _origin(place: SplitResult) -> str | None:
    """Scheme, host and port only: the rest is the text of whoever answered."""
    host = place.hostname or ""
    bracketed = f"[{host}]" if ":" in host and read_ip(host) is not None else host
    port = "" if place.port in {None, DEFAULT_PORTS.get(place.scheme)} else f":{place.port}"
    target = target_of(f"{place.scheme}://{bracketed}{port}")
    return None if target is None else target.url


def _has(answer: Answer, mark: bytes) -> bool:
    return mark in answer.body.lower()

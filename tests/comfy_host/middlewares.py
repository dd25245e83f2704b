"""What ComfyUI does with every request and answer."""

import ipaddress
import logging
import socket
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger("comfy_host.middlewares")

IMAGES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".ppm", ".pgm")

# With --disable-api-nodes the page may talk to this server only.
ONLY_THIS_SERVER = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self' data:",
    "frame-src": "'self'",
    "object-src": "'self'",
}


def middlewares(*, allowed_origin: str | None, disable_api_nodes: bool) -> list[Middleware]:
    # One or the other: --enable-cors-header takes the origin guard away.
    chosen = [cache_control, _cors(allowed_origin) if allowed_origin else origin_guard]
    if disable_api_nodes:
        chosen.append(content_security_policy)
    return chosen


@web.middleware
async def cache_control(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    name = request.path.rsplit("/", 1)[-1]
    if name.endswith((".js", ".css")) or (name.startswith("index") and name.endswith(".json")):
        response.headers.setdefault("Cache-Control", "no-store")
    elif name.lower().endswith(IMAGES) and response.status < 300:
        response.headers.setdefault("Cache-Control", "public, max-age=86400")
    return response


@web.middleware
async def origin_guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return web.Response(status=403)
    host, origin = request.headers.get("Host"), request.headers.get("Origin")
    if host and origin and _differs_on_loopback(host, origin):
        log.warning("request with non matching host and origin %s != %s, returning 403", host, origin)
        return web.Response(status=403)
    return await _answer_preflight(request, handler)


@web.middleware
async def content_security_policy(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await _answer_preflight(request, handler)
    policy = "; ".join(f"{directive} {sources}" for directive, sources in ONLY_THIS_SERVER.items())
    response.headers["Content-Security-Policy"] = f"{policy};"
    return response


def _cors(allowed_origin: str) -> Middleware:
    @web.middleware
    async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await _answer_preflight(request, handler)
        response.headers["Access-Control-Allow-Origin"] = allowed_origin
        response.headers["Access-Control-Allow-Methods"] = "POST, GET, DELETE, PUT, OPTIONS, PATCH"
        response.headers["Access-Control-Allow-Headers"] = "Content-Type, Authorization"
        response.headers["Access-Control-Allow-Credentials"] = "true"
        return response

    return cors


async def _answer_preflight(request: web.Request, handler: Handler) -> web.StreamResponse:
    return web.Response() if request.method == "OPTIONS" else await handler(request)


def _differs_on_loopback(host: str, origin: str) -> bool:
    here, there = urlsplit(f"//{host.lower()}"), urlsplit(origin.lower())
    # "Origin: null" has no host at all, and passes in ComfyUI.
    if not there.netloc or here.hostname is None or not is_loopback(here.hostname):
        return False
    if here.hostname != there.hostname:
        return True
    # Some browsers leave a port out on one side.
    return None not in (here.port, there.port) and here.port != there.port


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(ipaddress.ip_address(address[0]).is_loopback for *_, address in found)

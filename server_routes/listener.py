"""The guarded port's socket: a second one of ComfyUI's own server, whose requests are judged before ComfyUI sees them.

ComfyUI's port, its middlewares and its handlers stay as they are: what is let in goes to the application as if it had
come in there, with its body unread, and without the runner key. Whoever came in is no more trusted for it: to ComfyUI
and to other packs, the peer is the tunnel's agent on this machine, as it is on their own port.
"""

import asyncio
import logging
from typing import Any

from aiohttp import hdrs, web
from aiohttp.http import HttpProcessingError

from ..comfycontrol.gateway.decision import Decision, Facts, Key
from ..comfycontrol.gateway.gate import Gate
from ..comfycontrol.gateway.keys import KEY_HEADER
from .answers import answer

_RAW_HEADER = KEY_HEADER.lower().encode()
# Before a wrong key is told to be wrong. Answers come one after the other on a connection, so this slows it down, and
# nobody else.
_WRONG_KEY_SECONDS = 0.5
# Longer than proxies keep a connection that has nothing to do (nginx 60 s, cloudflared 90 s), and not for an hour, as
# aiohttp would: strangers may open as many as they like.
_IDLE_SECONDS = 120.0
# For requests under way when the port is closed.
_CLOSING_SECONDS = 1.0
_REFUSALS = {
    Decision.UNAUTHORIZED: ("unauthorized", "A key is needed here."),
    Decision.FORBIDDEN: ("forbidden", "This is closed here."),
}


class _Request(web.Request):
    """A request as ComfyUI gets it, and what its runner key was."""

    ATTRS = web.Request.ATTRS | frozenset({"runner_key"})
    runner_key: Key = "missing"


class Listener:
    """One listening socket before an application.

    Args:
        application: ComfyUI's.
        gate: judges the requests.

    """

    def __init__(self, application: Any, gate: Gate) -> None:
        self._application = application
        self._gate = gate
        server = web.Server(
            self._handle,
            request_factory=self._request_of,
            # ComfyUI itself has no log of requests.
            access_log=None,
            logger=_logger(),
            keepalive_timeout=_IDLE_SECONDS,
        )
        self._runner = web.ServerRunner(server, shutdown_timeout=_CLOSING_SECONDS)

    async def open(self, address: str, port: int) -> None:
        """Listen. Raises `OSError`."""
        try:
            await self._runner.setup()
            await web.TCPSite(self._runner, address, port).start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the socket, and end the requests on it."""
        await self._runner.cleanup()

    def _request_of(self, message: Any, *parts: Any) -> web.BaseRequest:
        """Make the request of a message, without the key: nobody behind the gate needs it. The body stays where it is.

        The arguments are those that aiohttp gives to the `request_factory` of a `web.Server`.
        """
        # The stand-in for a message that could not be read has plain dictionaries.
        lines = message.headers.getall(KEY_HEADER, ()) if hasattr(message.headers, "getall") else ()
        if lines:
            headers = message.headers.copy()
            del headers[KEY_HEADER]
            raw = tuple(line for line in message.raw_headers if line[0].lower() != _RAW_HEADER)
            message = message._replace(headers=type(message.headers)(headers), raw_headers=raw)
        request: _Request = self._application._make_request(message, *parts, _cls=_Request)  # noqa: SLF001 - no other way in
        request.runner_key = self._gate.key_in(lines)
        return request

    async def _handle(self, request: Any) -> web.StreamResponse:
        try:
            decision = await self._decide(request)
        except Exception:  # noqa: BLE001 - whatever it was, it is closed
            decision = Decision.UNAUTHORIZED
        if decision is Decision.ALLOWED:
            response: web.StreamResponse = await self._application._handle(request)  # noqa: SLF001 - as above
            return response
        if request.runner_key in {"wrong", "several"}:
            await asyncio.sleep(_WRONG_KEY_SECONDS)
        return _refusal(request, decision)

    async def _decide(self, request: _Request) -> Decision:
        match = await self._application.router.resolve(request)
        facts = Facts(
            request.method,
            _template(match.route.resource),
            request.runner_key,
            upgrade=", ".join(request.headers.getall(hdrs.UPGRADE, ())).strip().lower(),
            hosts=len(request.headers.getall(hdrs.HOST, ())),
            origin_form=request.raw_path.startswith("/"),
        )
        return self._gate.admit(facts, request.raw_path)


async def listen(application: Any, gate: Gate, address: str, port: int) -> Listener:
    """Open the guarded port.

    Raises:
        OSError: the system refuses.
        NotImplementedError: this ComfyUI, or its aiohttp, offers no way.

    """
    if not all(hasattr(application, name) for name in ("_make_request", "_handle", "router")):
        raise NotImplementedError
    listener = Listener(application, gate)
    await listener.open(address, port)
    return listener


def _template(resource: Any) -> str | None:
    if resource is None:
        return None
    # What serves a folder, or an application in the application, answers every path below its own.
    return str(resource.canonical) if isinstance(resource, web.Resource) else f"{resource.canonical}/*"


def _refusal(request: web.BaseRequest, decision: Decision) -> web.Response:
    """Make the answer, which says nothing of what is behind the gate."""
    code, message = _REFUSALS[decision]
    response = answer({"error": {"code": code, "message": message}}, decision.value)
    # In the place of the versions of Python and aiohttp.
    response.headers[hdrs.SERVER] = ""
    if decision is Decision.UNAUTHORIZED:
        # RFC 9110, 15.5.2, has one with each; browsers know no such scheme, and ask nobody for a password.
        response.headers[hdrs.WWW_AUTHENTICATE] = "Key"
    if request.can_read_body:
        # Not read to its end for somebody who has no business here.
        response.force_close()
    return response


def _logger() -> logging.Logger:
    """Without the requests that nobody can read: ComfyUI serves its log to anyone, and they may hold the key."""
    logger = logging.getLogger("aiohttp.server.guarded_port")
    logger.addFilter(_is_of_interest)
    return logger


def _is_of_interest(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))

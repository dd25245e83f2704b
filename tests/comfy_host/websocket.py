"""The page's socket: anyone may open one, and a broadcast reaches all of them."""

import json
import logging
from typing import Any

from aiohttp import WSMsgType, web
from server import PromptServer, new_socket_id

from comfy_host.page_routes import FEATURES

log = logging.getLogger("comfy_host.websocket")


def add_websocket_route(server: PromptServer) -> None:
    @server.routes.get("/ws")
    async def connect(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        # A page that comes back keeps its id, and with it its place.
        sid = request.query.get("clientId") or new_socket_id()
        server.sockets[sid] = socket
        server.sockets_metadata[sid] = {"feature_flags": {}}
        try:
            await server.send("status", {"status": server.get_queue_info(), "sid": sid}, sid)
            first = True
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    flags = _feature_flags(message.data) if first else None
                    first = False
                    if flags is not None:
                        server.sockets_metadata[sid]["feature_flags"] = flags
                        await server.send("feature_flags", FEATURES, sid)
        finally:
            server.sockets.pop(sid, None)
            server.sockets_metadata.pop(sid, None)
        return socket


def _feature_flags(text: str) -> dict[str, Any] | None:
    try:
        message = json.loads(text)
    except ValueError:
        log.warning("Invalid JSON received from a client")
        return None
    if not isinstance(message, dict) or message.get("type") != "feature_flags":
        return None
    flags: dict[str, Any] = message.get("data", {})
    return flags

"""ComfyUI's server object, as packs see it."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, cast

import aiohttp
from aiohttp import web
from execution import PromptQueue

from comfy_host.users import UserManager


class PromptServer:
    instance: ClassVar["PromptServer"]

    # Set once it listens; asking before is an AttributeError, as in ComfyUI.
    address: str
    port: int
    # Set when it is made inside a running loop, else when the application starts.
    loop: asyncio.AbstractEventLoop

    def __init__(self, app: web.Application, user_manager: UserManager) -> None:
        PromptServer.instance = self
        self.app = app
        self.user_manager = user_manager
        self.routes = web.RouteTableDef()
        self.sockets: dict[str, web.WebSocketResponse] = {}
        self.sockets_metadata: dict[str, dict[str, Any]] = {}
        self.messages: asyncio.Queue[tuple[str, Any, str | None]] = asyncio.Queue()
        self.prompt_queue = PromptQueue(self)
        self.client_id: str | None = None
        self.last_node_id: str | None = None
        self.number = 0
        # For tests only: which packs failed to load, by folder name, with the traceback.
        self.failed_packs: dict[str, str] = {}
        with contextlib.suppress(RuntimeError):
            self.loop = asyncio.get_running_loop()

    def send_sync(self, event: str, data: Any, sid: str | None = None) -> None:
        self.loop.call_soon_threadsafe(self.messages.put_nowait, (event, data, sid))

    async def send(self, event: str, data: Any, sid: str | None = None) -> None:
        receivers = list(self.sockets) if sid is None else [sid]
        for receiver in receivers:
            socket = self.sockets.get(receiver)
            if socket is not None:
                # A page that went away must not keep the others from their message.
                with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                    await socket.send_json({"type": event, "data": data})

    async def publish_loop(self) -> None:
        while True:
            await self.send(*await self.messages.get())

    def queue_updated(self) -> None:
        self.send_sync("status", {"status": self.get_queue_info()})

    def next_number(self, body: Mapping[str, Any]) -> float:
        """Where a prompt stands in the queue: where it wants to, before all others, or behind."""
        if "number" in body:
            return float(body["number"])
        self.number += 1
        return 1 - self.number if body.get("front") else self.number - 1

    def get_queue_info(self) -> dict[str, Any]:
        return {"exec_info": {"queue_remaining": self.prompt_queue.get_tasks_remaining()}}


def forget_instance() -> None:
    # Before ComfyUI made its server, the class has no instance at all.
    with contextlib.suppress(AttributeError):
        del cast("Any", PromptServer).instance


def new_socket_id() -> str:
    return uuid.uuid4().hex

"""The queue over HTTP: prompts in, history and temporary pictures out."""

import functools
import logging
import os
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import folder_paths
from aiohttp import web
from execution import Item
from server import PromptServer

import nodes
from comfy_host.prompt_validation import validate

log = logging.getLogger("comfy_host.queue_routes")


def add_queue_routes(server: PromptServer) -> None:
    queue = _Queue(server)
    routes = server.routes
    routes.get("/view")(view)
    routes.get("/prompt")(queue.info)
    routes.get("/history")(queue.whole_history)
    routes.get("/history/{prompt_id}")(queue.history)
    routes.get("/queue")(queue.current)
    routes.post("/prompt")(queue.put)
    routes.post("/queue")(queue.change)
    routes.post("/interrupt")(queue.interrupt)
    routes.post("/history")(queue.change_history)


async def view(request: web.Request) -> web.StreamResponse:
    found = _file_or_status(request.query)
    if isinstance(found, int):
        return web.Response(status=found)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Disposition": f'filename="{found.name}"'}
    return web.FileResponse(found, headers=headers)


def _file_or_status(query: Mapping[str, str]) -> Path | int:
    name = query.get("filename")
    if name is None:
        return 404
    directory = folder_paths.get_directory_by_type(query.get("type", "output"))
    if not name or name.startswith("/") or ".." in name or directory is None:
        return 400
    root = Path(os.path.normpath(directory))
    folder = Path(os.path.normpath(root / query.get("subfolder", "")))
    if not folder.is_relative_to(root):
        return 403
    file = folder / Path(name).name
    return file if file.is_file() else 404


class _Queue:
    def __init__(self, server: PromptServer) -> None:
        self._server = server
        self._queue = server.prompt_queue

    async def info(self, request: web.Request) -> web.Response:
        return web.json_response(self._server.get_queue_info())

    async def whole_history(self, request: web.Request) -> web.Response:
        most, offset = request.query.get("max_items"), request.query.get("offset")
        found = self._queue.get_history(max_items=int(most) if most else None, offset=int(offset) if offset else -1)
        return web.json_response(found)

    async def history(self, request: web.Request) -> web.Response:
        return web.json_response(self._queue.get_history(prompt_id=request.match_info["prompt_id"]))

    async def current(self, request: web.Request) -> web.Response:
        running, pending = self._queue.get_current_queue_volatile()
        # Without what nobody may see.
        shown = {"queue_running": [item[:5] for item in running], "queue_pending": [item[:5] for item in pending]}
        return web.json_response(shown)

    async def put(self, request: web.Request) -> web.Response:
        log.info("got prompt")
        body = await request.json()
        number = self._server.next_number(body)
        if "prompt" not in body:
            return _refusal("no_prompt", "No prompt provided", "No prompt provided")
        prompt_id = body.get("prompt_id")
        if prompt_id is None:
            prompt_id = str(uuid.uuid4())
        if not _is_canonical(prompt_id):
            details = (
                "prompt_id must be a UUID string in canonical lowercase hyphenated form; "
                "omit it to let the server generate one"
            )
            return _refusal("invalid_prompt_id", "prompt_id must be a valid UUID", details)
        validity = validate(body["prompt"])
        if not validity.valid:
            log.warning("invalid prompt: %s", validity.error)
            return web.json_response({"error": validity.error, "node_errors": validity.node_errors}, status=400)
        extra_data = {**body.get("extra_data", {}), "create_time": int(time.time() * 1000)}
        if "client_id" in body:
            extra_data["client_id"] = body["client_id"]
        self._queue.put((number, prompt_id, body["prompt"], extra_data, validity.outputs, {}))
        return web.json_response({"prompt_id": prompt_id, "number": number, "node_errors": validity.node_errors})

    async def change(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("clear"):
            self._queue.wipe_queue()
        for prompt_id in body.get("delete", []):
            self._queue.delete_queue_item(functools.partial(_is_of, prompt_id))
        return web.Response()

    async def interrupt(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        running, _ = self._queue.get_current_queue()
        if not body.get("prompt_id") or body["prompt_id"] in {item[1] for item in running}:
            nodes.interrupt_processing()
        return web.Response()

    async def change_history(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("clear"):
            self._queue.wipe_history()
        for prompt_id in body.get("delete", []):
            self._queue.delete_history_item(prompt_id)
        return web.Response()


def _is_of(prompt_id: str, item: Item) -> bool:
    return bool(item[1] == prompt_id)


def _is_canonical(prompt_id: Any) -> bool:
    try:
        return bool(str(uuid.UUID(prompt_id)) == prompt_id)
    except (AttributeError, TypeError, ValueError):
        return False


def _refusal(kind: str, message: str, details: str) -> web.Response:
    error = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return web.json_response({"error": error, "node_errors": {}}, status=400)

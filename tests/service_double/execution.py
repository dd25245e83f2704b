"""Has a workflow run by the ComfyUI of a runner, as the service does it."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import Any

import aiohttp

from .runner_client import Answer, RunnerClient, RunnerTrouble
from .workflow_steps import Change, Steps, failed
from .workflows import Picture

_BETWEEN_LOOKS = 0.25
_LONGEST_RUN = 600.0
_STARTED = {"execution_start", "executing"}
_GONE = {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


async def execute(workflow_json: Mapping[str, Any], client: RunnerClient) -> Steps:
    """From the first call to the pictures that were made.

    Raises:
        RunnerTrouble: the runner could not be called, or did not answer as ComfyUI does.

    """
    client_id = uuid.uuid4().hex
    async with client.listen(client_id) as socket:
        yield {"status": "uploaded"}
        answer = await client.call("POST", "/prompt", body={"prompt": workflow_json, "client_id": client_id}, also=400)
        if answer.status == 400:
            yield _invalid(answer)
            return
        queued = _object(answer, "/prompt", "prompt_id", "number")
        prompt_id = queued["prompt_id"]
        yield {"status": "queued", "prompt_id": prompt_id, "queue_number": queued["number"]}
        runs = False
        deadline = time.monotonic() + _LONGEST_RUN
        while (done := await _history(client, prompt_id)) is None:
            if time.monotonic() > deadline:
                raise RunnerTrouble("runner did not finish in time")
            if await _starts(socket, prompt_id) and not runs:
                runs = True
                yield {"status": "running"}
        if not runs:
            yield {"status": "running"}
        yield await _ending(client, done)


async def _history(client: RunnerClient, prompt_id: str) -> dict[str, Any] | None:
    path = f"/history/{prompt_id}"
    done = _object(await client.call("GET", path), path).get(prompt_id)
    return done if isinstance(done, dict) else None


async def _starts(socket: "aiohttp.ClientWebSocketResponse[bool]", prompt_id: str) -> bool:
    """Wait for word of the prompt, but not beyond the next look into the history; whether it says that it runs."""
    try:
        return await asyncio.wait_for(_word_of(socket, prompt_id), _BETWEEN_LOOKS) in _STARTED
    except asyncio.TimeoutError:
        return False


async def _word_of(socket: "aiohttp.ClientWebSocketResponse[bool]", prompt_id: str) -> str:
    while True:
        message = await socket.receive()
        if message.type in _GONE:
            # The history tells it as well, only later.
            await asyncio.sleep(_LONGEST_RUN)
        if message.type is aiohttp.WSMsgType.TEXT:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                said = json.loads(message.data)
                if said["data"]["prompt_id"] == prompt_id:
                    return str(said["type"])


async def _ending(client: RunnerClient, done: Mapping[str, Any]) -> Change:
    status = done.get("status") or {}
    if status.get("status_str") != "error":
        return {"status": "completed", "pictures": await _pictures(client, done.get("outputs") or {})}
    messages = dict(status.get("messages", []))
    if "execution_interrupted" in messages:
        return {"status": "cancelled"}
    error = messages.get("execution_error", {})
    return failed(
        error.get("exception_message", ""), node=error.get("node_id"), exception_type=error.get("exception_type")
    )


async def _pictures(client: RunnerClient, outputs: Mapping[str, Any]) -> tuple[Picture, ...]:
    made = []
    for output in outputs.values():
        for image in output.get("images", []):
            answer = await client.call("GET", "/view", query=image)
            made.append(Picture(image["filename"], answer.media_type, answer.content))
    return tuple(made)


def _invalid(answer: Answer) -> Change:
    said = _object(answer, "/prompt", "error", "node_errors")
    error = said["error"]
    node = next(iter(said["node_errors"]), None) or error.get("extra_info", {}).get("node_id")
    message = f"{error['message']}: {error['details']}"
    return failed(message, node=node, exception_type=error["type"], status="invalid")


def _object(answer: Answer, path: str, *names: str) -> dict[str, Any]:
    said = answer.json()
    if not isinstance(said, dict) or not said.keys() >= set(names):
        raise RunnerTrouble(f"runner did not answer {path} as ComfyUI does")
    return said

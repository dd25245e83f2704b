"""The queue of the small host: what is sent to it is run, seen on the socket, and found in the history."""

import asyncio
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import folder_paths
import pytest
from aiohttp import ClientWebSocketResponse
from host.fixture_types import Client, Serve, WritePack
from host.prompts import CLIENT_ID, REFUSED, changed, picture
from server import PromptServer

import nodes

WAITING = """
import threading
GOES_ON = threading.Event()

class Waits:
    RETURN_TYPES = ()
    FUNCTION = "wait"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {})}, "hidden": {"node": "UNIQUE_ID"}}

    def wait(self, text, node):
        assert GOES_ON.wait(10)
        return {"ui": {"text": [text, node]}}

NODE_CLASS_MAPPINGS = {"Waits": Waits}
"""
WAIT = {"7": {"class_type": "Waits", "inputs": {"text": "a word"}}}


def read_files(folder: str) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in Path(folder).glob("*")}


async def send(client: Client, prompt: Any, **more: Any) -> Any:
    answer = await client.post("/prompt", json={"prompt": prompt, "client_id": CLIENT_ID, **more})
    return await answer.json()


async def until(is_so: Callable[[], Any]) -> None:
    while not is_so():  # noqa: ASYNC110 - what is waited for happens in a thread of the host
        await asyncio.sleep(0.01)


async def ended(client: Client, prompt_id: str) -> Any:
    await until(lambda: PromptServer.instance.prompt_queue.get_history(prompt_id=prompt_id))
    return (await (await client.get(f"/history/{prompt_id}")).json())[prompt_id]


async def told_until_the_end(socket: ClientWebSocketResponse) -> list[tuple[str, Any]]:
    messages = []
    while True:
        message = await socket.receive_json(timeout=10)
        if message["type"] != "status":
            messages.append((message["type"], message["data"]))
        if message["type"] == "executing" and message["data"]["node"] is None:
            return messages


async def test_a_picture_is_computed_and_left_in_the_temporary_folder(serve: Serve, tmp_path: Path) -> None:
    client = await serve()
    sent = await send(client, picture(width=3, height=2, color=0x010203))
    assert (sent["number"], sent["node_errors"]) == (0, {})
    done = await ended(client, sent["prompt_id"])
    (image,) = done["outputs"]["2"]["images"]
    assert image == {"filename": image["filename"], "subfolder": "", "type": "temp"}
    assert image["filename"].startswith("ComfyUI_temp_")
    answer = await client.get("/view", params=image)
    content = await answer.read()
    assert (answer.content_type, content[:8], content[16:24]) == (
        "image/png",
        b"\x89PNG\r\n\x1a\n",
        b"\0\0\0\x03\0\0\0\x02",
    )
    place = content.index(b"IDAT")
    assert zlib.decompress(content[place + 4 :][: int.from_bytes(content[place - 4 : place], "big")]) == 2 * (
        b"\0" + 3 * b"\1\2\3"
    )
    assert read_files(folder_paths.get_output_directory()) == {}
    assert read_files(folder_paths.get_temp_directory()) == {image["filename"]: content}


async def test_each_step_is_told_to_the_socket_of_who_sent_it(serve: Serve) -> None:
    client = await serve()
    async with client.ws_connect(f"/ws?clientId={CLIENT_ID}") as mine, client.ws_connect("/ws?clientId=other") as other:
        prompt_id = (await send(client, picture()))["prompt_id"]
        told = await told_until_the_end(mine)
        assert [(kind, data.get("node")) for kind, data in told] == [
            ("execution_start", None),
            ("execution_cached", None),
            ("executing", "1"),
            ("executing", "2"),
            ("executed", "2"),
            ("execution_success", None),
            ("executing", None),
        ]
        assert {data["prompt_id"] for _, data in told} == {prompt_id}
        PromptServer.instance.send_sync("last", {})
        remaining = []
        while (message := await other.receive_json(timeout=10))["type"] != "last":
            assert message["type"] == "status"
            remaining.append(message["data"]["status"]["exec_info"]["queue_remaining"])
        # Connected, put, taken, done.
        assert remaining == [0, 1, 1, 0]


async def test_a_pack_finds_the_prompt_in_the_queue_and_in_the_history(serve: Serve, write_pack: WritePack) -> None:
    write_pack("tiny-pack", WAITING)
    client = await serve()
    sent = [await send(client, WAIT, extra_data={"a": 1}) for _ in range(2)]
    queue = PromptServer.instance.prompt_queue
    await until(lambda: queue.get_current_queue()[0])
    (running,), (pending,) = queue.get_current_queue()
    assert [(item[0], item[1], item[2], item[4]) for item in (running, pending)] == [
        (number, each["prompt_id"], WAIT, ["7"]) for number, each in enumerate(sent)
    ]
    assert queue.get_history(prompt_id=sent[0]["prompt_id"]) == {}
    shown = await (await client.get("/queue")).json()
    assert [item[1] for item in shown["queue_running"] + shown["queue_pending"]] == [each["prompt_id"] for each in sent]
    assert {len(item) for item in shown["queue_running"] + shown["queue_pending"]} == {5}
    await client.post("/queue", json={"delete": [sent[1]["prompt_id"]]})
    assert queue.get_tasks_remaining() == 1
    nodes.NODE_CLASS_MAPPINGS["Waits"].wait.__globals__["GOES_ON"].set()
    served = await ended(client, sent[0]["prompt_id"])
    (held,) = queue.get_history(max_items=5).values()
    assert held["prompt"][:3] == (0, sent[0]["prompt_id"], WAIT)
    assert (held["prompt"][3]["a"], held["prompt"][3]["client_id"], held["prompt"][4:]) == (1, CLIENT_ID, (["7"],))
    assert held["outputs"] == served["outputs"] == {"7": {"text": ["a word", "7"]}}
    assert (held["status"]["status_str"], held["status"]["completed"]) == ("success", True)
    assert [kind for kind, _ in held["status"]["messages"]] == [
        "execution_start",
        "execution_cached",
        "execution_success",
    ]
    await client.post("/history", json={"delete": [sent[0]["prompt_id"]]})
    assert await (await client.get("/history")).json() == {}


async def test_what_is_interrupted_has_an_end_of_its_own(serve: Serve, write_pack: WritePack) -> None:
    write_pack("tiny-pack", WAITING)
    client = await serve()
    prompt_id = (await send(client, {**WAIT, "8": WAIT["7"]}))["prompt_id"]
    await until(lambda: PromptServer.instance.last_node_id)
    await client.post("/interrupt", json={"prompt_id": "another"})
    await client.post("/interrupt", json={"prompt_id": prompt_id})
    nodes.NODE_CLASS_MAPPINGS["Waits"].wait.__globals__["GOES_ON"].set()
    status = (await ended(client, prompt_id))["status"]
    kind, said = status["messages"][-1]
    assert (status["status_str"], status["completed"], kind) == ("error", False, "execution_interrupted")
    assert (said["node_id"], said["node_type"], said["executed"]) == ("8", "Waits", ["7"])


async def test_a_node_can_be_made_to_fail(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(nodes.FAILING_NODE, "PreviewImage")
    client = await serve()
    done = await ended(client, (await send(client, picture()))["prompt_id"])
    kind, said = done["status"]["messages"][-1]
    assert (done["status"]["status_str"], done["outputs"], kind) == ("error", {}, "execution_error")
    assert (said["node_id"], said["node_type"], said["executed"]) == ("2", "PreviewImage", ["1"])
    assert (said["exception_type"], said["exception_message"]) == ("RuntimeError", "PreviewImage was made to fail\n")
    monkeypatch.delenv(nodes.FAILING_NODE)
    again = await ended(client, (await send(client, picture()))["prompt_id"])
    assert again["status"]["completed"]


@pytest.mark.parametrize("case", REFUSED)
async def test_what_is_no_workflow_is_not_queued(serve: Serve, case: str) -> None:
    client = await serve()
    answer = await client.post("/prompt", json=REFUSED[case])
    assert answer.status == 400
    said = await answer.json()
    assert said["error"].keys() == {"type", "message", "details", "extra_info"}
    assert PromptServer.instance.prompt_queue.get_tasks_remaining() == 0
    assert PromptServer.instance.prompt_queue.get_history() == {}


async def test_a_bad_output_does_not_keep_a_good_one_from_being_made(serve: Serve) -> None:
    client = await serve()
    prompt = {**picture(), "3": changed(picture(), "2", inputs={})["2"]}
    sent = await send(client, prompt)
    assert {node: error["dependent_outputs"] for node, error in sent["node_errors"].items()} == {"3": ["3"]}
    assert (await ended(client, sent["prompt_id"]))["outputs"].keys() == {"2"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("filename=", 400),
        ("filename=secret.txt", 404),
        ("filename=../secret.txt&type=temp", 400),
        ("filename=/secret.txt&type=temp", 400),
        ("filename=secret.txt&type=unknown", 400),
        ("filename=secret.txt&subfolder=..&type=output", 403),
        ("filename=secret.txt&subfolder=/etc&type=temp", 403),
    ],
)
async def test_only_pictures_can_be_viewed(serve: Serve, user_directory: Path, query: str, status: int) -> None:
    client = await serve()
    (user_directory.parent / "secret.txt").write_text("secret")
    assert (await client.get(f"/view?{query}")).status == status

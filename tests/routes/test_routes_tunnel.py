"""The tunnel as the page asks for it: opened by owners only, with no word of theirs in what is started."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from routes.comfyui_with_pack import Browser, ComfyUI


async def until(ask: Callable[[], Awaitable[Any]], is_so: Callable[[Any], bool]) -> Any:
    async def wait() -> Any:
        while not is_so(found := await ask()):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.02)
        return found

    return await asyncio.wait_for(wait(), 20)


async def test_without_an_agent_the_answer_says_how_to_get_one(comfyui: ComfyUI, owner: Browser) -> None:
    answer = await owner.ask("GET", "/tunnel")
    assert answer.status == 200
    assert (answer.content["tunnel"]["state"], answer.content["tunnel"]["next_step"]) == ("off", "")
    agents = answer.content["agents"]
    assert [agent["name"] for agent in agents] == ["cloudflared", "tailscale", "ngrok"]
    assert not any(agent["is_installed"] for agent in agents)
    assert all(agent["downloads"].startswith("https://") for agent in agents)
    opened = await owner.ask("POST", "/tunnel", {"agent": None})
    assert opened.status == 202
    failed = await until(lambda: owner.ask("GET", "/tunnel"), lambda got: got.content["tunnel"]["state"] == "failed")
    told = failed.content["tunnel"]
    assert (told["code"], told["agent"]) == ("agent_missing", "cloudflared")
    assert "again_at" not in told
    assert told["message"].startswith("cloudflared")
    # An owner's status says the same, so that a row needs no question of its own; a stranger's says nothing of it.
    assert (await owner.status())["tunnel"] == told
    assert "tunnel" not in await comfyui.browser().status()
    assert (await owner.ask("DELETE", "/tunnel")).content["tunnel"]["state"] == "off"
    assert "tunnel" not in await owner.status()


@pytest.mark.parametrize(
    "body",
    [
        {"agent": "frp"},
        {"agent": "../cloudflared"},
        {"agent": "/tmp/cloudflared"},  # noqa: S108 - a word, not a file
        {"agent": ["cloudflared", "--url", "http://127.0.0.1:22"]},
        {"agent": "cloudflared --url http://127.0.0.1:22"},
        {"agent": 0},
    ],
)
async def test_no_program_and_no_argument_comes_from_a_request(owner: Browser, body: dict[str, Any]) -> None:
    answer = await owner.ask("POST", "/tunnel", body)
    assert (answer.status, answer.code) == (400, "body_invalid")
    assert (await owner.ask("GET", "/tunnel")).content["tunnel"]["state"] == "off"


async def test_what_else_is_in_a_body_does_nothing(owner: Browser) -> None:
    more = {"program": "/bin/sh", "arguments": ["-c", "id"], "url": "http://127.0.0.1:22", "environment": {"A": "b"}}
    assert (await owner.ask("POST", "/tunnel", {"agent": "cloudflared", **more})).status == 202
    failed = await until(lambda: owner.ask("GET", "/tunnel"), lambda got: got.content["tunnel"]["state"] == "failed")
    assert failed.content["tunnel"]["code"] == "agent_missing"
    assert "/bin/sh" not in json.dumps(failed.content)

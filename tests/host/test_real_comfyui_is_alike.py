"""The same requests to the small host and to a real ComfyUI: what the small one teaches has to be true."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import requests
from host.alike_requests import ASKED, Ask
from host.prompts import CLIENT_ID, REFUSED, picture

from comfy_host import surroundings
from comfy_host.process import HostOptions, HostProcess, start_real_comfyui, start_small_host

pytestmark = [pytest.mark.real_comfyui, pytest.mark.timeout(300)]

SOURCE = """
from aiohttp import web
from comfy import model_management
from comfy.cli_args import args
from comfyui_version import __version__
from server import PromptServer
import folder_paths
import nodes

WEB_DIRECTORY = "./web"

class Tiny:
    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"
    CATEGORY = "tiny"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {"default": ""})}}

NODE_CLASS_MAPPINGS = {"TinyNode": Tiny}
NODE_DISPLAY_NAME_MAPPINGS = {"TinyNode": "A tiny node"}
EARLY = [hasattr(PromptServer.instance, name) for name in ("address", "port", "loop", "user_manager", "app", "routes")]

@PromptServer.instance.routes.get("/tiny/facts")
async def facts(request):
    server = PromptServer.instance
    device = model_management.get_torch_device()
    return web.json_response({
        "early": EARLY,
        "name": __name__.endswith("my_x_tiny-pack"),
        "bound": [server.address, server.port == args.port, args.listen, args.tls_certfile, args.multi_user],
        "system": folder_paths.get_system_user_directory("tiny").replace(folder_paths.get_user_directory(), ""),
        "folders": nodes.LOADED_MODULE_DIRS["my.tiny-pack"] == folder_paths.get_folder_paths("custom_nodes")[0]
        + __import__("os").sep + "my.tiny-pack",
        "settings": server.user_manager.settings.get_settings(request),
        "user": server.user_manager.get_request_user_id(request),
        "device": [device.type, type(model_management.get_torch_device_name(device)).__name__,
                   type(model_management.get_total_memory(device)).__name__],
        "version": __version__,
    })

@PromptServer.instance.routes.post("/tiny/json")
async def echo(request):
    return web.json_response(await request.json())

@PromptServer.instance.routes.get("/tiny/fault")
async def fault(request):
    raise RuntimeError("a fault of the pack")
"""

COMPARED = ["Cache-Control", "Content-Security-Policy", "Content-Disposition", "X-Content-Type-Options", "Allow"]
COMPARED += [f"Access-Control-Allow-{name}" for name in ("Origin", "Methods", "Headers", "Credentials")]

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "all options": {"multi_user": True, "disable_api_nodes": True, "enable_cors_header": "*"},
}


@pytest.fixture(scope="module", params=VARIANTS)
def hosts(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[HostProcess, HostProcess]]:
    comfyui, python = surroundings.real_comfyui()
    folder = tmp_path_factory.mktemp("alike")
    frontend = folder / "frontend"
    frontend.mkdir()
    (frontend / "index.html").write_text("<title>page</title>")

    def options(kind: str) -> HostOptions:
        users = folder / kind / "user"
        (users / "__tiny").mkdir(parents=True)
        (users / "__tiny" / "token").write_text("secret")
        return HostOptions(
            pack=_pack(folder / kind),
            user_directory=users,
            frontend=frontend,
            pack_name="my.tiny-pack",
            **VARIANTS[request.param],
        )

    small = start_small_host(options("small"))
    real = start_real_comfyui(comfyui, python, options("real"))
    with small, real:
        yield small, real


def test_both_answer_alike(hosts: tuple[HostProcess, HostProcess]) -> None:
    differences: list[str] = []
    for ask in ASKED:
        small, real = (_answer(host, ask) for host in hosts)
        differences += [
            f"{ask}: {name} is {small.get(name)!r}, in ComfyUI {real.get(name)!r}"
            for name in sorted({*small, *real})
            if small.get(name) != real.get(name)
        ]
    assert differences == []


@pytest.mark.parametrize("case", REFUSED)
def test_a_prompt_that_is_not_queued_is_refused_alike(hosts: tuple[HostProcess, HostProcess], case: str) -> None:
    small, real = (requests.post(f"{host.url}/prompt", json=REFUSED[case], timeout=10) for host in hosts)
    assert (small.status_code, small.json()) == (real.status_code, real.json())


async def test_a_workflow_is_run_alike(hosts: tuple[HostProcess, HostProcess]) -> None:
    small, real = [await _run(host) for host in hosts]
    assert small == real


def test_users_are_kept_apart_alike(hosts: tuple[HostProcess, HostProcess]) -> None:
    seen = []
    for host in hosts:
        ann, bob = (requests.post(f"{host.url}/users", json={"username": name}, timeout=10).json() for name in "ab")
        requests.post(f"{host.url}/settings", json={"Tiny.A": "a"}, headers={"comfy-user": ann}, timeout=10)
        asked = [
            requests.get(f"{host.url}/{path}", headers={"comfy-user": user}, timeout=10)
            for path in ("tiny/facts", "settings/Tiny.A", "userdata/comfy.settings.json", "v2/userdata")
            for user in (ann, bob, "__tiny", "nobody")
        ]
        refused = [
            requests.post(f"{host.url}/users", json={"username": name}, timeout=10).status_code
            for name in ("a", "__tiny", " ")
        ]
        seen.append(([each.status_code for each in asked], asked[4].json(), asked[5].json(), refused))
        assert ann[:2] == "a_"
    assert seen[0] == seen[1]


def test_neither_serves_the_protected_folder(hosts: tuple[HostProcess, HostProcess]) -> None:
    for host in hosts:
        for ask in ASKED:
            if "__tiny" in ask.path:
                assert "secret" not in requests.request(ask.method, host.url + ask.path, timeout=10).text


async def _run(host: HostProcess) -> dict[str, Any]:
    """What is seen of a run, without what is another each time."""
    told: list[Any] = []
    async with (
        aiohttp.ClientSession(host.url) as session,
        session.ws_connect(f"/ws?clientId={CLIENT_ID}") as socket,
    ):
        body = {"prompt": picture(), "client_id": CLIENT_ID, "extra_data": {"extra_pnginfo": {}}}
        queued = await (await session.post("/prompt", json=body)).json()
        prompt_id = queued["prompt_id"]
        while not told or told[-1] != {"type": "executing", "data": {"node": None, "prompt_id": prompt_id}}:
            message = await socket.receive(timeout=30)
            # ComfyUI tells of progress as well, which nothing here needs.
            if message.type is aiohttp.WSMsgType.TEXT and '"progress_state"' not in message.data:
                told.append(json.loads(message.data))
        history = await (await session.get(f"/history/{prompt_id}")).json()
        (image,) = history[prompt_id]["outputs"]["2"]["images"]
        viewed = await session.get("/view", params=image)
    names = {*COMPARED, "Content-Type"} - {"Content-Disposition"}
    shown = {name: viewed.headers.get(name) for name in names}
    seen = json.dumps({"queued": queued, "told": told, "history": history, "viewed": shown})
    seen = seen.replace(prompt_id, "the id").replace(image["filename"][:18], "ComfyUI_temp_?????")
    return dict(json.loads(re.sub(r'("(?:timestamp|create_time)": )\d+', r"\1null", seen)))


def _pack(parent: Path) -> Path:
    pack = parent / "pack"
    files = {
        "__init__.py": SOURCE,
        "web/row.js": "",
        "web/row.css": "",
        "web/late.mjs": "",
        "web/shot.png": "",
        "locales/en/main.json": '{"tiny": {"a": "A"}}',
        "locales/en/settings.json": '{"Tiny_Row": {"name": "Row"}}',
        "example_workflows/first.json": "{}",
    }
    for name, text in files.items():
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_text(text)
    return pack


def _answer(host: HostProcess, ask: Ask) -> dict[str, Any]:
    answer = requests.request(ask.method, host.url + ask.path, json=ask.json, headers=ask.headers, timeout=10)
    found: dict[str, Any] = {"status": answer.status_code}
    found.update({name: answer.headers[name] for name in COMPARED if name in answer.headers})
    if ask.body and answer.ok:
        body = answer.json()
        if isinstance(body, dict):
            # The small host has a card, the real one runs on the processor.
            body.pop("device", None)
        found["body"] = body
    return found

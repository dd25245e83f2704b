import sys
from pathlib import Path

import pytest
from host.fixture_types import Serve, WritePack
from server import PromptServer

import nodes
from comfy_host.app import build_host
from comfy_host.loader import load_pack, load_pack_as, module_name_of
from comfy_host.process import mount_pack

CORE_NODES = {"EmptyImage", "PreviewImage"}
ROUTE = """
from aiohttp import web
from server import PromptServer

@PromptServer.instance.routes.get("/tiny/hello")
async def hello(request):
    return web.json_response("hello")
"""


def test_module_name_is_the_full_path_with_dots_replaced(write_pack: WritePack) -> None:
    folder = write_pack("my.pack-1", "NAME = __name__\nNODE_CLASS_MAPPINGS = {}\n")
    module = load_pack(folder)
    assert str(folder).replace(".", "_x_") == module.NAME
    assert "my_x_pack-1" in module.NAME
    assert sys.modules[module_name_of(folder)] is module


def test_relative_imports_work_and_absolute_ones_do_not(write_pack: WritePack) -> None:
    folder = write_pack("tiny-pack", "from .part import ANSWER\nNODE_CLASS_MAPPINGS = {}\n", part_py="ANSWER = 42\n")
    assert load_pack(folder).ANSWER == 42
    absolute = write_pack("other-pack", "from part import ANSWER\n", part_py="ANSWER = 42\n")
    assert not hasattr(load_pack(absolute), "ANSWER")


def test_a_pack_without_nodes_still_gets_its_scripts_served(clean_stand_ins: None, write_pack: WritePack) -> None:
    folder = write_pack("tiny-pack", 'WEB_DIRECTORY = "./web"\n', web__row_js="")
    load_pack(folder)
    assert {"tiny-pack": str(folder / "web")} == nodes.EXTENSION_WEB_DIRS
    assert set(nodes.NODE_CLASS_MAPPINGS) == CORE_NODES


def test_nodes_carry_the_name_of_their_pack(clean_stand_ins: None, write_pack: WritePack) -> None:
    source = 'class Tiny: pass\nNODE_CLASS_MAPPINGS = {"Tiny": Tiny}\nNODE_DISPLAY_NAME_MAPPINGS = {"Tiny": "A node"}\n'
    load_pack(write_pack("tiny-pack", source))
    assert nodes.NODE_CLASS_MAPPINGS["Tiny"].RELATIVE_PYTHON_MODULE == "custom_nodes.tiny-pack"
    assert nodes.NODE_DISPLAY_NAME_MAPPINGS["Tiny"] == "A node"


async def test_a_failing_pack_keeps_the_routes_it_had_registered(serve: Serve, write_pack: WritePack) -> None:
    folder = write_pack("tiny-pack", f"{ROUTE}\nraise RuntimeError('half way')\n")
    client = await serve()
    assert await (await client.get("/tiny/hello")).json() == "hello"
    assert "half way" in PromptServer.instance.failed_packs["tiny-pack"]
    assert module_name_of(folder) in sys.modules
    assert "Cannot import" in await (await client.get("/internal/logs")).json()


async def test_a_failing_pack_does_not_take_the_next_one_with_it(serve: Serve, write_pack: WritePack) -> None:
    write_pack("a-broken-pack", "import no_such_module_anywhere\n")
    write_pack("tiny-pack", f"{ROUTE}\nNODE_CLASS_MAPPINGS = {{}}\n")
    client = await serve()
    assert (await client.get("/tiny/hello")).status == 200
    assert list(PromptServer.instance.failed_packs) == ["a-broken-pack"]


async def test_a_disabled_pack_is_not_loaded(serve: Serve, write_pack: WritePack) -> None:
    write_pack("tiny-pack.disabled", f"{ROUTE}\nNODE_CLASS_MAPPINGS = {{}}\n")
    client = await serve()
    assert (await client.get("/tiny/hello")).status == 404


@pytest.mark.parametrize("prefix", ["", "/api"])
async def test_a_route_of_a_pack_is_served_bare_and_under_api(serve: Serve, write_pack: WritePack, prefix: str) -> None:
    write_pack("tiny-pack", f"{ROUTE}\nNODE_CLASS_MAPPINGS = {{}}\n")
    client = await serve()
    assert await (await client.get(f"{prefix}/tiny/hello")).json() == "hello"


def test_every_host_of_one_process_gets_a_fresh_pack(
    clean_stand_ins: None, write_pack: WritePack, custom_nodes: Path, user_directory: Path
) -> None:
    source = "from . import state\nstate.SEEN.append(1)\nCOUNT = len(state.SEEN)\nNODE_CLASS_MAPPINGS = {}\n"
    folder = write_pack("tiny-pack", source, state_py="SEEN = []\n")
    for _ in range(2):
        build_host(user_directory, [custom_nodes])
        assert sys.modules[module_name_of(folder)].COUNT == 1


def test_a_fixed_name_makes_the_packs_modules_importable(write_pack: WritePack) -> None:
    folder = write_pack("tiny-pack", "NODE_CLASS_MAPPINGS = {}\n", part_py="ANSWER = 42\n")
    name = "pack_of_the_fixed_name_test"
    first = load_pack_as(folder, name)
    assert load_pack_as(folder, name) is first
    part = __import__(f"{name}.part", fromlist=["part"])
    assert part.ANSWER == 42


async def test_a_patched_module_is_the_one_that_the_host_uses(
    serve: Serve, write_pack: WritePack, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (
        "from aiohttp import web\nfrom server import PromptServer\nfrom . import part\nNODE_CLASS_MAPPINGS = {}\n"
        "@PromptServer.instance.routes.get('/tiny/answer')\n"
        "async def answer(request):\n    return web.json_response(part.ANSWER)\n"
    )
    write_pack("tiny-pack", source, part_py="ANSWER = 42\n")
    client = await serve(module_name="pack_of_the_patch_test")
    monkeypatch.setattr("pack_of_the_patch_test.part.ANSWER", 43)
    assert await (await client.get("/tiny/answer")).json() == 43


def test_a_mounted_pack_is_a_copy_without_what_a_clone_would_not_hold(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for file in ["__init__.py", ".git/config", ".venv/python", "tests/output/shot.png", "web/row.js"]:
        (source / file).parent.mkdir(parents=True, exist_ok=True)
        (source / file).write_text("")
    target = mount_pack(source, tmp_path / "custom_nodes", "comfyui-tiny.pack")
    found = sorted(each.relative_to(target).as_posix() for each in target.rglob("*") if each.is_file())
    assert found == ["__init__.py", "web/row.js"]

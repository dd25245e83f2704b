import json
import logging
from pathlib import Path

import folder_paths
import pytest
from comfy import model_management
from comfy.cli_args import args
from comfy.model_management import NO_GPU
from host.fixture_types import Serve, WritePack
from server import PromptServer

from comfy_host.app import build_host


async def test_texts_of_all_packs_are_merged(serve: Serve, write_pack: WritePack) -> None:
    write_pack(
        "a-pack",
        locales__en__main_json=json.dumps({"tiny": {"a": "A", "b": "B"}}),
        locales__en__settings_json=json.dumps({"Tiny_Row": {"name": "Row"}}),
    )
    write_pack(
        "b-pack",
        locales__en__main_json=json.dumps({"tiny": {"b": "later"}}),
        locales__de__commands_json=json.dumps({"Tiny_Open": {"label": "Auf"}}),
        locales__fr__main_json="{ torn",
    )
    client = await serve()
    assert await (await client.get("/api/i18n")).json() == {
        "en": {"tiny": {"a": "A", "b": "later"}, "settings": {"Tiny_Row": {"name": "Row"}}},
        "de": {"commands": {"Tiny_Open": {"label": "Auf"}}},
    }


async def test_scripts_are_listed_and_never_cached(serve: Serve, write_pack: WritePack, tmp_path: Path) -> None:
    frontend = tmp_path / "frontend"
    (frontend / "extensions" / "core").mkdir(parents=True)
    (frontend / "extensions" / "core" / "a.js").write_text("")
    (frontend / "index.html").write_text("<title>page</title>")
    source = 'WEB_DIRECTORY = "./web"\nNODE_CLASS_MAPPINGS = {}\n'
    write_pack("tiny-pack", source, web__row_js="let a", web__deep__part_js="", web__late_mjs="", web__row_css="")
    client = await serve(frontend=frontend)
    assert await (await client.get("/extensions")).json() == [
        "/extensions/core/a.js",
        "/extensions/tiny-pack/deep/part.js",
        "/extensions/tiny-pack/row.js",
    ]
    script = await client.get("/extensions/tiny-pack/row.js")
    assert (script.status, script.headers["Cache-Control"]) == (200, "no-store")
    assert (await client.get("/extensions/tiny-pack/row.css")).headers["Cache-Control"] == "no-store"
    late = await client.get("/extensions/tiny-pack/late.mjs")
    assert late.status == 200
    assert "Cache-Control" not in late.headers
    assert "no-store" in (await client.get("/")).headers["Cache-Control"]
    assert (await client.get("/extensions/core/a.js")).status == 200
    assert (await client.get("/settings")).headers.get("Cache-Control") is None


async def test_nodes_and_workflows_of_a_pack_are_offered(serve: Serve, write_pack: WritePack) -> None:
    source = (
        "class Tiny:\n"
        "    RETURN_TYPES = ('STRING',)\n"
        "    CATEGORY = 'tiny'\n"
        "    @classmethod\n"
        "    def INPUT_TYPES(cls):\n"
        "        return {'required': {'text': ('STRING', {})}}\n"
        "NODE_CLASS_MAPPINGS = {'Tiny': Tiny}\n"
    )
    write_pack("tiny-pack", source, example_workflows__first_json="{}")
    client = await serve()
    info = await (await client.get("/object_info")).json()
    assert info.keys() == {"EmptyImage", "PreviewImage", "Tiny"}
    assert info["Tiny"]["python_module"] == "custom_nodes.tiny-pack"
    assert info["Tiny"]["input_order"] == {"required": ["text"]}
    assert await (await client.get("/object_info/Tiny")).json() == {"Tiny": info["Tiny"]}
    assert await (await client.get("/workflow_templates")).json() == {"tiny-pack": ["first"]}
    assert (await client.get("/api/workflow_templates/tiny-pack/first.json")).status == 200


async def test_whatever_is_logged_is_served_to_anyone(serve: Serve) -> None:
    client = await serve()
    logging.getLogger("tiny").warning("a line with a token in it")
    assert "a line with a token in it" in await (await client.get("/internal/logs")).json()
    entries = (await (await client.get("/internal/logs/raw")).json())["entries"]
    assert any("a token" in entry["m"] for entry in entries)


async def test_a_log_of_an_earlier_host_is_not_served(serve: Serve) -> None:
    await serve()
    logging.getLogger("tiny").warning("said before")
    client = await serve()
    assert "said before" not in await (await client.get("/internal/logs")).json()


def test_a_graphics_card_is_named_as_comfyui_names_it(clean_stand_ins: None, user_directory: Path) -> None:
    device = model_management.get_torch_device()
    assert str(device) == "cuda:0"
    assert model_management.get_torch_device_name(device) == "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync"
    assert model_management.get_total_memory(device) == 25757220864
    build_host(user_directory, [], hardware=NO_GPU)
    assert model_management.get_torch_device_name(model_management.get_torch_device()) == "cpu"


async def test_the_machine_is_described_to_anyone(serve: Serve) -> None:
    client = await serve()
    stats = await (await client.get("/system_stats")).json()
    assert stats["devices"][0]["vram_total"] == 25757220864
    assert stats["system"]["comfyui_version"] == "0.33.0"
    assert isinstance(stats["system"]["argv"], list)


def test_a_system_users_folder_is_named_but_not_made(clean_stand_ins: None, user_directory: Path) -> None:
    build_host(user_directory, [])
    folder = folder_paths.get_system_user_directory("tiny")
    assert Path(folder) == user_directory / "__tiny"
    assert not Path(folder).exists()
    for bad in ["", "_tiny", "../tiny"]:
        with pytest.raises(ValueError, match="system user"):
            folder_paths.get_system_user_directory(bad)


def test_comfyui_before_0_3_76_has_no_system_users(clean_stand_ins: None, user_directory: Path) -> None:
    build_host(user_directory, [], knows_system_users=False)
    assert not hasattr(folder_paths, "get_system_user_directory")
    with pytest.raises(ImportError):
        exec("from folder_paths import get_system_user_directory", {})  # noqa: S102 - the statement packs use
    assert folder_paths.get_user_directory() == str(user_directory)


def test_a_host_that_does_not_listen_has_no_address(clean_stand_ins: None, user_directory: Path) -> None:
    host = build_host(user_directory, [], multi_user=True)
    assert not hasattr(host, "address")
    assert not hasattr(host, "port")
    assert args.multi_user
    build_host(user_directory, [])
    assert not args.multi_user


def test_stand_ins_without_a_host_have_no_server(clean_stand_ins: None) -> None:
    assert not hasattr(PromptServer, "instance")

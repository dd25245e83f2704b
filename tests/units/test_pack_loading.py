import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from aiohttp import web

import nodes
from comfy_host.app import build_host, reset_stand_ins
from comfy_host.loader import load_pack
from comfy_host.mount import mount_pack

ROOT = Path(__file__).parents[2]
OURS = {
    ("GET", "/comfycontrol/status"),
    ("GET", "/comfycontrol/suggestions"),
    ("GET", "/comfycontrol/identity"),
    ("POST", "/comfycontrol/endpoint-check"),
    ("PUT", "/comfycontrol/token"),
    ("DELETE", "/comfycontrol/token"),
    ("POST", "/comfycontrol/runner"),
    ("PATCH", "/comfycontrol/runner"),
    ("POST", "/comfycontrol/template-form"),
    ("POST", "/comfycontrol/template"),
}


@pytest.fixture(autouse=True)
def no_host_left_behind() -> Iterator[None]:
    reset_stand_ins()
    yield
    reset_stand_ins()


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack without what the mounting leaves out, so that each test copies little."""
    folder = tmp_path_factory.mktemp("sources") / "pack"
    folder.mkdir()
    for room in ("comfycontrol", "server_routes", "nodes", "web"):
        mount_pack(ROOT / room, folder, room)
    (folder / "__init__.py").write_bytes((ROOT / "__init__.py").read_bytes())
    return folder


def ours(routes: web.RouteTableDef) -> list[tuple[str, str]]:
    return [
        (route.method, route.path)
        for route in routes
        if isinstance(route, web.RouteDef) and "comfycontrol" in route.path
    ]


@pytest.mark.parametrize(
    "name",
    [
        "comfycontrol",
        "ComfyUI-ComfyControl",
        "comfyui.comfycontrol-main.v0.1.0",
        "Comfy Control (copy 2)",
        "comfycontrol@nightly",
        "\u00fcber-comfycontrol",
        "nodes",
    ],
)
def test_the_folder_may_have_any_name(tmp_path: Path, sources: Path, name: str) -> None:
    custom_nodes = tmp_path / "with blanks and.dots" / "custom_nodes"
    custom_nodes.mkdir(parents=True)
    mount_pack(sources, custom_nodes, name)
    host = build_host(tmp_path / "user", [custom_nodes])
    assert host.failed_packs == {}
    assert set(ours(host.routes)) >= OURS
    assert {name: str(custom_nodes / name / "web")} == nodes.EXTENSION_WEB_DIRS


def test_the_pack_has_the_tables_that_comfyui_looks_for(tmp_path: Path, sources: Path) -> None:
    pack = load_pack(sources)
    assert isinstance(pack.NODE_CLASS_MAPPINGS, dict)
    assert pack.NODE_CLASS_MAPPINGS.keys() == pack.NODE_DISPLAY_NAME_MAPPINGS.keys()
    assert pack.WEB_DIRECTORY == "./web"


def test_a_second_copy_says_so_and_does_nothing(
    tmp_path: Path, sources: Path, caplog: pytest.LogCaptureFixture
) -> None:
    custom_nodes = tmp_path / "custom_nodes"
    custom_nodes.mkdir()
    mount_pack(sources, custom_nodes, "a-clone")
    once = build_host(tmp_path / "user", [custom_nodes])
    assert "installed twice" not in caplog.text
    expected = ours(once.routes)

    mount_pack(sources, custom_nodes, "comfycontrol")
    twice = build_host(tmp_path / "user", [custom_nodes])
    assert twice.failed_packs == {}
    assert ours(twice.routes) == expected
    assert list(nodes.EXTENSION_WEB_DIRS) == ["a-clone"]
    said = [record for record in caplog.records if "installed twice" in record.getMessage()]
    assert [(record.name, record.levelno) for record in said] == [("comfycontrol", logging.WARNING)]


def stub_with_routes() -> Any:
    return SimpleNamespace(routes=web.RouteTableDef())


@pytest.mark.parametrize("stub", [stub_with_routes, MagicMock])
def test_a_stub_server_is_enough(monkeypatch: pytest.MonkeyPatch, sources: Path, stub: Any) -> None:
    instance = stub()
    instance.failed_packs = {}
    module: Any = ModuleType("server")
    module.PromptServer = SimpleNamespace(instance=instance)
    monkeypatch.setitem(sys.modules, "server", module)
    monkeypatch.setattr("comfy_host.loader.PromptServer", module.PromptServer)
    pack = load_pack(sources)
    assert instance.failed_packs == {}
    assert pack.WEB_DIRECTORY == "./web"
    if isinstance(instance.routes, web.RouteTableDef):
        assert set(ours(instance.routes)) >= OURS


@pytest.mark.parametrize(
    "server",
    [
        None,
        SimpleNamespace(),
        SimpleNamespace(PromptServer=SimpleNamespace()),
        SimpleNamespace(PromptServer=SimpleNamespace(instance=None)),
        SimpleNamespace(PromptServer=SimpleNamespace(instance=SimpleNamespace())),
        SimpleNamespace(PromptServer=SimpleNamespace(instance=SimpleNamespace(routes=None))),
    ],
)
def test_without_a_server_it_loads_all_the_same(monkeypatch: pytest.MonkeyPatch, sources: Path, server: Any) -> None:
    monkeypatch.setitem(sys.modules, "server", server)
    pack = load_pack(sources)
    assert nodes.LOADED_MODULE_DIRS
    assert pack.WEB_DIRECTORY == "./web"


def test_without_cryptography_the_pack_loads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sources: Path) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    custom_nodes = tmp_path / "custom_nodes"
    custom_nodes.mkdir()
    mount_pack(sources, custom_nodes, "comfycontrol")
    host = build_host(tmp_path / "user", [custom_nodes])
    assert host.failed_packs == {}
    assert set(ours(host.routes)) >= OURS

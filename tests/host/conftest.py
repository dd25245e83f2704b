"""Packs made for one test, and hosts inside the test's process."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from host.fixture_types import Client, Serve, WritePack

from comfy_host import surroundings
from comfy_host.app import build_host, reset_stand_ins

# Compared with the real one only where there is one.
collect_ignore = [] if surroundings.has_real_comfyui() else ["test_real_comfyui_is_alike.py"]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"real_comfyui: needs {surroundings.COMFYUI} and {surroundings.COMFYUI_PYTHON}")


@pytest.fixture
def custom_nodes(tmp_path: Path) -> Path:
    folder = tmp_path / "custom_nodes"
    folder.mkdir()
    return folder


@pytest.fixture
def user_directory(tmp_path: Path) -> Path:
    return tmp_path / "user"


@pytest.fixture
def write_pack(custom_nodes: Path) -> WritePack:
    def write(name: str = "tiny-pack", source: str = "NODE_CLASS_MAPPINGS = {}\n", **files: str) -> Path:
        """Further files are given as web__row_js="..." for web/row.js."""
        folder = custom_nodes / name
        for written, text in {"__init___py": source, **files}.items():
            stem, _, suffix = written.rpartition("_")
            path = folder / f"{stem if stem == '__init__' else stem.replace('__', '/')}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    return write


@pytest.fixture
def clean_stand_ins() -> Iterator[None]:
    reset_stand_ins()
    yield
    reset_stand_ins()


@pytest.fixture
async def serve(clean_stand_ins: None, custom_nodes: Path, user_directory: Path) -> AsyncIterator[Serve]:
    clients: list[Client] = []

    async def start(**options: Any) -> Client:
        host = build_host(user_directory, [custom_nodes], **options)
        client = TestClient(TestServer(host.app))
        await client.start_server()
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.close()

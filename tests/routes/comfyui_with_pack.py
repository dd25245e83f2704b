"""ComfyUI with the pack in it, loaded as ComfyUI does it, and browsers that use it."""

import atexit
import compileall
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from comfy_host.app import build_host, reset_stand_ins
from comfy_host.loader import module_name_of
from comfy_host.mount import mount_pack

ROOT = Path(__file__).parents[2]
OWNER_HEADER = "X-ComfyControl-Owner"
SETTING = "ComfyControl.ApiToken"
ENDPOINT = "https://comfy.example.com"
# As a person's download names it.
_PACK = "ComfyUI-ComfyControl.main"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.text)
        return content

    @property
    def code(self) -> str | None:
        code: str | None = self.content.get("error", {}).get("code")
        return code


@dataclass
class Browser:
    """One browser's part: it keeps the owner key, and saves the sealed token through ComfyUI's settings."""

    client: "TestClient[Any, Any]"
    user: str | None = None
    owner_key: str = ""
    prefix: str = "/comfycontrol"
    answers: list[Answer] = field(default_factory=list)

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        # As the page does: it sends both, whatever is in them.
        sent = {OWNER_HEADER: self.owner_key, "X-ComfyControl-Language": "en"}
        if self.user is not None:
            sent["comfy-user"] = self.user
        options: dict[str, Any] = {"data": data} if data is not None else {"json": body} if body is not None else {}
        async with self.client.request(
            method, f"{self.prefix}{path}", headers={**sent, **(headers or {})}, **options
        ) as response:
            answer = Answer(response.status, response.headers, await response.text())
        self.answers.append(answer)
        # Whatever it says, nobody between here and there may keep it.
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Type"].startswith("application/json")
        return answer

    async def enter_token(self, token: str) -> Answer:
        answer = await self.ask("PUT", "/token", {"token": token})
        if answer.status == 200:
            self.owner_key = answer.content["owner_key"]
            await self.save_setting(answer.content["sealed_token"])
            # No test here may call the addresses it registers.
            assert (await self.ask("PATCH", "/preferences", {"check_address": False})).status == 200
        return answer

    async def save_setting(self, value: Any, setting: str = SETTING) -> None:
        headers = {"comfy-user": self.user} if self.user is not None else {}
        async with self.client.post(f"/settings/{setting}", json=value, headers=headers) as response:
            assert response.status == 200

    async def register(self, **values: Any) -> Answer:
        return await self.ask("POST", "/runner", {"name": "Mine", "endpoint": ENDPOINT, **values})

    async def change(self, **values: Any) -> Answer:
        return await self.ask("PATCH", "/runner", values)

    async def status(self, *, refresh: bool = False) -> dict[str, Any]:
        answer = await self.ask("GET", f"/status{'?refresh=1' if refresh else ''}")
        assert answer.status == 200
        return answer.content


@dataclass
class ComfyUI:
    client: "TestClient[Any, Any]"
    user_directory: Path
    pack_name: str

    def browser(self, user: str | None = None) -> Browser:
        return Browser(self.client, user)

    def module(self, name: str) -> ModuleType:
        """A module of the pack as this host has loaded it."""
        return sys.modules[f"{self.pack_name}.{name}"]

    async def text_of(self, path: str) -> str:
        async with self.client.get(path) as response:
            assert response.status == 200
            return await response.text()


def mounted_pack(copy: str = "the only one") -> Path:
    """A folder of custom nodes with the pack in it; two hosts at one time take two copies.

    It is one folder for all tests, so that Python compiles it once. The modules are loaded anew for each host
    nevertheless.
    """
    return _copies(copy) / "custom_nodes"


@cache
def _copies(_copy: str) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="pack-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    target = folder / "custom_nodes" / _PACK
    target.mkdir(parents=True)
    for room in ("comfycontrol", "locales", "nodes", "server_routes"):
        mount_pack(ROOT / room, target, room)
    (target / "__init__.py").write_bytes((ROOT / "__init__.py").read_bytes())
    # Also where Python is told to keep nothing.
    compileall.compile_dir(target, quiet=1)
    return folder


@asynccontextmanager
async def running_comfyui(
    custom_nodes: Path, user_directory: Path, *, multi_user: bool = False, cors: bool = False, whole: bool = True
) -> AsyncIterator[ComfyUI]:
    """Serve a ComfyUI; with the `whole` pack loaded at once, and not each module when it is needed first."""
    host = build_host(user_directory, [custom_nodes], multi_user=multi_user, cors=cors)
    assert host.failed_packs == {}
    if whole:
        _load_whole(custom_nodes / _PACK)
    try:
        async with TestClient(TestServer(host.app)) as client:
            # ComfyUI, too, knows these only once it listens.
            host.address, host.port = client.host, client.port
            yield ComfyUI(client, user_directory, module_name_of(custom_nodes / _PACK))
    finally:
        reset_stand_ins()
        _let_go(module_name_of(custom_nodes / _PACK))


@cache
def _load_whole(pack: Path) -> None:
    # Most modules are used by the next host again. Loaded while a test has something patched, they would keep that.
    for file in pack.rglob("*.py"):
        parts = file.relative_to(pack).with_suffix("").parts
        # Those that need what only a real ComfyUI has.
        with suppress(ImportError):
            import_module(".".join((module_name_of(pack), *(part for part in parts if part != "__init__"))))


def _let_go(pack_name: str) -> None:
    """End the threads that wait for calls: each keeps a whole pack in memory, and a run of the tests loads hundreds."""
    handlers = sys.modules.get(f"{pack_name}.server_routes.handlers")
    for value in list(vars(handlers).values()) if handlers else ():
        if isinstance(value, ThreadPoolExecutor):
            value.shutdown(wait=False)

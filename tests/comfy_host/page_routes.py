"""What ComfyUI's page asks for while it boots."""

from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web
from server import PromptServer

import nodes
from comfy_host.machine import node_info, system_stats
from comfy_host.translations import translations

FEATURES = {
    "supports_preview_metadata": True,
    "supports_model_type_tags": True,
    "max_upload_size": 100 * 1024 * 1024,
    "extension": {"manager": {"supports_v4": True}},
    "node_replacements": True,
    "assets": False,
}

# A machine without models.
EMPTY_LISTS = ("/embeddings", "/models", "/experiment/models")
EMPTY_TABLES = ("/global_subgraphs", "/node_replacements")
DONE = ("/free",)

EXAMPLE_FOLDERS = ("example_workflows", "example", "examples", "workflow", "workflows")


def add_page_routes(server: PromptServer, custom_nodes: list[Path], frontend: Path | None) -> None:
    page = _Page(server, custom_nodes, frontend)
    routes = server.routes
    routes.get("/")(page.root)
    routes.get("/extensions")(page.extensions)
    routes.get("/i18n")(page.i18n)
    routes.get("/workflow_templates")(page.workflow_templates)
    routes.get("/features")(page.features)
    routes.get("/system_stats")(page.system_stats)
    routes.get("/object_info")(page.all_nodes)
    routes.get("/object_info/{node}")(page.one_node)
    # The prefix is part of this one's name in ComfyUI.
    routes.get("/api/jobs")(page.jobs)
    for path in EMPTY_LISTS:
        routes.get(path)(_empty_list)
    for path in EMPTY_TABLES:
        routes.get(path)(_empty_table)
    for path in DONE:
        routes.post(path)(_done)


class _Page:
    def __init__(self, server: PromptServer, custom_nodes: list[Path], frontend: Path | None) -> None:
        self._server = server
        self._custom_nodes = custom_nodes
        self._frontend = frontend

    @cached_property
    def _texts(self) -> dict[str, Any]:
        """Read once and when asked for, as in ComfyUI: a changed locale needs a restart."""
        return translations(self._custom_nodes)

    async def root(self, request: web.Request) -> web.StreamResponse:
        if self._frontend is None:
            return web.Response(status=404, text="This host was started without a frontend.")
        return web.FileResponse(self._frontend / "index.html", headers={"Cache-Control": "no-store, must-revalidate"})

    async def extensions(self, request: web.Request) -> web.Response:
        scripts = [] if self._frontend is None else _scripts(self._frontend / "extensions", "/extensions")
        for name, folder in nodes.EXTENSION_WEB_DIRS.items():
            scripts += _scripts(Path(folder), f"/extensions/{quote(name)}")
        return web.json_response(scripts)

    async def i18n(self, request: web.Request) -> web.Response:
        return web.json_response(self._texts)

    async def workflow_templates(self, request: web.Request) -> web.Response:
        found: dict[str, list[str]] = {}
        for folder in self._custom_nodes:
            for examples in EXAMPLE_FOLDERS:
                for file in sorted(folder.glob(f"*/{examples}/*.json")):
                    found.setdefault(file.parent.parent.name, []).append(file.stem)
        return web.json_response(found)

    async def features(self, request: web.Request) -> web.Response:
        return web.json_response(FEATURES)

    async def system_stats(self, request: web.Request) -> web.Response:
        return web.json_response(system_stats())

    async def all_nodes(self, request: web.Request) -> web.Response:
        return web.json_response({name: node_info(name) for name in nodes.NODE_CLASS_MAPPINGS})

    async def one_node(self, request: web.Request) -> web.Response:
        name = request.match_info["node"]
        return web.json_response({name: node_info(name)} if name in nodes.NODE_CLASS_MAPPINGS else {})

    async def jobs(self, request: web.Request) -> web.Response:
        # The page insists on getting its own limit back as a number.
        limit = int(request.query.get("limit", "200"))
        pages = {"offset": 0, "limit": limit, "total": 0, "has_more": False}
        return web.json_response({"jobs": [], "pagination": pages})


async def _empty_list(request: web.Request) -> web.Response:
    return web.json_response([])


async def _empty_table(request: web.Request) -> web.Response:
    return web.json_response({})


async def _done(request: web.Request) -> web.Response:
    return web.Response()


def _scripts(folder: Path, address: str) -> list[str]:
    return [f"{address}/{file.relative_to(folder).as_posix()}" for file in sorted(folder.glob("**/*.js"))]

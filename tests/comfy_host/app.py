"""Builds the host: stand-ins set, packs loaded, routes registered in ComfyUI's order."""

import asyncio
import logging
from pathlib import Path

import folder_paths
import server as server_module
from aiohttp import web
from comfy import cli_args, model_management
from server import PromptServer

import nodes
from comfy_host.internal_logs import internal_app
from comfy_host.loader import load_pack
from comfy_host.log_capture import LogCapture
from comfy_host.middlewares import middlewares
from comfy_host.page_routes import EXAMPLE_FOLDERS, add_page_routes
from comfy_host.prompt_worker import PromptWorker
from comfy_host.queue_routes import add_queue_routes
from comfy_host.settings_routes import add_settings_routes, add_user_routes
from comfy_host.upload_routes import add_upload_routes
from comfy_host.userdata_routes import add_userdata_routes
from comfy_host.users import UserManager
from comfy_host.websocket import add_websocket_route

log = logging.getLogger("comfy_host.app")

# The log of the host that was built last: the root logger is one per process, and so is this.
_following: list[LogCapture] = []


def reset_stand_ins() -> None:
    """As if no host had ever been built in this process."""
    while _following:
        _following.pop().stop_following()
    server_module.forget_instance()
    nodes.reset()
    cli_args.reset()
    model_management.reset()
    folder_paths.reset(Path("user"), [])


def build_host(
    user_directory: Path,
    custom_nodes: list[Path],
    frontend: Path | None = None,
    *,
    multi_user: bool = False,
    cors: bool | str = False,
    disable_api_nodes: bool = False,
    knows_system_users: bool = True,
    hardware: model_management.Hardware = model_management.RTX_4090,
    arguments: cli_args.Arguments | None = None,
    module_name: str | None = None,
    capture: LogCapture | None = None,
    max_upload_size: int = 100,
) -> PromptServer:
    """A host with every pack in the folders `custom_nodes`; it lives while its `app` is served.

    `max_upload_size` is in MB. `module_name` loads the only pack under a name that a test can import and patch.
    """
    reset_stand_ins()
    arguments = arguments or cli_args.Arguments()
    arguments.multi_user = multi_user
    arguments.disable_api_nodes = disable_api_nodes
    arguments.enable_cors_header = "*" if cors is True else cors or None
    cli_args.reset(arguments)
    model_management.reset(hardware)
    folder_paths.reset(user_directory, custom_nodes, knows_system_users=knows_system_users)
    capture = capture or _follow_logging()

    app = web.Application(
        client_max_size=max_upload_size * 1024 * 1024,
        middlewares=middlewares(allowed_origin=arguments.enable_cors_header, disable_api_nodes=disable_api_nodes),
    )
    server = PromptServer(app, UserManager(user_directory, multi_user=multi_user))
    add_websocket_route(server)
    add_page_routes(server, custom_nodes, frontend)
    add_queue_routes(server)
    add_upload_routes(server)
    hooks_before = list(app.on_shutdown), list(app.on_cleanup)
    for folder in custom_nodes:
        _load_packs(folder, module_name)
    # ComfyUI never gets as far as these hooks: a pack that relies on them must not find that they work here.
    app.on_shutdown[:], app.on_cleanup[:] = hooks_before
    # After the packs, as in ComfyUI: a pack that claims one of these paths wins in both.
    add_settings_routes(server.routes, server.user_manager)
    add_user_routes(server.routes, server.user_manager)
    add_userdata_routes(server.routes, server.user_manager)
    _serve(server, capture, frontend)
    _live(server, capture)
    return server


def _follow_logging() -> LogCapture:
    capture = LogCapture()
    capture.follow_logging()
    _following.append(capture)
    return capture


def _load_packs(folder: Path, module_name: str | None) -> None:
    for pack in sorted(folder.iterdir()):
        if pack.is_dir() and pack.name != "__pycache__" and pack.suffix != ".disabled":
            load_pack(pack, module_name)


def _serve(server: PromptServer, capture: LogCapture, frontend: Path | None) -> None:
    app = server.app
    for name, folder in nodes.LOADED_MODULE_DIRS.items():
        for examples in EXAMPLE_FOLDERS:
            if (Path(folder) / examples).is_dir():
                app.router.add_static(f"/api/workflow_templates/{name}", Path(folder) / examples)
    app.add_subapp("/internal", internal_app(capture))
    with_prefix = web.RouteTableDef()
    for route in server.routes:
        if isinstance(route, web.RouteDef):
            with_prefix.route(route.method, f"/api{route.path}", **route.kwargs)(route.handler)
    app.add_routes(with_prefix)
    app.add_routes(server.routes)
    for name, web_folder in nodes.EXTENSION_WEB_DIRS.items():
        app.router.add_static(f"/extensions/{name}", web_folder)
    if frontend is not None:
        # Last: it answers every path that nothing else wanted.
        app.router.add_static("/", frontend)


def _live(server: PromptServer, capture: LogCapture) -> None:
    publishing: list[asyncio.Task[None]] = []
    worker = PromptWorker(server)

    async def start(_app: web.Application) -> None:
        server.loop = asyncio.get_running_loop()
        publishing.append(asyncio.create_task(server.publish_loop()))
        worker.start()

    async def end(_app: web.Application) -> None:
        capture.stop_following()
        worker.end()
        for task in publishing:
            task.cancel()
        await asyncio.gather(*publishing, return_exceptions=True)
        for socket in list(server.sockets.values()):
            await socket.close()

    server.app.on_startup.append(start)
    server.app.on_shutdown.append(end)

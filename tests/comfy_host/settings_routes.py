"""ComfyUI's routes for settings and users: everything here answers anyone."""

from aiohttp import web

from comfy_host.users import UserManager


def add_settings_routes(routes: web.RouteTableDef, users: UserManager) -> None:
    settings = users.settings

    @routes.get("/settings")
    async def all_settings(request: web.Request) -> web.Response:
        return web.json_response(settings.get_settings(request))

    @routes.get("/settings/{id}")
    async def one_setting(request: web.Request) -> web.Response:
        return web.json_response(settings.get_settings(request).get(request.match_info["id"]))

    # Both read, then await the body, then write: what is written in between is lost, as in ComfyUI.
    @routes.post("/settings")
    async def save_settings(request: web.Request) -> web.Response:
        before = settings.get_settings(request)
        settings.save_settings(request, {**before, **await request.json()})
        return web.Response()

    @routes.post("/settings/{id}")
    async def save_setting(request: web.Request) -> web.Response:
        before = settings.get_settings(request)
        settings.save_settings(request, {**before, request.match_info["id"]: await request.json()})
        return web.Response()


def add_user_routes(routes: web.RouteTableDef, users: UserManager) -> None:
    @routes.get("/users")
    async def get_users(request: web.Request) -> web.Response:
        if users.multi_user:
            return web.json_response({"storage": "server", "users": users.users})
        return web.json_response({"storage": "server", "migrated": users.has_folder(request)})

    @routes.post("/users")
    async def add_user(request: web.Request) -> web.Response:
        name = (await request.json())["username"]
        if name in users.users.values():
            return web.json_response({"error": "Duplicate username."}, status=400)
        try:
            return web.json_response(users.add_user(name))
        except ValueError as refused:
            return web.json_response({"error": str(refused)}, status=400)

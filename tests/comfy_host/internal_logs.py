"""/internal: the log, to anyone who asks."""

from aiohttp import web

from comfy_host.log_capture import LogCapture


def internal_app(capture: LogCapture) -> web.Application:
    routes = web.RouteTableDef()

    @routes.get("/logs")
    async def logs(request: web.Request) -> web.Response:
        return web.json_response(capture.text())

    @routes.get("/logs/raw")
    async def raw_logs(request: web.Request) -> web.Response:
        return web.json_response({"entries": capture.entries, "size": {"cols": 80, "rows": 24}})

    @routes.patch("/logs/subscribe")
    async def subscribe(request: web.Request) -> web.Response:
        return web.Response()

    @routes.get("/folder_paths")
    async def folders(request: web.Request) -> web.Response:
        return web.json_response({})

    @routes.get("/files/{kind}")
    async def files(request: web.Request) -> web.Response:
        return web.json_response([])

    app = web.Application()
    app.add_routes(routes)
    return app

"""Pictures that are sent before a workflow that uses them."""

import shutil
from pathlib import Path

import folder_paths
from aiohttp import web
from server import PromptServer


def add_upload_routes(server: PromptServer) -> None:
    server.routes.post("/upload/image")(_upload)
    server.routes.post("/upload/mask")(_upload)


async def _upload(request: web.Request) -> web.Response:
    # As in ComfyUI: aiohttp puts it into a temporary file first.
    image = (await request.post()).get("image")
    if not isinstance(image, web.FileField):
        return web.Response(status=400)
    name = Path(image.filename).name
    _keep(image, name)
    return web.json_response({"name": name, "subfolder": "", "type": "input"})


def _keep(image: web.FileField, name: str) -> None:
    folder = Path(folder_paths.get_input_directory())
    folder.mkdir(exist_ok=True)
    with (folder / name).open("wb") as file:
        shutil.copyfileobj(image.file, file)

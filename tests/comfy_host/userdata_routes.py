"""ComfyUI's routes for the files of a user: workflows, styles, and the settings file too."""

import shutil
from pathlib import Path
from typing import Any

from aiohttp import web

from comfy_host.users import UserManager


def add_userdata_routes(routes: web.RouteTableDef, users: UserManager) -> None:
    userdata = _Userdata(users)
    routes.get("/userdata")(userdata.list_files)
    routes.get("/v2/userdata")(userdata.list_tree)
    routes.get("/userdata/{file}")(userdata.read)
    routes.post("/userdata/{file}")(userdata.write)
    routes.delete("/userdata/{file}")(userdata.delete)
    routes.post("/userdata/{file}/move/{dest}")(userdata.move)


class _Userdata:
    def __init__(self, users: UserManager) -> None:
        self._users = users

    async def list_files(self, request: web.Request) -> web.Response:
        directory = request.query.get("dir", "")
        if not directory:
            return web.Response(status=400, text="Directory not provided")
        found = self._users.get_request_user_filepath(request, directory)
        if found is None:
            return web.Response(status=403, text="Invalid directory")
        files = _files_in(Path(found), recurse=_flag(request, "recurse"))
        if files is None:
            return web.Response(status=404, text="Directory not found")
        if _flag(request, "full_info"):
            return web.json_response([_about(each, Path(found)) for each in files])
        names = [each.relative_to(found).as_posix() for each in files]
        return web.json_response([[name, *name.split("/")] for name in names] if _flag(request, "split") else names)

    async def list_tree(self, request: web.Request) -> web.Response:
        try:
            found = self._users.get_request_user_filepath(request, request.query.get("path", ""), create_dir=False)
        except KeyError:
            return web.Response(status=403, text="Invalid user specified in request")
        if found is None:
            return web.Response(status=400, text="Invalid path requested")
        return web.json_response(_tree(Path(found), self._root(request)))

    async def read(self, request: web.Request) -> web.StreamResponse:
        path = self._path(request, existing=True)
        shown = "inline" if path == self._root(request) / "user.css" else "attachment"
        return web.FileResponse(path, headers={"X-Content-Type-Options": "nosniff", "Content-Disposition": shown})

    async def write(self, request: web.Request) -> web.Response:
        path = self._path(request)
        if request.query.get("overwrite") == "false" and path.exists():
            return web.Response(status=409, text="File already exists")
        path.write_bytes(await request.read())
        return self._saved(request, path)

    async def delete(self, request: web.Request) -> web.Response:
        self._path(request, existing=True).unlink()
        return web.Response(status=204)

    async def move(self, request: web.Request) -> web.Response:
        source, target = self._path(request, existing=True), self._path(request, "dest")
        if request.query.get("overwrite") == "false" and target.exists():
            return web.Response(status=409, text="File already exists")
        shutil.move(source, target)
        return self._saved(request, target)

    def _path(self, request: web.Request, parameter: str = "file", *, existing: bool = False) -> Path:
        found = self._users.get_request_user_filepath(request, request.match_info[parameter])
        if found is None:
            raise web.HTTPForbidden
        if existing and not Path(found).exists():
            raise web.HTTPNotFound
        return Path(found)

    def _root(self, request: web.Request) -> Path:
        return Path(self._users.get_request_user_filepath(request, None) or "")

    def _saved(self, request: web.Request, path: Path) -> web.Response:
        root = self._root(request)
        return web.json_response(_about(path, root) if _flag(request, "full_info") else str(path.relative_to(root)))


def _flag(request: web.Request, name: str) -> bool:
    return request.query.get(name, "").lower() == "true"


def _files_in(folder: Path, *, recurse: bool) -> list[Path] | None:
    if not folder.exists():
        return None
    return [each for each in folder.glob("**/*" if recurse else "*") if each.is_file()]


def _tree(folder: Path, root: Path) -> list[dict[str, str]]:
    entries = [
        {
            "name": each.name,
            "path": each.relative_to(root).as_posix(),
            "type": "directory" if each.is_dir() else "file",
        }
        for each in folder.glob("**/*")
    ]
    return sorted(entries, key=lambda each: (each["type"] != "directory", each["name"].lower()))


def _about(path: Path, root: Path) -> dict[str, Any]:
    facts = path.stat()
    return {
        "path": path.relative_to(root).as_posix(),
        "size": facts.st_size,
        "modified": int(facts.st_mtime * 1000),
        "created": int(facts.st_ctime * 1000),
    }

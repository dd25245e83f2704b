"""ComfyUI's users and their folders: there is no login, a client states who it is."""

import json
import logging
import os
import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from aiohttp import web

SYSTEM_USER_PREFIX = "__"

log = logging.getLogger("comfy_host.users")


class AppSettings:
    def __init__(self, users: "UserManager") -> None:
        self._users = users

    def _file(self, request: web.Request) -> Path:
        file = self._users.get_request_user_filepath(request, "comfy.settings.json")
        if file is None:
            raise KeyError("no folder for this user")
        return Path(file)

    def get_settings(self, request: web.Request) -> dict[str, Any]:
        try:
            file = self._file(request)
        except KeyError as unknown_user:
            log.warning("User settings not found.")
            raise web.HTTPUnauthorized from unknown_user
        if not file.is_file():
            return {}
        try:
            settings: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            # A torn file reads as empty in ComfyUI too.
            log.exception("The user settings file is corrupted")
            return {}
        return settings

    def save_settings(self, request: web.Request, settings: dict[str, Any]) -> None:
        # In place, not atomic: what a pack reads meanwhile may be torn, as in ComfyUI.
        self._file(request).write_text(json.dumps(settings, indent=4), encoding="utf-8")


class UserManager:
    def __init__(self, folder: Path, *, multi_user: bool) -> None:
        self._folder = folder
        self._multi_user = multi_user
        self.settings = AppSettings(self)
        folder.mkdir(parents=True, exist_ok=True)
        self.users: dict[str, str] = {"default": "default"}
        if multi_user:
            self.users = {}
            if self._users_file.is_file():
                self.users = json.loads(self._users_file.read_text(encoding="utf-8"))

    @property
    def _users_file(self) -> Path:
        return self._folder / "users.json"

    @property
    def multi_user(self) -> bool:
        return self._multi_user

    def get_request_user_id(self, request: web.Request) -> str:
        user = request.headers.get("comfy-user", "default") if self._multi_user else "default"
        if user.startswith(SYSTEM_USER_PREFIX) or user not in self.users:
            raise KeyError(f"Unknown user: {user}")
        return user

    def get_request_user_filepath(
        self, request: web.Request, file: str | None, *, create_dir: bool = True
    ) -> str | None:
        """Path of a file of the request's user; None where it would lie outside of the user's folder."""
        root = Path(os.path.normpath(self._folder.absolute() / self.get_request_user_id(request)))
        path = root
        if file is not None:
            path = Path(os.path.normpath(root / (unquote(file) if "%" in file else file)))
            if not path.is_relative_to(root):
                return None
        if create_dir:
            path.parent.mkdir(parents=True, exist_ok=True)
        return str(path)

    def has_folder(self, request: web.Request) -> bool:
        folder = self.get_request_user_filepath(request, None, create_dir=False)
        return folder is not None and Path(folder).exists()

    def add_user(self, name: str) -> str:
        name = name.strip()
        if not name or name.startswith(SYSTEM_USER_PREFIX):
            raise ValueError("not a name for a user")
        user = re.sub(r"[^a-zA-Z0-9_-]+", "-", name)
        if user.startswith(SYSTEM_USER_PREFIX):
            raise ValueError("not a name for a user")
        user = f"{user}_{uuid.uuid4()}"
        self.users[user] = name
        self._users_file.write_text(json.dumps(self.users), encoding="utf-8")
        return user

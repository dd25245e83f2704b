"""The one module that knows ComfyUI: its folders, users, port, GPU and page, each with a fallback.

Nothing is imported from ComfyUI until it is needed, and whatever an older or a stub host lacks is no error.
"""

import contextlib
import json
import os
import sys
from pathlib import Path, PurePath
from typing import Any, NamedTuple

from .errors import MachineError, NotAllowedError

TOKEN_SETTING = "ComfyControl.ApiToken"  # noqa: S105 - a setting's name
_CHECK_SETTING = "ComfyControl.CheckAddress"
_KEEP_SETTING = "ComfyControl.KeepAddress"
STATUS_EVENT = "comfycontrol.status"
USUAL_PORT = 8188
_FOLDER = "comfycontrol"
_SINGLE_USER = "default"
_SETTINGS_FILE = "comfy.settings.json"


class ComfyUser(NamedTuple):
    """The ComfyUI user a request is for: the id, and the sealed token from their settings."""

    id: str
    sealed_token: str | None

    def __repr__(self) -> str:
        return f"ComfyUser(id={self.id!r})"


# Stands for everybody where the environment gives the token.
NOBODY = ComfyUser(_SINGLE_USER, None)


class Gpu(NamedTuple):
    """The device ComfyUI computes on: its name as ComfyUI gives it, and its memory in bytes."""

    name: str
    memory_bytes: int


def prompt_server() -> Any | None:
    """Give ComfyUI's server, or None where a tool imports packs without one.

    Looked up among the loaded modules, not imported: anything on the path may be named `server`.
    """
    return getattr(getattr(sys.modules.get("server"), "PromptServer", None), "instance", None)


def protected_folder() -> Path:
    """Give the folder that none of ComfyUI's routes serves; it may not exist yet.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    try:
        import folder_paths
    except ImportError:
        raise MachineError("storage_failed", reason="this is not ComfyUI") from None
    if hasattr(folder_paths, "get_system_user_directory"):
        return Path(folder_paths.get_system_user_directory(_FOLDER))
    # Before 0.3.76, whose userdata routes refuse names with this prefix as well.
    return Path(folder_paths.get_user_directory()) / f"__{_FOLDER}"


def user_of(request: Any) -> ComfyUser:
    """Give the ComfyUI user a request is for, with the sealed token in their settings. Only reads.

    Raises:
        NotAllowedError: `user_unknown`.
        MachineError: `storage_failed`: ComfyUI itself cannot read or write its folder.

    """
    users = getattr(prompt_server(), "user_manager", None)
    if users is None:
        return ComfyUser(_SINGLE_USER, None)
    try:
        user_id = str(users.get_request_user_id(request))
        settings = users.settings.get_settings(request)
    except Exception as error:
        # A KeyError, or aiohttp's 401, recognised without importing aiohttp.
        if isinstance(error, KeyError) or getattr(error, "status", None) is not None:
            raise NotAllowedError("user_unknown") from None
        if isinstance(error, OSError):
            raise MachineError("storage_failed", reason=error.strerror or type(error).__name__) from None
        raise
    return _user(user_id, settings)


def users_with_token() -> list[ComfyUser]:
    """Give the ComfyUI users whose settings hold a sealed token, for work that no request has asked for."""
    return [user for name, settings in _settings_of_all() if (user := _user(name, settings)).sealed_token]


def saved_preferences() -> tuple[bool, bool]:
    """Give the preferences that earlier releases kept in ComfyUI's settings: keep the address, check it."""
    every = [settings for _, settings in _settings_of_all()]
    keeps = any(settings.get(_KEEP_SETTING) is True and settings.get(TOKEN_SETTING) for settings in every)
    return keeps, not any(settings.get(_CHECK_SETTING) is False for settings in every)


def _settings_of_all() -> list[tuple[str, dict[str, Any]]]:
    """Read every user's settings, for which ComfyUI would need a request. A half-written file is skipped."""
    multi_user = bool(getattr(_arguments(), "multi_user", False))
    found = []
    try:
        import folder_paths

        for folder in sorted(Path(folder_paths.get_user_directory()).iterdir()):
            # ComfyUI and packs name their own folders so.
            if folder.name.startswith("__") or not (folder / _SETTINGS_FILE).is_file():
                continue
            with contextlib.suppress(OSError, ValueError):
                settings = json.loads((folder / _SETTINGS_FILE).read_text(encoding="utf-8"))
                if isinstance(settings, dict) and (multi_user or folder.name == _SINGLE_USER):
                    found.append((folder.name, settings))
    except (ImportError, OSError):
        return []
    return found


def announce() -> None:
    """Tell every open page that the status has changed; nothing more, because anyone may listen."""
    server = prompt_server()
    if server is not None and hasattr(server, "send_sync"):
        # On exit, ComfyUI closes its loop before its threads end.
        with contextlib.suppress(RuntimeError):
            server.send_sync(STATUS_EVENT, {})


def gpu() -> Gpu | None:
    """Give the device ComfyUI computes on; None if there is none, or none that can be identified."""
    try:
        from comfy import model_management

        device = model_management.get_torch_device()
        # "privateuseone" is DirectML, of which ComfyUI knows neither name nor memory.
        if getattr(device, "type", "") in {"cpu", "privateuseone"}:
            return None
        return Gpu(str(model_management.get_torch_device_name(device)), int(model_management.get_total_memory(device)))
    except Exception:  # noqa: BLE001 - a driver may raise anything, and a suggestion is not worth an error
        return None


def listening_port() -> int | None:
    """Give the port ComfyUI really listens on; before it listens, the configured one."""
    return getattr(prompt_server(), "port", None) or getattr(_arguments(), "port", None)


def port() -> int:
    """Give ComfyUI's port, or its default where that is not known."""
    return listening_port() or USUAL_PORT


def serves_tls() -> bool:
    """Whether ComfyUI itself speaks https."""
    arguments = _arguments()
    return bool(getattr(arguments, "tls_certfile", None) and getattr(arguments, "tls_keyfile", None))


def version() -> str | None:
    """Give ComfyUI's version, such as 0.3.40; None for those too old to tell."""
    try:
        from comfyui_version import __version__
    except ImportError:
        return None
    return str(__version__)


def install_command(package: str) -> str:
    """Give what a person types to install a package into the Python that runs ComfyUI.

    Without that Python's path, because a stranger may read it.
    """
    windows = os.name == "nt"
    if Path(sys.executable).parent.name == "python_embeded":  # the portable build spells it so
        return rf".\python_embeded\python.exe -m pip install {package}"
    return f"{'python' if windows else 'python3'} -m pip install {package}"


def input_pictures() -> list[str]:
    """Give the names of the pictures in ComfyUI's input folder, as its Load Image does; none outside of ComfyUI."""
    folder = _input_folder()
    if folder is None or not folder.is_dir():
        return []
    import folder_paths

    names = sorted(file.name for file in folder.iterdir() if file.is_file())
    filtered: list[str] = folder_paths.filter_files_content_types(names, ["image"])
    return filtered


def input_file(name: str) -> Path | None:
    """Give the file of that name in ComfyUI's input folder, or None where there is none.

    Args:
        name: may have subfolders, and ComfyUI's suffix `[input]`. A name that leads out of the folder, or to another
            one, is not found.

    """
    folder = _input_folder()
    bare = PurePath(name.removesuffix("[input]").strip())
    # Links are followed: whoever put one there owns the machine.
    if folder is None or bare.anchor or ".." in bare.parts or "\0" in name:
        return None
    found = folder / bare
    try:
        return found if found.is_file() else None
    except (OSError, ValueError):
        # A name that no file can have, such as one that is too long. Not raised: the error would name the folder.
        return None


def folders() -> list[Path]:
    """Give the folders that are ComfyUI's, where people and packs put files of any kind; none outside of ComfyUI."""
    paths = sys.modules.get("folder_paths")
    getters = [getattr(paths, f"get_{name}_directory", None) for name in ("input", "output", "temp", "user")]
    return [Path(at) for at in (getattr(paths, "base_path", None), *(get() for get in getters if get)) if at]


def _input_folder() -> Path | None:
    try:
        import folder_paths
    except ImportError:
        return None
    return Path(folder_paths.get_input_directory())


def is_listening() -> bool:
    """Whether ComfyUI listens: it sets its port then, and not before."""
    return bool(getattr(prompt_server(), "port", None))


def _user(user_id: str, settings: Any) -> ComfyUser:
    known = settings if isinstance(settings, dict) else {}
    sealed_token = known.get(TOKEN_SETTING)
    return ComfyUser(user_id, sealed_token if isinstance(sealed_token, str) and sealed_token else None)


def _arguments() -> Any | None:
    try:
        from comfy.cli_args import args
    except ImportError:
        return None
    return args

"""Where ComfyUI keeps its files."""

import mimetypes
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SYSTEM_USER_PREFIX = "__"


@dataclass
class _Places:
    user_directory: Path = Path("user")
    custom_nodes: list[Path] = field(default_factory=list)
    knows_system_users: bool = True


_places = _Places()


def reset(user_directory: Path, custom_nodes: list[Path], *, knows_system_users: bool = True) -> None:
    _places.user_directory = user_directory
    _places.custom_nodes = list(custom_nodes)
    _places.knows_system_users = knows_system_users


def get_input_directory() -> str:
    """Beside the user directory, as a base directory has them."""
    return str(_places.user_directory.absolute().parent / "input")


def get_output_directory() -> str:
    return str(_places.user_directory.absolute().parent / "output")


def get_temp_directory() -> str:
    """Of this host alone, where several have their user directories side by side."""
    return f"{_places.user_directory.absolute()}-temp"


def get_directory_by_type(type_name: str) -> str | None:
    directories = {"output": get_output_directory, "temp": get_temp_directory, "input": get_input_directory}
    return directories[type_name]() if type_name in directories else None


def filter_files_content_types(files: list[str], content_types: list[str]) -> list[str]:
    kinds = {name: (mimetypes.guess_type(name)[0] or "").partition("/")[0] for name in files}
    return [name for name in files if kinds[name] in content_types]


def get_user_directory() -> str:
    return str(_places.user_directory)


def get_folder_paths(folder_name: str) -> list[str]:
    return [str(folder) for folder in {"custom_nodes": _places.custom_nodes}[folder_name]]


def get_public_user_directory(user_id: str) -> str | None:
    if not user_id or user_id.startswith(SYSTEM_USER_PREFIX):
        return None
    return str(_places.user_directory / user_id)


def _get_system_user_directory(name: str = "system") -> str:
    if not name.replace("_", "").isalnum() or name.startswith("_"):
        raise ValueError(f"not a name of a system user: {name!r}")
    return str(_places.user_directory / f"{SYSTEM_USER_PREFIX}{name}")


def __getattr__(name: str) -> Any:
    # Looked up at every use, so that one process can play a ComfyUI before 0.3.76, which lacks the function.
    if name == "get_system_user_directory" and _places.knows_system_users:
        return _get_system_user_directory
    raise AttributeError(f"module 'folder_paths' has no attribute {name!r}")

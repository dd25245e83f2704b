"""ComfyUI's tables of what the packs brought."""

from typing import Any

EXTENSION_WEB_DIRS: dict[str, str] = {}
LOADED_MODULE_DIRS: dict[str, str] = {}
NODE_CLASS_MAPPINGS: dict[str, Any] = {}
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}


def reset() -> None:
    EXTENSION_WEB_DIRS.clear()
    LOADED_MODULE_DIRS.clear()
    NODE_CLASS_MAPPINGS.clear()
    NODE_DISPLAY_NAME_MAPPINGS.clear()

"""What ComfyUI loads: node mappings, the page's folder, and one call that opens the door."""

import logging

from .comfycontrol import comfyui
from .server_routes import open_door

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]

# Literal, because tools read them without running this.
NODE_CLASS_MAPPINGS: dict[str, type] = {}
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}
WEB_DIRECTORY: str | None = "./web"

_routes = getattr(comfyui.prompt_server(), "routes", None)
# Last, because ComfyUI keeps the routes of a pack whose import fails after this. Without a server (tools import packs
# that way) there is nothing to open.
if _routes is not None and not open_door(_routes):
    WEB_DIRECTORY = None
    logging.getLogger("comfycontrol").warning(
        "ComfyControl is installed twice. This copy does nothing; remove one of the two folders in custom_nodes."
    )

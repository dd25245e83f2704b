"""What ComfyUI loads: node mappings, the page's folder, and one call that adds the routes."""

import logging

from .comfycontrol import comfyui
from .comfycontrol.unattended.start import at_startup
from .nodes.fields import ChoiceField, NumberField, TextField
from .nodes.filled_in import RandomSeed, RunTimestamp
from .nodes.image import ImageField
from .server_routes import add_routes

__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]

# Literal, because tools read them without running this.
NODE_CLASS_MAPPINGS: dict[str, type] = {
    "ComfyControlText": TextField,
    "ComfyControlNumber": NumberField,
    "ComfyControlChoice": ChoiceField,
    "ComfyControlImage": ImageField,
    "ComfyControlSeed": RandomSeed,
    "ComfyControlTimestamp": RunTimestamp,
}
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {
    "ComfyControlText": "ComfyControl Text",
    "ComfyControlNumber": "ComfyControl Number",
    "ComfyControlChoice": "ComfyControl Choice",
    "ComfyControlImage": "ComfyControl Image",
    "ComfyControlSeed": "ComfyControl Seed",
    "ComfyControlTimestamp": "ComfyControl Timestamp",
}
WEB_DIRECTORY: str | None = "./web"

_server = comfyui.prompt_server()
_routes = getattr(_server, "routes", None)
# Last, because ComfyUI keeps the routes of a pack whose import fails after this point. Tools import packs without a
# server; then there are no routes to add.
if _routes is not None and add_routes(_routes):
    at_startup(_server)
elif _routes is not None:
    WEB_DIRECTORY = None
    logging.getLogger("comfycontrol").warning(
        "ComfyControl is installed twice. This copy does nothing; remove one of the two folders in custom_nodes."
    )

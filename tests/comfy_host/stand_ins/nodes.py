"""ComfyUI's tables of nodes: its own two that are there, and what the packs brought."""

import os
import random
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folder_paths
from comfy import model_management

from comfy_host import png

# Names a class of nodes that a test wants to fail.
FAILING_NODE = "COMFY_HOST_FAILING_NODE"
MAX_RESOLUTION = 16384


@dataclass(frozen=True)
class Image:
    """What a tensor is to ComfyUI's nodes: the rows of pixels, three bytes each."""

    width: int
    height: int
    rgb: bytes


class EmptyImage:
    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "generate"
    CATEGORY = "image"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - ComfyUI's name for it
        size = {"default": 512, "min": 1, "max": MAX_RESOLUTION, "step": 1}
        return {
            "required": {
                "width": ("INT", size),
                "height": ("INT", dict(size)),
                "batch_size": ("INT", {"default": 1, "min": 1, "max": 4096}),
                "color": ("INT", {"default": 0, "min": 0, "max": 0xFFFFFF, "step": 1, "display": "color"}),
            }
        }

    def generate(self, width: int, height: int, batch_size: int = 1, color: int = 0) -> tuple[list[Image]]:
        return ([Image(width, height, color.to_bytes(3, "big") * (width * height))] * batch_size,)


class PreviewImage:
    RETURN_TYPES = ("IMAGE",)
    RETURN_NAMES = ("images",)
    FUNCTION = "save_images"
    OUTPUT_NODE = True
    CATEGORY = "image"
    DESCRIPTION = "Preview the images without saving them to the ComfyUI output directory."
    SEARCH_ALIASES = ("preview", "preview image", "show image", "view image", "display image", "image viewer")
    ESSENTIALS_CATEGORY = "Basics"

    def __init__(self) -> None:
        self._prefix = "ComfyUI_temp_" + "".join(random.choices(string.ascii_lowercase, k=5))  # noqa: S311 - no secret

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:  # noqa: N802 - ComfyUI's name for it
        return {
            "required": {"images": ("IMAGE",)},
            "hidden": {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"},
        }

    def save_images(self, images: list[Image], prompt: Any = None, extra_pnginfo: Any = None) -> dict[str, Any]:
        folder = Path(folder_paths.get_temp_directory())
        folder.mkdir(parents=True, exist_ok=True)
        shown = []
        for number, image in enumerate(images, start=1 + len(list(folder.glob(f"{self._prefix}_*")))):
            file = folder / f"{self._prefix}_{number:05}_.png"
            file.write_bytes(png.encode(image.width, image.height, image.rgb))
            shown.append({"filename": file.name, "subfolder": "", "type": "temp"})
        return {"ui": {"images": shown}, "result": (images,)}


EXTENSION_WEB_DIRS: dict[str, str] = {}
LOADED_MODULE_DIRS: dict[str, str] = {}
NODE_CLASS_MAPPINGS: dict[str, Any] = {}
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}


def reset() -> None:
    EXTENSION_WEB_DIRS.clear()
    LOADED_MODULE_DIRS.clear()
    NODE_CLASS_MAPPINGS.clear()
    NODE_CLASS_MAPPINGS.update(EmptyImage=EmptyImage, PreviewImage=PreviewImage)
    NODE_DISPLAY_NAME_MAPPINGS.clear()
    NODE_DISPLAY_NAME_MAPPINGS.update(EmptyImage="Empty Image", PreviewImage="Preview Image")


def before_node_execution() -> None:
    model_management.throw_exception_if_processing_interrupted()


def interrupt_processing(value: bool = True) -> None:  # noqa: FBT001, FBT002 - ComfyUI's signature
    model_management.interrupt_current_processing(value)


def fail_as_wanted(class_type: str) -> None:
    """For tests only: the class of nodes that is named fails when it is run."""
    if os.environ.get(FAILING_NODE) == class_type:
        raise RuntimeError(f"{class_type} was made to fail")


reset()

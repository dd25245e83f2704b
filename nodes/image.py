"""Image: the picture that the person who runs a template uploads."""

from pathlib import Path
from typing import Any, ClassVar

from ..comfycontrol import comfyui
from .inputs import CATEGORY, PLACEHOLDER, key_input

Inputs = dict[str, dict[str, Any]]


class ImageField:
    """A picture: `$file(key)`."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "A picture that ComfyControl asks for when it runs this workflow as a template. Run here, it gives the picture"
        " that you choose, which stays on this machine."
    )
    RETURN_TYPES = ("IMAGE", "MASK")
    RETURN_NAMES = ("image", "mask")
    OUTPUT_TOOLTIPS = ("The picture.", "Where the picture is transparent; empty where it has no transparency.")
    FUNCTION = "give"
    SEARCH_ALIASES: ClassVar = ["template image", "placeholder image", "upload image", "load image", "file field"]

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:  # noqa: N802 - ComfyUI's name
        """Give the inputs as ComfyUI asks for them."""
        return {
            "required": {
                "key": key_input("photo", characters="At most 255 letters, digits, - and _."),
                "image": (
                    comfyui.input_pictures(),
                    {"image_upload": True, "tooltip": "The picture to work with here. It is not part of the template."},
                ),
            },
            "optional": {"value": PLACEHOLDER},
        }

    @classmethod
    def VALIDATE_INPUTS(cls, key: Any, image: Any, value: Any = None) -> bool | str:  # noqa: N802 - ComfyUI's name
        """Say before the run what is wrong.

        That it names `image` keeps ComfyUI from asking for the author's picture on a runner, which has another.
        """
        from ..comfycontrol.templates import placeholders

        wrong = placeholders.key_fault(key)
        if wrong is None:
            name = _name_of(key, image, value)
            path = comfyui.input_file(name)
            if path is None:
                wrong = placeholders.fault("picture_missing", picture=name)
            elif not _is_picture(path):
                wrong = placeholders.fault("picture_unreadable", picture=name)
        return wrong.sentence() if wrong else True

    @classmethod
    def IS_CHANGED(cls, key: Any, image: Any, value: Any = None) -> Any:  # noqa: N802 - ComfyUI's name
        """Differ when the picture does."""
        path = comfyui.input_file(_name_of(key, image, value))
        if path is None:
            return ""
        seen = path.stat()
        return f"{path}:{seen.st_size}:{seen.st_mtime_ns}"

    def give(self, key: str, image: str, value: Any = None) -> tuple[Any, Any]:
        """Give the picture that came, or the one chosen here, and its mask."""
        from ..comfycontrol.templates import placeholders
        from .picture import load_picture

        name = _name_of(key, image, value)
        path = comfyui.input_file(name)
        if path is None:
            raise FileNotFoundError(placeholders.fault("picture_missing", picture=name).sentence())
        return load_picture(path)


def _name_of(key: Any, image: Any, value: Any) -> str:
    from ..comfycontrol.templates import placeholders

    return str(image) if placeholders.is_still(value, "file", str(key)) else str(value)


def _is_picture(path: Path) -> bool:
    from .picture import is_picture

    return is_picture(path)

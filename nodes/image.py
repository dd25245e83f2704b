"""Image: the picture that the person who runs a template uploads."""

import hashlib
from typing import Any, ClassVar

from ..comfycontrol import comfyui
from .inputs import CATEGORY, PLACEHOLDER, Inputs, key_input

_BLOCK = 1 << 20


class ImageField:
    """A picture: `$file(key)`."""

    CATEGORY = CATEGORY
    DESCRIPTION = (
        "An image that ComfyControl asks for when it runs this workflow as a template. When you run it here, the"
        " node gives the image you choose, which stays on this machine."
    )
    RETURN_TYPES = ("IMAGE", "MASK")
    RETURN_NAMES = ("image", "mask")
    OUTPUT_TOOLTIPS = ("The image.", "The transparent parts of the image. Empty if there are none.")
    FUNCTION = "give"
    SEARCH_ALIASES: ClassVar = ["template image", "placeholder image", "upload image", "load image", "file field"]

    @classmethod
    def INPUT_TYPES(cls) -> Inputs:  # noqa: N802 - ComfyUI's name
        """Give the inputs as ComfyUI asks for them."""
        return {
            "required": {
                "key": key_input("photo", characters="up to 255 letters, digits, - and _"),
                "image": (
                    comfyui.input_pictures(),
                    {
                        "image_upload": True,
                        "tooltip": "The image to use when you run the workflow here. It is not part of the template.",
                    },
                ),
            },
            "optional": {"value": PLACEHOLDER},
        }

    @classmethod
    def VALIDATE_INPUTS(cls, key: Any, image: Any, value: Any = None) -> bool | str:  # noqa: N802 - ComfyUI's name
        """Say before the run what is wrong. Opens no picture, because ComfyUI asks in its event loop.

        The parameter `image` keeps ComfyUI from insisting that the author's picture is on the runner too.
        """
        from ..comfycontrol.templates import placeholders

        wrong = placeholders.key_fault(key)
        if wrong is None:
            name = _name_of(key, image, value)
            if comfyui.input_file(name) is None:
                wrong = placeholders.fault("picture_missing", picture=name)
        return wrong.sentence() if wrong else True

    @classmethod
    def IS_CHANGED(cls, key: Any, image: Any, value: Any = None) -> Any:  # noqa: N802 - ComfyUI's name
        """Differ when the picture does. ComfyUI saves this with its outputs, so it names neither file nor time."""
        path = comfyui.input_file(_name_of(key, image, value))
        if path is None:
            return ""
        digest = hashlib.sha256()
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    digest.update(block)
        except OSError:
            # The run will say what is the matter.
            return ""
        return digest.hexdigest()

    def give(self, key: str, image: str, value: Any = None) -> tuple[Any, Any]:
        """Give the picture that came, or the one chosen here, and its mask.

        Raises:
            FileNotFoundError: the picture has gone since the run was queued.
            ValueError: the file is no picture that can be read, or one with too many pixels.

        """
        from ..comfycontrol.templates import placeholders

        name = _name_of(key, image, value)
        path = comfyui.input_file(name)
        if path is None:
            raise FileNotFoundError(placeholders.fault("picture_missing", picture=name).sentence())
        from .picture import UNREADABLE, load_picture

        try:
            return load_picture(path)
        except UNREADABLE:
            # Not Pillow's own message, which names the path.
            raise ValueError(placeholders.fault("picture_unreadable", picture=name).sentence()) from None


def _name_of(key: Any, image: Any, value: Any) -> str:
    from ..comfycontrol.templates import placeholders

    return str(image) if placeholders.is_still(value, "file", str(key)) else str(value)

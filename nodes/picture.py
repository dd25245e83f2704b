"""Reads a picture file into the form that ComfyUI's nodes pass on. Imported in runs only, because torch is heavy."""

import struct
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps, ImageSequence

_MOST_OF_8_BITS = 255.0
_MOST_OF_16_BITS = 65535.0
# What Pillow raises for damaged files of various formats; for an unknown format it is an OSError.
UNREADABLE = (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError)


def load_picture(path: Path) -> tuple[Any, Any]:
    """Give the frames of a picture and their masks.

    Any format and size that Pillow opens, like ComfyUI's Load Image, rotated as the EXIF data says. Frames that differ
    from the first in size are left out, because they do not fit into a batch.

    Raises:
        One of `UNREADABLE`.

    Returns:
        IMAGE, a float32 tensor of [frames, height, width, 3] from 0 to 1, and MASK, one of [frames, height, width]
        that is 1 where the picture is transparent.

    """
    pictures: list[Any] = []
    masks: list[Any] = []
    with Image.open(path) as opened:
        for frame in ImageSequence.Iterator(opened):
            picture, mask = _arrays(ImageOps.exif_transpose(frame))
            if not pictures or picture.shape == pictures[0].shape:
                pictures.append(picture)
                masks.append(mask)
    return torch.from_numpy(np.stack(pictures)), torch.from_numpy(np.stack(masks))


def _arrays(frame: Image.Image) -> tuple[Any, Any]:
    if frame.mode.startswith("I"):
        # Pillow would clip 16 bits at 255 instead of scaling them.
        grey = np.asarray(frame).astype(np.float32) / _MOST_OF_16_BITS
        return np.repeat(grey[..., None], 3, axis=2), np.zeros(grey.shape, np.float32)
    rgba = np.asarray(frame.convert("RGBA")).astype(np.float32) / _MOST_OF_8_BITS
    return np.ascontiguousarray(rgba[..., :3]), 1.0 - rgba[..., 3]

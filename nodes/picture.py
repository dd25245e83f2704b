"""Reads a picture file the way ComfyUI's nodes pass pictures on. Imported by a run, for torch is heavy."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

_MOST_OF_8_BITS = 255.0
_MOST_OF_16_BITS = 65535.0


def is_picture(path: Path) -> bool:
    """Whether the file is a picture that can be read to its end."""
    try:
        with Image.open(path) as opened:
            opened.load()
            return True
    except (OSError, UnidentifiedImageError, ValueError, Image.DecompressionBombError):
        return False


def load_picture(path: Path) -> tuple[Any, Any]:
    """Give the frames of a picture and their masks.

    Turned as its EXIF data says. Frames of another size than the first are left out, for they do not fit into a batch.

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
        # Pillow cuts 16 bits off at 255 rather than scale them.
        grey = np.asarray(frame).astype(np.float32) / _MOST_OF_16_BITS
        return np.repeat(grey[..., None], 3, axis=2), np.zeros(grey.shape, np.float32)
    rgba = np.asarray(frame.convert("RGBA")).astype(np.float32) / _MOST_OF_8_BITS
    return np.ascontiguousarray(rgba[..., :3]), 1.0 - rgba[..., 3]

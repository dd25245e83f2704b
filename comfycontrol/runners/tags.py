"""Tags that a person may want for this machine. Suggested, never added: a tag decides which work comes here."""

import re

from ..comfyui import Gpu

_GIB = 1024**3
# ComfyUI says "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync".
_DEVICE = re.compile(r"^[a-z]+(?::\d+)?\s+(?=\S)")
_ALLOCATOR = re.compile(r"\s+:\s+\w+$")
_REMARKS = re.compile(r"\(.*?\)|\[.*?\]")
# What every card of a make has in its name tells no two of them apart.
_MAKERS = {"nvidia", "geforce", "amd", "radeon", "intel", "graphics", "gpu"}
_SYSTEMS = {"linux": "linux", "windows": "windows", "darwin": "macos"}


def suggest_tags(gpu: Gpu | None, system: str) -> list[str]:
    """Give tags such as `gpu-rtx-4090`, `vram-24gb`, `linux`.

    Args:
        gpu: the device ComfyUI computes on.
        system: as `platform.system` gives it.

    """
    tags: list[str] = []
    if gpu is not None:
        model = _model(gpu.name)
        if model:
            tags.append(f"gpu-{model}")
        gigabytes = round(gpu.memory_bytes / _GIB)
        if gigabytes:
            tags.append(f"vram-{gigabytes}gb")
    platform = _SYSTEMS.get(system.lower())
    return [*tags, platform] if platform else tags


def _model(name: str) -> str:
    bare = _REMARKS.sub(" ", _ALLOCATOR.sub("", _DEVICE.sub("", name)))
    words = re.findall(r"[a-z0-9]+", bare.lower())
    return "-".join(word for word in words if word not in _MAKERS)

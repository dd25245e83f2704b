"""Tags to suggest for this machine. Never added by themselves, because tags decide which work comes here."""

import math
import re

from ..comfyui import Gpu
from ..public_address.platforms import PLATFORMS
from ..public_address.surroundings import Surroundings

_GIB = 1024**3
# ComfyUI says "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync".
_DEVICE = re.compile(r"^[a-z]+(?::\d+)?\s+(?=\S)")
_ALLOCATOR = re.compile(r"\s+:\s+\w+$")
_REMARKS = re.compile(r"\(.*?\)|\[.*?\]")
# Words in the names of all cards of a make.
_MAKERS = {"nvidia", "geforce", "amd", "radeon", "intel", "graphics", "gpu"}
# What cards are sold with, in GiB. A driver tells less: error correction takes a sixteenth.
_SOLD_GIB = (1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 16, 18, 20, 24, 32, 36, 40, 48, 64, 80, 94, 96, 128, 141, 180, 192, 256)
# The least that is left of them, of a Tesla T4's 16 GiB; a card with rebuilt memory lies below that of the next size.
_LEAST_LEFT = 0.905
_GIB_IN_NAME = re.compile(r"\b(\d+) ?gb\b", re.IGNORECASE)
_SYSTEMS = {"linux": "linux", "windows": "windows", "darwin": "macos"}
# By the names in `PLATFORMS`, without those that only pass requests on, such as tunnels.
PLATFORM_TAGS = {
    "RunPod": "runpod",
    "RunPod TCP": "runpod",
    "Vast.ai": "vast-ai",
    "Vast.ai's proxy": "vast-ai",
    "GitHub Codespaces": "codespaces",
    "Gitpod": "gitpod",
    "Hugging Face Space": "hugging-face",
    "Lightning.ai": "lightning-ai",
    "Azure Container Apps": "azure",
    "Railway": "railway",
    "Render": "render",
    "Fly.io": "fly-io",
    "AutoDL": "autodl",
    "CNB": "cnb",
    "Paperspace": "paperspace",
    "Colab": "colab",
    "Kaggle": "kaggle",
    "SageMaker Studio": "sagemaker",
    "Modal": "modal",
    "Salad": "salad",
}


def suggest_tags(gpu: Gpu | None, system: str, surroundings: Surroundings | None = None) -> list[str]:
    """Give tags such as `gpu-rtx-4090`, `vram-24gb`, `linux`, `runpod`.

    Args:
        gpu: the device ComfyUI computes on.
        system: as `platform.system` gives it.
        surroundings: what the platform is recognised by.

    """
    tags: list[str] = []
    if gpu is not None:
        model = gpu_model(gpu)
        if model:
            tags.append(f"gpu-{model}")
        gigabytes = sold_gigabytes(gpu)
        if gigabytes:
            tags.append(f"vram-{gigabytes}gb")
    if system.lower() in _SYSTEMS:
        tags.append(_SYSTEMS[system.lower()])
    return tags + (_platform_tags(surroundings) if surroundings else [])


def sold_gigabytes(gpu: Gpu) -> int:
    """Give the memory that the card is sold with, which is what people ask for; 0 if there is hardly any."""
    told = gpu.memory_bytes / _GIB
    if round(told) < 1:
        return 0
    in_name = _GIB_IN_NAME.search(gpu.name)
    sizes = [int(in_name[1])] if in_name else _SOLD_GIB
    fitting = next((size for size in sizes if told <= size), 0)
    return fitting if told >= _LEAST_LEFT * fitting > 0 else math.ceil(told)


def gpu_model(gpu: Gpu) -> str:
    """Give the card's short name, such as `rtx-4090`; empty if none can be made of its name."""
    bare = _REMARKS.sub(" ", _ALLOCATOR.sub("", _DEVICE.sub("", gpu.name)))
    words = re.findall(r"[a-z0-9]+", bare.lower())
    return "-".join(word for word in words if word not in _MAKERS)


def _platform_tags(surroundings: Surroundings) -> list[str]:
    """The tags of the platforms that are recognised, each once."""
    recognised = [row.name for row in PLATFORMS if row.name in PLATFORM_TAGS and row.detect(surroundings)]
    return list(dict.fromkeys(PLATFORM_TAGS[name] for name in recognised))

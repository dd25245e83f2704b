"""Tags to suggest for this machine. Never added by themselves, because tags decide which work comes here."""

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
        gigabytes = round(gpu.memory_bytes / _GIB)
        if gigabytes:
            tags.append(f"vram-{gigabytes}gb")
    if system.lower() in _SYSTEMS:
        tags.append(_SYSTEMS[system.lower()])
    return tags + (_platform_tags(surroundings) if surroundings else [])


def gpu_model(gpu: Gpu) -> str:
    """Give the card's short name, such as `rtx-4090`; empty if none can be made of its name."""
    bare = _REMARKS.sub(" ", _ALLOCATOR.sub("", _DEVICE.sub("", gpu.name)))
    words = re.findall(r"[a-z0-9]+", bare.lower())
    return "-".join(word for word in words if word not in _MAKERS)


def _platform_tags(surroundings: Surroundings) -> list[str]:
    """The tags of the platforms that are recognised, each once."""
    recognised = [row.name for row in PLATFORMS if row.name in PLATFORM_TAGS and row.detect(surroundings)]
    return list(dict.fromkeys(PLATFORM_TAGS[name] for name in recognised))

"""What the attacks are played against: the running host with its owner, and the real page in Chromium."""

from browser.conftest import host_kind, set_stage, shared_stage, stage
from routes.conftest import comfyui, owner

__all__ = ["comfyui", "host_kind", "owner", "set_stage", "shared_stage", "stage"]

"""The proof that an address leads here. Loads little, because anybody who reaches ComfyUI may ask."""

from typing import Any

from ..comfycontrol.storage.identity import this_identity
from .guards import Caller


def identity(caller: Caller) -> dict[str, Any]:
    """Give the proof for a nonce, to whoever asks."""
    return {"proof": this_identity().prove(caller.query("nonce"))}

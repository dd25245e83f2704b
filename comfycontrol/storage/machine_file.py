"""Files of one ComfyUI process on one machine, which no copy of the machine may take for its own."""

import hashlib
from pathlib import Path

from ..comfyui import protected_folder
from ..configuration import process
from .machine_id import machine_id


def machine_file(kind: str, instance: str) -> Path:
    """Give the path of such a file; it may not exist yet.

    Args:
        kind: what is in it.
        instance: names the process among those that share the folder; letters, digits, `.`, `_` and `-`.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    machine = machine_id(process.variables())
    # A hash, because an id such as a pod's should not be carried around on a volume.
    mark = f"-{hashlib.sha256(machine.encode(errors='surrogateescape')).hexdigest()[:16]}" if machine else ""
    return protected_folder() / f"{kind}-{instance}{mark}.json"

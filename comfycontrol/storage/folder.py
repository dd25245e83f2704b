"""Where this instance keeps what it remembers. Light: strangers ask for proofs, and must not have all else loaded.

Pods made from one image, and pods that mount one volume, find the same protected folder. The machine that came first
keeps it; each other machine gets a folder of its own inside it, so that none goes on with another's runner. For those
who register by hand it is always the protected folder itself: they see in the panel what is the matter.
"""

import hashlib
from pathlib import Path

from ..comfyui import protected_folder
from ..configuration import process
from .machine_id import machine_id
from .protected_file import read_bytes, write_first

STORE_FILE = "memory.json"
KEY_FILE = "seal.key"
MACHINE_FILE = "machine"
MACHINES_FOLDER = "machines"


def instance_folder() -> Path:
    """Give this instance's folder; it may not exist yet.

    Raises:
        MachineError: `storage_failed`.

    """
    folder = protected_folder()
    machine = machine_id(process.variables()) if process.asks_for_runner() else None
    return folder_of_machine(folder, machine) if machine else folder


def folder_of_machine(folder: Path, machine: str) -> Path:
    """Give the folder itself to the machine that came first, and to each other machine one inside it.

    Raises:
        MachineError: `storage_failed`.

    """
    # Only to tell machines apart: an id such as a pod's is nothing that a volume should carry around.
    name = hashlib.sha256(machine.encode(errors="surrogateescape")).hexdigest()[:32]
    if write_first(folder / MACHINE_FILE, name.encode()):
        return folder
    first = read_bytes(folder / MACHINE_FILE)
    return folder if first == name.encode() else folder / MACHINES_FOLDER / name

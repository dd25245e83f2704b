"""The folder in which this instance keeps its files. Light, because a stranger's request for a proof loads it.

Pods made from one image, and pods that mount one volume, find the same protected folder. The first machine uses it;
every other one gets a folder of its own inside it, so that none takes up another's runner. Where people register by
hand it is always the protected folder itself, because they see in the panel what is the matter.
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
    """Give the folder itself to the first machine, and to every other one a folder inside it.

    Raises:
        MachineError: `storage_failed`.

    """
    # A hash, because an id such as a pod's should not be carried around on a volume.
    name = hashlib.sha256(machine.encode(errors="surrogateescape")).hexdigest()[:32]
    if write_first(folder / MACHINE_FILE, name.encode()):
        return folder
    first = read_bytes(folder / MACHINE_FILE)
    return folder if first == name.encode() else folder / MACHINES_FOLDER / name

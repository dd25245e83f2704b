"""What a ComfyUI process keeps on disk of its tunnel: whether it is wanted, and which process it started."""

from pathlib import Path

from ..models.frozen import Frozen
from ..storage.machine_file import machine_file
from ..storage.model_file import ModelFile
from ..storage.protected_file import read_bytes, write_whole
from .agents import AgentName
from .process_mark import ProcessMark


class TunnelMemory(Frozen):
    """`wanted` is the agent whose tunnel an owner opened and did not stop; `child` is the process started last."""

    wanted: AgentName | None = None
    child: ProcessMark | None = None


class TunnelFile(ModelFile[TunnelMemory]):
    """Keeps `TunnelMemory`."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, TunnelMemory)

    def empty_file(self) -> Path:
        """Give a file with nothing in it, for an agent that shall read no other; made anew if there is anything."""
        empty = self._file.with_name("empty.yml")
        if read_bytes(empty) != b"":
            write_whole(empty, b"")
        return empty


def tunnel_file(instance: str) -> TunnelFile:
    """Give the file of one ComfyUI process on this machine; a copy of this instance finds none.

    Args:
        instance: names the process among those that share the folder; letters, digits, `.`, `_` and `-`.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    return TunnelFile(machine_file("tunnel", instance))

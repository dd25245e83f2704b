"""What a ComfyUI process keeps on disk of its tunnel: whether it is wanted, and which process it started."""

import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from ..models.frozen import Frozen
from ..storage.machine_file import machine_file
from ..storage.protected_file import locked, read_bytes, write_whole
from .agents import AgentName
from .process_mark import ProcessMark


class TunnelMemory(Frozen):
    """`wanted` is the agent whose tunnel an owner opened and did not stop; `child` is the process started last."""

    wanted: AgentName | None = None
    child: ProcessMark | None = None


class TunnelFile:
    """Keeps `TunnelMemory` in a file (mode 0600); safe to share between threads. A damaged file counts as empty.

    Args:
        file: where it is; it need not exist.

    Every method raises `MachineError`: `storage_failed`.

    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def load(self) -> TunnelMemory:
        """Give what is remembered."""
        content = read_bytes(self._file)
        try:
            return TunnelMemory() if content is None else TunnelMemory.model_validate_json(content)
        except ValidationError:
            return TunnelMemory()

    def update(self, change: Callable[[TunnelMemory], TunnelMemory]) -> None:
        """Apply `change` to what is remembered now, and store the result."""
        with self._lock, locked(self._file):
            was = self.load()
            changed = change(was)
            if changed != was:
                write_whole(self._file, changed.model_dump_json(indent=1).encode())

    def empty_file(self) -> Path:
        """Give a file with nothing in it, for an agent that shall read no other; made anew each time."""
        empty = self._file.with_name("empty.yml")
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

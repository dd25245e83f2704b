"""What the guarded port keeps on disk: the runner key as it is sent, and what the owners chose."""

import threading
from collections.abc import Callable
from pathlib import Path

from pydantic import Field, ValidationError

from ..models.frozen import Frozen
from ..storage.machine_file import machine_file
from ..storage.protected_file import locked, read_bytes, write_whole


class GatewayMemory(Frozen):
    """What one ComfyUI process remembers of its guarded port.

    `key` is what ComfyControl sends, `next_key` what it is to send instead; both open the port, so both are kept as
    they are. `is_on` and `whole_api` are the owners' choices. `port` is the one that was open last: tunnels lead to it.
    """

    key: str = Field(default="", repr=False)
    next_key: str = Field(default="", repr=False)
    is_on: bool = False
    whole_api: bool = False
    port: int | None = None


class GatewayFile:
    """Keeps `GatewayMemory` in a file (mode 0600); safe to share between threads.

    A damaged file counts as empty, which leaves the port closed: nothing in it has to be recognised later, and a new
    key is made where the port is switched on again.

    Args:
        file: where it is; it need not exist.

    Every method raises `MachineError`: `storage_failed`.

    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def load(self) -> GatewayMemory:
        """Give what is remembered."""
        content = read_bytes(self._file)
        try:
            return GatewayMemory() if content is None else GatewayMemory.model_validate_json(content)
        except ValidationError:
            return GatewayMemory()

    def update(self, change: Callable[[GatewayMemory], GatewayMemory]) -> GatewayMemory:
        """Apply `change` to what is remembered now; store and give the result."""
        with self._lock, locked(self._file):
            was = self.load()
            changed = change(was)
            if changed != was:
                write_whole(self._file, changed.model_dump_json(indent=1).encode())
        return changed


def gateway_file(instance: str) -> GatewayFile:
    """Give the file of one ComfyUI process on this machine.

    A copy of this instance finds none, and makes a key of its own: whoever has a key gets in.

    Args:
        instance: names the process among those that share the folder; letters, digits, `.`, `_` and `-`.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    return GatewayFile(machine_file("gateway", instance))

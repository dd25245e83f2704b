"""What the guarded port keeps on disk: the runner key as it is sent, and what the owners chose."""

from pathlib import Path

from pydantic import Field

from ..models.frozen import Frozen
from ..storage.machine_file import machine_file
from ..storage.model_file import ModelFile


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


class GatewayFile(ModelFile[GatewayMemory]):
    """Keeps `GatewayMemory`.

    A damaged file leaves the port closed: nothing in it has to be recognised later, and a new key is made where the
    port is switched on again.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file, GatewayMemory)


def gateway_file(instance: str) -> GatewayFile:
    """Give the file of one ComfyUI process on this machine.

    A copy of this instance finds none, and makes a key of its own: whoever has a key gets in.

    Args:
        instance: names the process among those that share the folder; letters, digits, `.`, `_` and `-`.

    Raises:
        MachineError: `storage_failed` outside of ComfyUI.

    """
    return GatewayFile(machine_file("gateway", instance))

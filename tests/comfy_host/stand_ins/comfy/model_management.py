"""The graphics card that this machine pretends to have."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """What torch.device is to a pack: it has a type, an index, and is printed as "cuda:0"."""

    type: str
    index: int | None = None

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"


@dataclass(frozen=True)
class Hardware:
    """One card; `name` is the whole answer of get_torch_device_name."""

    device: Device
    name: str
    total_memory: int


RTX_4090 = Hardware(Device("cuda", 0), "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync", 25757220864)
NO_GPU = Hardware(Device("cpu"), "cpu", 33546760192)

_present: list[Hardware] = [RTX_4090]


def reset(hardware: Hardware = RTX_4090) -> None:
    _present[:] = [hardware]


def get_torch_device() -> Device:
    return _present[0].device


def get_torch_device_name(device: Device) -> str:
    return _present[0].name if device == _present[0].device else str(device)


def get_total_memory(dev: Device | None = None) -> int:
    return _present[0].total_memory


def get_free_memory(dev: Device | None = None) -> int:
    return _present[0].total_memory // 2


class InterruptProcessingException(Exception):  # noqa: N818 - ComfyUI's name for it
    pass


_interrupted = threading.Event()


def interrupt_current_processing(value: bool = True) -> None:  # noqa: FBT001, FBT002 - ComfyUI's signature
    if value:
        _interrupted.set()
    else:
        _interrupted.clear()


def throw_exception_if_processing_interrupted() -> None:
    if _interrupted.is_set():
        _interrupted.clear()
        raise InterruptProcessingException

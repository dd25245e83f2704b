"""Files in ComfyUI's protected folder: whole or not at all, and for this machine's account only."""

import os
import tempfile
from pathlib import Path

from ..errors import MachineError


def read_bytes(file: Path) -> bytes | None:
    """Give the file's content, or None when there is no such file.

    Raises:
        MachineError: `storage_failed`.

    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(error) from None


def write_whole(file: Path, content: bytes) -> None:
    """Replace the file's content in one step, readable by the owner of the process only (mode 0600).

    Raises:
        MachineError: `storage_failed`.

    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # mkstemp makes the file with mode 0600.
        handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
        temporary = Path(name)
        try:
            _write_through(handle, content)
            temporary.replace(file)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise _failed(error) from None


def remove(file: Path) -> None:
    """Remove the file where there is one.

    Raises:
        MachineError: `storage_failed`.

    """
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _failed(error) from None


def _write_through(handle: int, content: bytes) -> None:
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _failed(error: OSError) -> MachineError:
    # strerror only: the error's own text names the folder, and this sentence may reach a stranger.
    return MachineError("storage_failed", reason=error.strerror or type(error).__name__)

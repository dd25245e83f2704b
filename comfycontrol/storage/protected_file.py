"""Files in ComfyUI's protected folder: written whole or not at all, and readable by the process's user only."""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from ..errors import MachineError

# How mkstemp names them: the file's own name and eight characters.
_TEMPORARY = ".*.????????"
_LONGEST_WRITE_S = 60


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


def is_there(file: Path) -> bool:
    """Whether there is such a file.

    Raises:
        MachineError: `storage_failed`, where that cannot be told.

    """
    try:
        file.stat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise _failed(error) from None
    return True


def write_whole(file: Path, content: bytes) -> None:
    """Replace the file's content in one step, readable by the owner of the process only (mode 0600).

    Raises:
        MachineError: `storage_failed`.

    """
    try:
        with _written(file, content) as temporary:
            temporary.replace(file)
    except OSError as error:
        raise _failed(error) from None


def write_first(file: Path, content: bytes) -> bool:
    """Write the file if there is none yet, in one step: of many that try at once, one succeeds.

    Returns:
        False if there is one already; then nothing was changed.

    Raises:
        MachineError: `storage_failed`.

    """
    try:
        with _written(file, content) as temporary:
            _move_if_new(temporary, file)
    except FileExistsError:
        return False
    except OSError as error:
        raise _failed(error) from None
    return True


@contextlib.contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep other processes out that update the same file. Where the file system knows no locks, nobody is kept out.

    Raises:
        MachineError: `storage_failed`.

    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = file.with_suffix(".lock").open("ab")
    except OSError as error:
        raise _failed(error) from None
    with lock:  # closing it is what unlocks
        with contextlib.suppress(OSError):
            _lock(lock.fileno())
        yield


def remove_left_over(folder: Path) -> None:
    """Remove the temporary files of writers that were killed; the next start tries again if that fails.

    Only files older than any write can take, because another process may be writing in the same folder.
    """
    with contextlib.suppress(OSError):
        for file in folder.glob(_TEMPORARY):
            with contextlib.suppress(OSError):
                if time.time() - file.stat().st_mtime > _LONGEST_WRITE_S:
                    file.unlink()


def remove(file: Path) -> None:
    """Remove the file, if there is one.

    Raises:
        MachineError: `storage_failed`.

    """
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise _failed(error) from None


@contextlib.contextmanager
def _written(file: Path, content: bytes) -> Iterator[Path]:
    """Write a temporary file next to the file, flushed to disk; it is removed afterwards."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # mkstemp makes the file with mode 0600.
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    temporary = Path(name)
    try:
        _write_through(handle, content)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _move_if_new(temporary: Path, file: Path) -> None:
    try:
        os.link(temporary, file)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network file systems have no links; there, this is as good as it gets.
        if file.exists():
            raise FileExistsError from None
        temporary.rename(file)


def _write_through(handle: int, content: bytes) -> None:
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX)


def _failed(error: OSError) -> MachineError:
    # strerror only: the whole text names the folder, and this sentence may reach a stranger.
    return MachineError("storage_failed", reason=error.strerror or type(error).__name__)

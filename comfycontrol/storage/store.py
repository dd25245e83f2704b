"""Keeps what this instance remembers, in ComfyUI's protected folder, which none of ComfyUI's routes serves.

Read anew each time, so that deleting the file releases the instance at once, without a restart.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import ValidationError

from ..errors import MachineError
from .folder import STORE_FILE
from .protected_file import locked, read_bytes, write_whole
from .remembered import Remembered
from .store_file import StoreFile


class Store:
    """Keeps `Remembered` in a file of the protected folder; safe to share between threads.

    Args:
        folder: the protected folder; it need not exist.
        on_change: called after each change of anything but `seen_at`.
        instance: names this process among those that share the folder.

    Every method raises `MachineError`: `storage_failed` when the folder cannot be read or written, `memory_damaged`
    when the file cannot be understood. Silently starting over would give the instance to whoever asks first.
    """

    def __init__(self, folder: Path, on_change: Callable[[], None] = lambda: None, instance: str = "") -> None:
        self._file = folder / STORE_FILE
        self._instance = instance
        self._on_change = on_change
        # Reentrant: whoever holds it loads and updates.
        self._lock = threading.RLock()

    def alone(self) -> AbstractContextManager[bool]:
        """Keep all others out, to do several steps as one."""
        return self._lock

    def load(self) -> Remembered:
        """Give what is remembered; empty if nothing is yet."""
        with self._lock:
            return self._read().seen_by(self._instance)

    def update(self, change: Callable[[Remembered], Remembered]) -> Remembered:
        """Apply `change` to what is remembered now; store and give the result."""
        with self._lock, locked(self._file):
            file = self._read()
            was = file.seen_by(self._instance)
            changed = change(was)
            write_whole(self._file, file.with_seen_by(self._instance, changed).model_dump_json(indent=1).encode())
        # Other pages need not look again because the service has repeated itself.
        if changed != was.model_copy(update={"seen_at": changed.seen_at}):
            self._on_change()
        return changed

    def _read(self) -> StoreFile:
        content = read_bytes(self._file)
        if content is None:
            return StoreFile()
        try:
            return StoreFile.model_validate_json(content)
        except ValidationError:
            raise MachineError("memory_damaged") from None

"""A model kept in a file of its own, such as what one ComfyUI process remembers of its guarded port."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from ..models.frozen import Frozen
from .protected_file import locked, read_bytes, write_whole

_Model = TypeVar("_Model", bound=Frozen)


class ModelFile(Generic[_Model]):
    """Keeps a model in a file (mode 0600); safe to share between threads. A damaged file counts as empty.

    Args:
        file: where it is; it need not exist.
        model: what it holds; the one without arguments where there is nothing yet.

    Every method raises `MachineError`: `storage_failed`.

    """

    def __init__(self, file: Path, model: type[_Model]) -> None:
        self._file = file
        self._model = model
        self._lock = threading.Lock()

    def load(self) -> _Model:
        """Give what is remembered."""
        content = read_bytes(self._file)
        try:
            return self._model() if content is None else self._model.model_validate_json(content)
        except ValidationError:
            return self._model()

    def update(self, change: Callable[[_Model], _Model]) -> _Model:
        """Apply `change` to what is remembered now; store and give the result."""
        with self._lock, locked(self._file):
            was = self.load()
            changed = change(was)
            if changed != was:
                write_whole(self._file, changed.model_dump_json(indent=1).encode())
        return changed

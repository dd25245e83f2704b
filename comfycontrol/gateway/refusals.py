"""Counts what the guarded port refuses, for the owners to see. Strangers can neither read it nor make it grow."""

import threading
from typing import NamedTuple

_MOST_PATHS = 10
_LONGEST_PATH = 200


class RefusedPath(NamedTuple):
    """What was asked for with the key and is closed, and how often. `path` is another's text, cut and printable."""

    method: str
    path: str
    times: int


class Refused(NamedTuple):
    """What was refused since ComfyUI started: the last ten paths, the latest first, and numbers of requests."""

    paths: tuple[RefusedPath, ...] = ()
    wrong_keys: int = 0
    without_key: int = 0


class Refusals:
    """Counts refusals; safe to share between threads, and quick enough for ComfyUI's loop.

    Paths are kept of requests with the key only: it is ComfyControl's wishes that owners decide about, and whoever
    scans for holes would push them out.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._paths: dict[tuple[str, str], int] = {}
        self._wrong_keys = 0
        self._without_key = 0

    def count_path(self, method: str, path: str) -> None:
        """Count a request that came with the key, for something that is closed."""
        asked = _printable(method), _printable(path)
        with self._lock:
            # Put in anew, so that the latest are last.
            self._paths[asked] = self._paths.pop(asked, 0) + 1
            if len(self._paths) > _MOST_PATHS:
                del self._paths[next(iter(self._paths))]

    def count_key(self, *, is_missing: bool) -> None:
        """Count a request that came with a wrong key, or with none."""
        with self._lock:
            if is_missing:
                self._without_key += 1
            else:
                self._wrong_keys += 1

    def refused(self) -> Refused:
        """Give what was counted."""
        with self._lock:
            paths = tuple(RefusedPath(*asked, count) for asked, count in reversed(self._paths.items()))
            return Refused(paths, self._wrong_keys, self._without_key)


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text[:_LONGEST_PATH])

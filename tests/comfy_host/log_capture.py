"""Everything logged or printed, as ComfyUI keeps it for /internal/logs."""

import logging
import sys
from datetime import datetime
from typing import Any, TextIO


class LogCapture:
    """Unlike ComfyUI's it has no limit of 300 entries: tests search it for secrets."""

    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []
        self._handler = _Remember(self)
        self._level_before: int | None = None

    def remember(self, text: str) -> None:
        self.entries.append({"t": datetime.now().isoformat(), "m": text})  # noqa: DTZ005 - ComfyUI's format

    def text(self) -> str:
        return "".join(f"{entry['t']} - {entry['m']}" for entry in self.entries)

    def follow_logging(self) -> None:
        """For a host inside a test's process, where pytest owns the streams and changes them between phases."""
        root = logging.getLogger()
        root.addHandler(self._handler)
        self._level_before = root.level
        root.setLevel(logging.INFO)

    def stop_following(self) -> None:
        if self._level_before is not None:
            logging.getLogger().removeHandler(self._handler)
            logging.getLogger().setLevel(self._level_before)
            self._level_before = None

    def take_streams(self) -> None:
        """For a host with a process of its own: printed lines too, until the process ends."""
        sys.stdout = _Tee(sys.stdout, self)
        sys.stderr = _Tee(sys.stderr, self)
        logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="[%(levelname)s] %(message)s")


class _Remember(logging.Handler):
    def __init__(self, capture: LogCapture) -> None:
        super().__init__()
        self._capture = capture
        self.setFormatter(logging.Formatter("[%(levelname)s] %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._capture.remember(f"{self.format(record)}\n")


class _Tee:
    """A stream that is also remembered; everything but writing is the stream's own."""

    def __init__(self, stream: TextIO, capture: LogCapture) -> None:
        self._stream = stream
        self._capture = capture

    def write(self, text: str) -> int:
        self._capture.remember(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

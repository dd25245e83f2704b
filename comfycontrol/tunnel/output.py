"""What an agent prints: drained for ever, so that it never waits for us, and bounded."""

import re
import threading
from collections import deque
from typing import IO

_MOST_LINES = 40
_LONGEST_LINE = 500
_PIECE = 4096
_SIGN = "..."
# In this order: what is in an address must not be left over after a part of it is gone.
_NOT_FOR_THE_LOG = (
    re.compile(r"\S+@\S+"),
    re.compile(r"\b[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE),
    re.compile(r"(?i)\b(?:token|secret|key|password|authorization|bearer|credentials?)\b\W{1,3}\S+"),
    # Paths, which hold the names of people.
    re.compile(r"(?:[A-Za-z]:)?[\\/][\w.~-]+(?:[\\/][^\s\"']*)*"),
    re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?"),
    re.compile(r"\[?\b[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}\]?(?::\d+)?", re.IGNORECASE),
    re.compile(r"\b(?:[\w-]+\.)+[a-z]{2,}\b(?::\d+)?", re.IGNORECASE),
    # Ids and keys.
    re.compile(r"\b(?=[\w+/=-]*\d)[\w+/=-]{12,}"),
    re.compile(r"\b[\w+/=-]{24,}"),
)


def harmless(line: str) -> str:
    """Give a line without what is nobody else's business: addresses, names of machines, paths, ids, secrets.

    ComfyUI serves its log to anyone, and agents print whatever they like.
    """
    for pattern in _NOT_FOR_THE_LOG:
        line = pattern.sub(_SIGN, line)
    return " ".join(line.split())


class Output:
    """The last lines of a stream, which a thread of its own reads to its end.

    Args:
        stream: belongs to this object from now on.

    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._thread = threading.Thread(target=self._drain, name="comfycontrol-tunnel-output", daemon=True)
        self._thread.start()

    def lines(self) -> list[str]:
        """Give the last lines, the newest last; each is cut, and printable."""
        return [*self._lines]

    def wait(self, seconds: float) -> None:
        """Wait until the stream has ended."""
        self._thread.join(seconds)

    def _drain(self) -> None:
        rest = b""
        with self._stream as stream:
            # What is there, without waiting for more.
            while piece := stream.read1(_PIECE) if hasattr(stream, "read1") else stream.read(_PIECE):
                *whole, rest = (rest + piece).split(b"\n")
                for line in whole:
                    self._keep(line)
                # A line without an end.
                rest = rest[:_LONGEST_LINE]
        if rest:
            self._keep(rest)

    def _keep(self, line: bytes) -> None:
        text = line[:_LONGEST_LINE].decode(errors="replace").rstrip()
        self._lines.append("".join(sign if sign.isprintable() else "?" for sign in text))

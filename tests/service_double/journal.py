"""What the service was asked, and what it had to complain about."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    status: int | None
    body: Any
    # Neither compared nor shown: every call carries the client's own noise here, and the token.
    headers: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)


class Journal:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._calls: dict[int, Call] = {}
        self._complaints: list[str] = []
        self._next = 0

    def arrived(self, call: Call) -> int:
        with self._changed:
            self._next += 1
            self._calls[self._next] = call
            self._changed.notify_all()
            return self._next

    def answered(self, number: int, status: int) -> None:
        with self._changed:
            # The test may have had the call forgotten while it was under way.
            if number in self._calls:
                self._calls[number] = replace(self._calls[number], status=status)
                self._changed.notify_all()

    def calls(self, method: str | None = None, path: str | None = None) -> list[Call]:
        with self._changed:
            return [
                call for call in self._calls.values() if method in {None, call.method} and path in {None, call.path}
            ]

    def wait_for(self, count: int, method: str | None, path: str | None, seconds: float) -> list[Call]:
        with self._changed:
            # Condition is built on a reentrant lock, so that calls() may take it again.
            if not self._changed.wait_for(lambda: len(self.calls(method, path)) >= count, seconds):
                raise TimeoutError(f"{len(self.calls(method, path))} calls within {seconds} s, not {count}")
            return self.calls(method, path)

    def forget_calls(self) -> None:
        with self._changed:
            self._calls.clear()

    def complain(self, complaints: Iterable[str]) -> None:
        with self._changed:
            self._complaints.extend(complaints)

    def complaints(self) -> list[str]:
        with self._changed:
            return list(self._complaints)

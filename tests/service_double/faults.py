"""Faults a test plans ahead, and the plan that hands them out."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .misbehaviour import Answer, Close, Drip, Hang, Huge, Misbehaviour, Slow


@dataclass(frozen=True)
class Fault:
    """A misbehaviour and the requests it befalls: any method, any path and any number of times where None."""

    misbehaviour: Misbehaviour
    method: str | None = None
    path: str | None = None
    times: int | None = 1

    def befalls(self, method: str, path: str) -> bool:
        if self.method not in {None, method}:
            return False
        if self.path is not None and self.path.endswith("*"):
            return path.startswith(self.path[:-1])
        return self.path in {None, path}

    @property
    def is_silence(self) -> bool:
        """Whether nothing comes at first, of an answer or of the connection's end."""
        wait = self.misbehaviour
        return isinstance(wait, Hang) or (isinstance(wait, Slow) and wait.seconds > 0)

    @classmethod
    def answer(
        cls,
        status: int,
        body: str | bytes = "",
        *,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
        path: str | None = None,
        times: int | None = 1,
    ) -> "Fault":
        return cls(Answer(status, body, content_type, headers or {}), method, path, times)

    @classmethod
    def answer_after_work(
        cls,
        status: int,
        body: str | bytes = "",
        *,
        content_type: str = "text/html",
        headers: Mapping[str, str] | None = None,
        method: str | None = None,
        path: str | None = None,
        times: int | None = 1,
    ) -> "Fault":
        return cls(Answer(status, body, content_type, headers or {}, after_work=True), method, path, times)

    @classmethod
    def redirect(
        cls,
        location: str,
        *,
        status: int = 302,
        method: str | None = None,
        path: str | None = None,
        times: int | None = 1,
    ) -> "Fault":
        return cls(Answer(status, "", "text/html", {"Location": location}), method, path, times)

    @classmethod
    def close_before(cls, *, method: str | None = None, path: str | None = None, times: int | None = 1) -> "Fault":
        return cls(Close(after_work=False), method, path, times)

    @classmethod
    def close_after(cls, *, method: str | None = None, path: str | None = None, times: int | None = 1) -> "Fault":
        return cls(Close(after_work=True), method, path, times)

    @classmethod
    def hang(cls, *, method: str | None = None, path: str | None = None, times: int | None = 1) -> "Fault":
        return cls(Hang(), method, path, times)

    @classmethod
    def slow(
        cls, *, seconds: float, method: str | None = None, path: str | None = None, times: int | None = 1
    ) -> "Fault":
        return cls(Slow(seconds), method, path, times)

    @classmethod
    def drip(
        cls,
        *,
        seconds_between: float,
        at_most_seconds: float = 30.0,
        method: str | None = None,
        path: str | None = None,
        times: int | None = 1,
    ) -> "Fault":
        return cls(Drip(seconds_between, at_most_seconds), method, path, times)

    @classmethod
    def huge(
        cls, *, megabytes: float = 64, method: str | None = None, path: str | None = None, times: int | None = 1
    ) -> "Fault":
        return cls(Huge(megabytes), method, path, times)


class FaultPlan:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        with self._lock:
            self._faults.clear()

    def next_of(self, method: str, path: str) -> Fault | None:
        """What will befall such a request."""
        with self._lock:
            return next((fault for fault in self._faults if fault.befalls(method, path)), None)

    def take(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for position, fault in enumerate(self._faults):
                if fault.befalls(method, path):
                    self._use(position, fault)
                    return fault
        return None

    def _use(self, position: int, fault: Fault) -> None:
        if fault.times is None:
            return
        if fault.times > 1:
            self._faults[position] = replace(fault, times=fault.times - 1)
        else:
            del self._faults[position]

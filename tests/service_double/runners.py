"""The runners the service holds."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from .rules import RunnerFields
from .stamps import new_id, utc_now

# A fixed width, because the length of a secret is part of the secret.
_MASK = "********"


@dataclass(frozen=True)
class Runner:
    account_id: str
    name: str
    endpoint: str
    headers: dict[str, str]
    tags: tuple[str, ...]
    status: str
    id: str = field(default_factory=new_id)
    created_at: str = field(default_factory=utc_now)
    updated_at: str = ""

    @classmethod
    def from_json(cls, held: Mapping[str, Any]) -> "Runner":
        """The runner that as_json() tells of, id and times included."""
        names = {each.name for each in fields(cls)} & held.keys()
        return cls(account_id=held["user_id"], **{**{name: held[name] for name in names}, "tags": tuple(held["tags"])})

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "user_id": self.account_id,
            "name": self.name,
            "status": self.status,
            "endpoint": self.endpoint,
            "tags": list(self.tags),
            "headers": dict(self.headers),
            "created_at": self.created_at,
            "updated_at": self.updated_at or self.created_at,
        }

    def as_masked_json(self) -> dict[str, Any]:
        return {**self.as_json(), "headers": dict.fromkeys(self.headers, _MASK)}


class Runners:
    """Every runner of every account; locked, because a test and the server reach it from two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runners: dict[str, Runner] = {}

    def add(self, account_id: str, given: RunnerFields) -> Runner:
        runner = Runner(
            account_id=account_id,
            name=given.name or "",
            endpoint=given.endpoint or "",
            headers=given.headers or {},
            tags=given.tags or (),
            status=given.status or "active",
        )
        return self.keep(runner)

    def keep(self, runner: Runner) -> Runner:
        with self._lock:
            self._runners[runner.id] = runner
        return runner

    def newest_first(self, account_id: str | None = None) -> list[Runner]:
        # By the order in which they came: two runners may well be made within the same millisecond.
        with self._lock:
            runners = list(self._runners.values())
        return [runner for runner in reversed(runners) if account_id in {None, runner.account_id}]

    def find(self, runner_id: str) -> Runner | None:
        with self._lock:
            return self._runners.get(runner_id)

    def update(self, runner_id: str, fields: RunnerFields) -> Runner:
        given = {name: value for name, value in vars(fields).items() if value is not None}
        with self._lock:
            runner = replace(self._runners[runner_id], **given, updated_at=utc_now())
            self._runners[runner_id] = runner
        return runner

    def remove(self, runner_id: str) -> None:
        with self._lock:
            del self._runners[runner_id]

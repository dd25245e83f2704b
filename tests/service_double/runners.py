"""The runners the service holds."""

import threading
from dataclasses import dataclass, field, replace
from typing import Any

from .rules import RunnerFields
from .stamps import new_id, utc_now

_HISTORY_MOST = 10
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
        self._runs: dict[str, list[dict[str, Any]]] = {}

    def add(self, account_id: str, fields: RunnerFields) -> Runner:
        runner = Runner(
            account_id=account_id,
            name=fields.name or "",
            endpoint=fields.endpoint or "",
            headers=fields.headers or {},
            tags=fields.tags or (),
            status=fields.status or "active",
        )
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

    def add_run(self, runner_id: str, run: dict[str, Any]) -> None:
        with self._lock:
            self._runs.setdefault(runner_id, []).insert(0, run)

    def history(self, runner_id: str) -> list[dict[str, Any]]:
        with self._lock:
            return self._runs.get(runner_id, [])[:_HISTORY_MOST]

"""The workflows the service was sent, and what became of them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .stamps import new_id, utc_now
from .workflow_rules import WorkflowFields

# Those after which nothing more happens.
ENDED = frozenset({"completed", "cancelled", "invalid", "failed"})
STATUSES = ("accepted", "uploaded", "queued", "running", *sorted(ENDED))

_LISTED = ("id", "name", "status", "tags", "created_at", "updated_at", "started_at", "completed_at")
_WHY_IT_FAILED = ("error_node", "exception_type", "exception_message")


@dataclass(frozen=True)
class Picture:
    """What a runner made, in the account's gallery."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Workflow:
    user_id: str
    name: str
    tags: tuple[str, ...] = ()
    workflow_json: Mapping[str, Any] = field(default_factory=dict)
    workflow_params: Mapping[str, str] = field(default_factory=dict)
    status: str = "accepted"
    # The runner of the account, or the service's own: never both.
    user_runner_id: str | None = None
    managed_runner_id: str | None = None
    prompt_id: str | None = None
    queue_number: float | None = None
    error_node: str | None = None
    exception_type: str | None = None
    exception_message: str | None = None
    pictures: tuple[Picture, ...] = ()
    started_at: str | None = None
    completed_at: str | None = None
    id: str = field(default_factory=new_id)
    created_at: str = field(default_factory=utc_now)
    updated_at: str = field(default_factory=utc_now)

    def as_listed_json(self) -> dict[str, Any]:
        return {name: _json(getattr(self, name)) for name in _LISTED}

    def as_json(self) -> dict[str, Any]:
        hidden = {"pictures", *(() if self.status in {"failed", "invalid"} else _WHY_IT_FAILED)}
        return {name: _json(value) for name, value in vars(self).items() if name not in hidden}

    def as_run(self) -> dict[str, Any]:
        """As the history of a runner tells of it: without times that have not come yet."""
        return {name: value for name, value in self.as_listed_json().items() if value is not None}


class Workflows:
    """Every workflow of every account; locked, because a test and the server reach it from two threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._workflows: dict[str, Workflow] = {}

    def add(self, account_id: str, fields: WorkflowFields) -> Workflow:
        return self.keep(Workflow(account_id, fields.name, fields.tags, fields.workflow_json, fields.params))

    def keep(self, workflow: Workflow) -> Workflow:
        with self._changed:
            self._workflows[workflow.id] = workflow
            self._changed.notify_all()
        return workflow

    def newest_first(self, account_id: str | None = None, runner_id: str | None = None) -> list[Workflow]:
        with self._changed:
            workflows = list(self._workflows.values())
        return [
            each
            for each in reversed(workflows)
            if account_id in {None, each.user_id} and runner_id in {None, each.user_runner_id}
        ]

    def find(self, workflow_id: str) -> Workflow | None:
        with self._changed:
            return self._workflows.get(workflow_id)

    def update(self, workflow_id: str, change: Mapping[str, Any]) -> Workflow:
        now = utc_now()
        times: dict[str, Any] = {"updated_at": now}
        if change.get("status") == "running":
            times["started_at"] = now
        if change.get("status") in ENDED:
            times["completed_at"] = now
        with self._changed:
            return self.keep(replace(self._workflows[workflow_id], **times, **change))

    def wait_for(self, status: str, seconds: float) -> Workflow:
        """Wait until the newest has this status."""

        def newest() -> Workflow | None:
            return next(iter(self.newest_first()), None)

        def is_there() -> bool:
            workflow = newest()
            return workflow is not None and workflow.status == status

        with self._changed:
            # Condition is built on a reentrant lock, so that newest_first() may take it again.
            if not self._changed.wait_for(is_there, seconds):
                raise TimeoutError(f"not {status} within {seconds} s, but {newest()}")
            found = newest()
            assert found is not None
            return found


def _json(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value

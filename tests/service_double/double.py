"""The double as a test holds it: what it was told, what it saw."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, final

from .accounts import RUNNER_LIMITS, Account, Accounts
from .app import Service
from .faults import Fault, FaultPlan
from .gate import Gate
from .journal import Call, Journal
from .rate_limit import RateLimit
from .rules import STATUSES, RunnerFields
from .runners import Runner, Runners
from .server_thread import ServerThread
from .template_rules import TemplateFields
from .templates import Templates
from .workflow_controls import WorkflowControls
from .workflows import Workflow


@final
class ServiceDouble(WorkflowControls):
    def __init__(
        self,
        *,
        port: int = 0,
        runner_limits: Mapping[str, int | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        resolve: Mapping[str, str] | None = None,
    ) -> None:
        self._runner_limits = {**RUNNER_LIMITS, **(runner_limits or {})}
        self._accounts = Accounts()
        self._runners = Runners()
        self._journal = Journal()
        self._plan = FaultPlan()
        self._rate_limit = RateLimit(clock)
        self._gate = Gate()
        self._templates = Templates()
        super().__init__(self._runners, resolve or {})
        self._service = Service(
            self._accounts,
            self._runners,
            self._journal,
            self._plan,
            self._rate_limit,
            self._gate,
            self._templates,
            self._workflows,
            self._orchestrator,
        )
        self._thread = ServerThread(self._service, port)

    def __enter__(self) -> "ServiceDouble":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._thread.stop()

    def release(self) -> None:
        """Let go what faults and pauses hold.

        What hangs is worked on and answered, what is slow is answered, one drip falls, and workflows wait no more.
        """
        self._thread.on_loop(self._gate.release)
        self._orchestrator.pauses.end()

    @property
    def url(self) -> str:
        return self._thread.url

    @property
    def created_status(self) -> int:
        return self._service.created_status

    @created_status.setter
    def created_status(self, status: int) -> None:
        self._service.created_status = status

    @property
    def enforce_rate_limit(self) -> bool:
        return self._rate_limit.enforced

    @enforce_rate_limit.setter
    def enforce_rate_limit(self, enforced: bool) -> None:
        self._rate_limit.enforced = enforced

    def add_account(
        self,
        name: str = "Ada Lovelace",
        *,
        tier: str = "pro",
        email: str = "ada@example.com",
        runner_limit: int | None = None,
        provider: str | None = "github",
    ) -> Account:
        limit = self._runner_limits.get(tier) if runner_limit is None else runner_limit
        return Account(name=name, email=email, tier=tier, runner_limit=limit, provider=provider)

    def add_token(self, account: Account, token: str | None = None, *, expired: bool = False) -> str:
        return self._accounts.add_token(account, token, expired=expired)

    def revoke(self, token: str) -> None:
        self._accounts.revoke(token)

    def runners(self) -> list[dict[str, Any]]:
        return [runner.as_json() for runner in self._runners.newest_first()]

    def add_runner(
        self,
        account: Account,
        *,
        name: str = "Runner",
        endpoint: str = "https://comfy.example.com",
        tags: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        status: str = "active",
    ) -> dict[str, Any]:
        fields = RunnerFields(name, endpoint, dict(headers or {}), tuple(tags), _known(status))
        return self._runners.add(account.id, fields).as_json()

    def restore_runners(self, runners: Iterable[Mapping[str, Any]]) -> None:
        """Hold again what runners() gave, newest first, under the same ids."""
        for runner in reversed(list(runners)):
            self._runners.keep(Runner.from_json(runner))

    def add_run(self, runner_id: str, name: str = "Portrait", status: str = "completed") -> dict[str, Any]:
        """A workflow that this runner ran, as its history tells of it."""
        runner = self._runners.find(runner_id)
        assert runner is not None
        workflow = self._workflows.keep(Workflow(runner.account_id, name, user_runner_id=runner_id))
        return self._workflows.update(workflow.id, {"status": status}).as_run()

    @property
    def template_limit(self) -> int | None:
        """How many templates any account may have; None for no limit."""
        return self._service.template_routes.limit

    @template_limit.setter
    def template_limit(self, limit: int | None) -> None:
        self._service.template_routes.limit = limit

    @property
    def workflow_limit(self) -> int | None:
        """How many workflows any account may send; None for no limit."""
        return self._service.workflow_routes.limit

    @workflow_limit.setter
    def workflow_limit(self, limit: int | None) -> None:
        self._service.workflow_routes.limit = limit

    def templates(self) -> list[dict[str, Any]]:
        return [template.as_json() for template in self._templates.newest_first()]

    def add_template(self, account: Account, *, name: str = "Portrait", description: str = "A face") -> dict[str, Any]:
        return self._templates.add(account.id, TemplateFields(name, description, {})).as_json()

    def remove_template(self, template_id: str) -> None:
        self._templates.remove(template_id)

    def remove_runner(self, runner_id: str) -> None:
        self._runners.remove(runner_id)

    def set_status(self, runner_id: str, status: str) -> None:
        self._runners.update(runner_id, RunnerFields(status=_known(status)))

    @property
    def calls(self) -> list[Call]:
        return self._journal.calls()

    def calls_of(self, method: str | None = None, path: str | None = None) -> list[Call]:
        return self._journal.calls(method, path)

    def wait_for_calls(
        self, count: int = 1, method: str | None = None, path: str | None = None, *, seconds: float = 5.0
    ) -> list[Call]:
        """Wait until so many calls have arrived, answered or not."""
        return self._journal.wait_for(count, method, path, seconds)

    def forget_calls(self) -> None:
        self._journal.forget_calls()

    @property
    def complaints(self) -> list[str]:
        return self._journal.complaints()

    def plan(self, *faults: Fault) -> None:
        for fault in faults:
            self._plan.add(fault)

    def will_be_silent(self, method: str, path: str) -> bool:
        """Whether the next such request hangs, or is slow."""
        fault = self._plan.next_of(method, path)
        return fault is not None and fault.is_silence

    def no_faults(self) -> None:
        self._plan.clear()
        self._orchestrator.no_faults()


def _known(status: str) -> str:
    if status not in STATUSES:
        raise ValueError(f"a runner is {' or '.join(STATUSES)}")
    return status

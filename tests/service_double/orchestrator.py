"""Chooses a runner for each workflow, and sees that it is run there."""

import asyncio
import contextlib
import logging
import random
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

from .execution import execute
from .pauses import Pauses
from .runner_client import RunnerClient, RunnerTrouble
from .runners import Runner, Runners
from .workflow_steps import Steps, WorkflowFault, failed, on_managed_runner
from .workflows import Workflow, Workflows

_CALL_SECONDS = 10.0
# Somebody may enable a runner, or give it the tag.
_BETWEEN_SEARCHES = 0.05

log = logging.getLogger("service_double.orchestrator")


def fitting(runners: Iterable[Runner], tags: Sequence[str]) -> list[Runner]:
    """Those that are active and have all tags; one without any is a wildcard."""
    return [each for each in runners if each.status == "active" and (not each.tags or set(tags) <= set(each.tags))]


class Orchestrator:
    """Begins and ends on the server's own loop; what it is told comes from a test's thread, too."""

    def __init__(self, workflows: Workflows, runners: Runners) -> None:
        self.enabled = True
        self.has_managed_runners = True
        self.resolve: dict[str, str] = {}
        self.trusted: Path | None = None
        self.call_seconds = _CALL_SECONDS
        self.pauses = Pauses()
        self.runners = runners
        self._workflows = workflows
        self._lock = threading.Lock()
        self._faults: list[WorkflowFault] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def add_fault(self, fault: WorkflowFault) -> None:
        with self._lock:
            self._faults.append(fault)

    def no_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    def begin(self, workflow: Workflow) -> None:
        if self.enabled:
            run = _Run(workflow, self)
            with self._lock:
                steps = self._faults.pop(0)(run) if self._faults else run.usual()
            task = asyncio.create_task(self._follow(workflow, steps))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self, workflow: Workflow, steps: Steps) -> None:
        try:
            async with contextlib.aclosing(steps):
                async for change in steps:
                    async with self.pauses.step(change["status"]):
                        self._workflows.update(workflow.id, change)
        except Exception:
            log.exception("The double itself failed to run a workflow")
            self._workflows.update(workflow.id, failed("internal server error"))


class _Run:
    def __init__(self, workflow: Workflow, orchestrator: Orchestrator) -> None:
        self._workflow = workflow
        self._orchestrator = orchestrator

    async def usual(self) -> Steps:
        runner = await self._chosen()
        async with contextlib.aclosing(self.on_runner(runner.id) if runner else on_managed_runner()) as steps:
            async for change in steps:
                yield change

    async def on_runner(self, runner_id: str) -> Steps:
        yield {"status": "accepted", "user_runner_id": runner_id}
        try:
            async with (
                contextlib.aclosing(self._client(runner_id)) as client,
                contextlib.aclosing(execute(self._workflow.workflow_json, client)) as steps,
            ):
                async for change in steps:
                    yield change
        except RunnerTrouble as trouble:
            yield failed(str(trouble))

    async def _chosen(self) -> Runner | None:
        """One that fits, as soon as there is one; None for one of the service's own."""
        orchestrator, tags = self._orchestrator, self._workflow.tags
        while not (found := fitting(orchestrator.runners.newest_first(self._workflow.user_id), tags)):
            if orchestrator.has_managed_runners and not tags:
                return None
            await asyncio.sleep(_BETWEEN_SEARCHES)
        return random.choice(found)  # noqa: S311 - no secret

    def _client(self, runner_id: str) -> RunnerClient:
        runner = self._orchestrator.runners.find(runner_id)
        if runner is None:
            raise RunnerTrouble("runner was removed")
        return RunnerClient(
            runner, self._orchestrator.resolve, self._orchestrator.call_seconds, self._orchestrator.trusted
        )

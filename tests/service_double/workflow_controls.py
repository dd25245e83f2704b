"""The workflows of the double, as a test holds them."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from .orchestrator import Orchestrator
from .runners import Runners
from .workflow_steps import WorkflowFault
from .workflows import STATUSES, Workflows


class WorkflowControls:
    def __init__(self, runners: Runners, resolve: Mapping[str, str]) -> None:
        self._workflows = Workflows()
        self._orchestrator = Orchestrator(self._workflows, runners)
        self._orchestrator.resolve.update(resolve)

    def workflows(self) -> list[dict[str, Any]]:
        return [workflow.as_json() for workflow in self._workflows.newest_first()]

    def wait_for_workflow(self, status: str, *, seconds: float = 10.0) -> dict[str, Any]:
        """Wait until the newest workflow has this status."""
        return self._workflows.wait_for(status, seconds).as_json()

    def pictures(self, workflow_id: str) -> list[bytes]:
        """What the gallery of the account holds of a workflow."""
        workflow = self._workflows.find(workflow_id)
        return [picture.content for picture in workflow.pictures] if workflow else []

    @property
    def orchestrate(self) -> bool:
        """Whether workflows are run; else those that come stay accepted for good."""
        return self._orchestrator.enabled

    @orchestrate.setter
    def orchestrate(self, enabled: bool) -> None:
        self._orchestrator.enabled = enabled

    @property
    def has_managed_runners(self) -> bool:
        """Whether a machine of the service's own takes a workflow without tags that no runner may have."""
        return self._orchestrator.has_managed_runners

    @has_managed_runners.setter
    def has_managed_runners(self, there: bool) -> None:
        self._orchestrator.has_managed_runners = there

    @property
    def resolve(self) -> dict[str, str]:
        """Which server of this machine stands behind a host name of an endpoint; to be changed in place."""
        return self._orchestrator.resolve

    def trust(self, authority: Path) -> None:
        """Take certificates of this authority too, a file as PEM, from runners."""
        self._orchestrator.trusted = authority

    @property
    def runner_call_seconds(self) -> float:
        """How long one call to a runner may take."""
        return self._orchestrator.call_seconds

    @runner_call_seconds.setter
    def runner_call_seconds(self, seconds: float) -> None:
        self._orchestrator.call_seconds = seconds

    @property
    def pause_before(self) -> AbstractSet[str]:
        """The statuses that no workflow gets before go_on(); "accepted": before it is given to a runner."""
        return self._orchestrator.pauses.before

    @pause_before.setter
    def pause_before(self, statuses: AbstractSet[str]) -> None:
        self._orchestrator.pauses.before = statuses

    def hold_workflows(self) -> None:
        """Have workflows wait before every change of status, until release()."""
        self.pause_before = set(STATUSES)

    def go_on(self, *, seconds: float = 10.0) -> None:
        """Wait until a workflow waits, and give it the status that it waits for."""
        self._orchestrator.pauses.go_on(seconds)

    def add_workflow_fault(self, fault: WorkflowFault) -> None:
        """Have this befall the next workflow that has none yet."""
        self._orchestrator.add_fault(fault)

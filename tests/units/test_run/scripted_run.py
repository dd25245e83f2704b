"""A test run whose workflow does at the service what a test says; its waits take no time."""

from pathlib import Path
from typing import Any

from pydantic import SecretStr
from units.runners.registration_desk import Desk

from comfycontrol_pack.comfycontrol.api.client import ComfyControlClient
from comfycontrol_pack.comfycontrol.errors import ComfyControlError
from comfycontrol_pack.comfycontrol.models.test_run import Outcome, StepName
from comfycontrol_pack.comfycontrol.models.workflow import Workflow, WorkflowDraft
from comfycontrol_pack.comfycontrol.test_run.judgement import Place
from comfycontrol_pack.comfycontrol.test_run.run import TestRun, Watch
from service_double import Account, ServiceDouble

Said = dict[str, Any] | ComfyControlError


class ScriptedRun:
    """`said` is what the service says of the workflow, one entry for each look, the last one for good.

    `sending` are errors that sending it meets first; `kept` whether the service has it all the same.
    """

    def __init__(self, double: ServiceDouble, account: Account, token: str, folder: Path) -> None:
        self.double = double
        self.desk = Desk(double, token, folder)
        self.desk.connect()
        # Another one, so that a listing has something to tell apart.
        self.other = double.add_runner(account, name="Other", endpoint="https://other.example.com", tags=("other",))
        self.said: list[Said] = [{"status": "accepted"}]
        self.sending: list[ComfyControlError] = []
        self.kept = False
        self.place: Place = "nowhere"
        self.sent: list[WorkflowDraft] = []
        self.waits: list[float] = []
        self.steps: list[StepName] = []
        self.now = 1000.0
        self.calls = 0

    def register(self, **values: Any) -> str:
        runner_id = self.desk.register(**values).id
        self.double.forget_calls()
        self.desk.session.open_client = self._open_client
        return runner_id

    @property
    def runner(self) -> dict[str, Any]:
        remembered = self.desk.remembered.runner
        return next(one for one in self.double.runners() if remembered and one["id"] == remembered.id)

    @property
    def watch(self) -> Watch:
        def reached(step: StepName) -> None:
            if step not in self.steps:
                self.steps.append(step)

        return Watch(self.wait, lambda _: self.place, reached, lambda: self.now)

    def go(self) -> Outcome:
        return TestRun(self.desk.session, self.desk.user, self.watch).go()

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def _open_client(self, token: SecretStr) -> ComfyControlClient:
        return _Client(self, token)


class _Client(ComfyControlClient):
    def __init__(self, scripted: ScriptedRun, token: SecretStr) -> None:
        super().__init__(token, scripted.double.url)
        self._scripted = scripted

    def _call(self, *arguments: Any, **named: Any) -> Any:
        self._scripted.calls += 1
        return super()._call(*arguments, **named)

    def send_workflow(self, draft: WorkflowDraft) -> Workflow:
        self._scripted.calls += 1
        self._scripted.sent.append(draft)
        if self._scripted.sending:
            raise self._scripted.sending.pop(0)
        return Workflow(id="w", status="accepted", tags=draft.tags)

    def workflow(self, workflow_id: str) -> Workflow:
        self._scripted.calls += 1
        said = self._scripted.said.pop(0) if len(self._scripted.said) > 1 else self._scripted.said[0]
        if isinstance(said, ComfyControlError):
            raise said
        return Workflow.model_validate({"id": workflow_id, **said})

    def workflows(self, count: int) -> list[Workflow]:
        self._scripted.calls += 1
        kept = [Workflow(id="w", tags=self._scripted.sent[-1].tags)] if self._scripted.kept else []
        return [Workflow(id="another", tags=("other",)), *kept][:count]

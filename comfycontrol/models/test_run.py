"""A test run: ComfyControl sends a workflow, and it runs here."""

from typing import Literal

from pydantic import Field

from .frozen import Frozen
from .runner import Runner

# The one outcome that proves that ComfyControl reaches this instance.
RAN = "ran"
StepName = Literal["sent", "assigned", "queued", "running", "done"]
STEPS: tuple[StepName, ...] = ("sent", "assigned", "queued", "running", "done")


class Outcome(Frozen):
    """How a test run ended.

    `code` is a key of the section `test_run`, or of `errors` for an error. `values` fill the sentences' placeholders.
    `service_message` has the service's own words, `field` the form's field that is to blame. `at` is ISO 8601, UTC.
    """

    code: str
    at: str
    values: dict[str, str | int] = Field(default_factory=dict)
    service_message: str | None = None
    field: Literal["endpoint", "headers"] | None = None


class LastRun(Frozen):
    """The last test run that ended by itself, and the runner as it was then.

    `is_old` is set when the values of its headers change, because they are not kept to be compared later.
    """

    outcome: Outcome
    runner_id: str
    endpoint: str
    headers_mark: str = ""
    is_old: bool = False

    def is_of(self, runner: Runner) -> bool:
        """Whether what it showed holds for the runner as it is now."""
        return not self.is_old and (self.runner_id, self.endpoint) == (runner.id, runner.endpoint)

    def after(self, runner: Runner) -> "LastRun | None":
        """The same, once the service has told of this runner; None where it is another."""
        if runner.id != self.runner_id:
            return None
        is_old = not self.is_of(runner) or runner.headers_mark not in {"", self.headers_mark}
        return self.model_copy(update={"is_old": True}) if is_old else self

    def proves(self, runner: Runner) -> bool:
        """Whether ComfyControl has run a workflow on the runner as it is now."""
        return self.outcome.code == RAN and self.is_of(runner)


class Step(Frozen):
    """A step that was seen, and when (ISO 8601, UTC)."""

    step: StepName
    at: str


class Progress(Frozen):
    """A test run as it stands; `outcome` is None while it goes on."""

    id: str
    started_at: str
    steps: tuple[Step, ...] = ()
    outcome: Outcome | None = None

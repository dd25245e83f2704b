"""One test run, from sending the workflow to its end."""

import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple, TypeVar

from ..api.creation import create_once
from ..clock import utc_now
from ..comfyui import ComfyUser
from ..errors import ComfyControlError, RefusedByServiceError, ServiceError
from ..models.runner import Runner
from ..models.test_run import Outcome, StepName
from ..models.workflow import Workflow, WorkflowDraft
from ..runners.account_session import AccountSession
from .judgement import Judgement, Place, field_of, judge
from .lent_tag import lend
from .workflow import new_tag, small_workflow

_Result = TypeVar("_Result")
MOST_SECONDS = 120.0
# Within this time some runner should have been given the workflow.
ASSIGNED_SECONDS = 60.0
# Of the run's own calls; taking the tag away needs two more.
MOST_CALLS = 28
# Between two looks, in seconds; the last goes on.
PAUSES = (1.0, 1.0, 2.0, 3.0, 5.0)
# Among so many of the newest workflows, ours is looked for when the answer to sending it is lost.
_NEWEST = 20


class GivenUpError(Exception):
    """Somebody does not want to wait any longer."""


class Watch(NamedTuple):
    """How a run waits and what it tells.

    `wait` waits so many seconds and raises `GivenUpError` where the run is given up. `clock` gives monotonic seconds.
    `place_of` says where this ComfyUI has a prompt. `reached` is told of each step.
    """

    wait: Callable[[float], None]
    place_of: Callable[[str], Place]
    reached: Callable[[StepName], None]
    clock: Callable[[], float] = time.monotonic


class TestRun:
    """One test run; belongs to one thread. `runner` is this instance's as the service told of it at the beginning.

    Args:
        session: the account's token and the calls made with it.
        user: whose token to use.
        watch: how it waits and what it tells.

    """

    def __init__(self, session: AccountSession, user: ComfyUser, watch: Watch) -> None:
        self._session = session
        self._user = user
        self._watch = watch
        self._began = watch.clock()
        self._calls = 0
        self._place: Place = "nowhere"
        self.runner: Runner | None = None

    def go(self) -> Outcome:
        """Send the workflow and follow it to its end.

        Raises:
            ComfyControlError: it could not be sent, or the service went away.
            GivenUpError: from the wait.

        """
        self.runner, tags = self._called(lambda: lend(self._session, self._user, new_tag()), calls=3)
        runner_id = self.runner.id
        draft = small_workflow(self.runner.name, tags)
        workflow = self._called(lambda: self._sent(draft), calls=2)
        self._watch.reached("sent")
        return self._followed(workflow, runner_id)

    def _followed(self, workflow: Workflow, runner_id: str) -> Outcome:
        trouble: ServiceError | None = None
        looks = 0
        while True:
            judged = self._judged(workflow, runner_id)
            self._watch.reached(judged.step)
            if judged.ended:
                return self._outcome(judged.ended, workflow)
            if self._is_late(judged):
                if trouble is not None:
                    raise trouble
                return self._outcome(_code_when_late(judged.step, self._place), workflow)
            self._watch.wait(PAUSES[min(looks, len(PAUSES) - 1)])
            looks += 1
            try:
                workflow, trouble = self._called(partial(self._looked_at, workflow.id)), None
            except RefusedByServiceError:
                raise
            except ServiceError as error:
                # It may come back; what was sent goes on without us.
                trouble = error

    def _judged(self, workflow: Workflow, runner_id: str) -> Judgement:
        if workflow.prompt_id:
            found = self._watch.place_of(workflow.prompt_id)
            # A history can be cleared; what was seen here was here.
            self._place = found if found != "nowhere" else self._place
        return judge(workflow, runner_id, self._place)

    def _is_late(self, judged: Judgement) -> bool:
        passed = self._watch.clock() - self._began
        limit = ASSIGNED_SECONDS if judged.step == "sent" else MOST_SECONDS
        return passed >= limit or self._calls >= MOST_CALLS

    def _sent(self, draft: WorkflowDraft) -> Workflow:
        with self._session.client_of(self._user) as client:

            def find() -> Workflow | None:
                return next((one for one in client.workflows(_NEWEST) if set(draft.tags) <= set(one.tags)), None)

            return create_once(
                lambda: client.send_workflow(draft), find, not_there="workflow_lost", unknown="workflow_lost"
            )

    def _looked_at(self, workflow_id: str) -> Workflow:
        with self._session.client_of(self._user) as client:
            return client.workflow(workflow_id)

    def _called(self, call: Callable[[], _Result], calls: int = 1) -> _Result:
        """Call the service; after a refusal that did no work, wait as long as it wants and call again."""
        while True:
            self._calls += calls
            try:
                return call()
            except RefusedByServiceError as error:
                left = MOST_SECONDS - (self._watch.clock() - self._began)
                if error.code != "rate_limited" or (error.retry_after or 0) > left or self._calls >= MOST_CALLS:
                    raise
                self._watch.wait(error.retry_after or PAUSES[-1])

    def _outcome(self, code: str, workflow: Workflow) -> Outcome:
        values: dict[str, str | int] = {}
        if code == "other_runner":
            values["runner"] = self._name_of(workflow.user_runner_id)
        if code == "failed_here":
            values = {"node": workflow.error_node or "?", "exception": workflow.exception_type or "?"}
        words = workflow.exception_message
        field = {"not_reached": field_of(words), "elsewhere": "endpoint"}.get(code)
        return Outcome(code=code, at=utc_now(), values=values, service_message=words or None, field=field)

    def _name_of(self, runner_id: str) -> str:
        try:
            with self._session.client_of(self._user) as client:
                return client.runner(runner_id).name or runner_id
        except ComfyControlError:
            return runner_id


def _code_when_late(step: StepName, place: Place) -> str:
    if step == "sent":
        return "not_assigned"
    return {"queue": "waits_here", "work": "works_here"}.get(place, "went_quiet")

"""What a workflow's state at the service, and in this ComfyUI, says about the test run: a pure function."""

import re
from typing import Literal, NamedTuple

from ..models.test_run import RAN, STEPS, StepName
from ..models.workflow import ENDED, Workflow

# Where ComfyUI has a prompt: nowhere, in its queue, at work, in its history.
Place = Literal["nowhere", "queue", "work", "history"]
Field = Literal["endpoint", "headers"]

# Looked for in the service's words only to lead to the right field; nothing is concluded from their absence.
_ASKS_FOR_HEADERS = re.compile(r"\b(?:401|403)\b")


class Judgement(NamedTuple):
    """The last step that was reached, and the code of the outcome if it has ended."""

    step: StepName
    ended: str | None = None


def judge(workflow: Workflow, runner_id: str, place: Place) -> Judgement:
    """Judge a test run.

    Args:
        workflow: as the service gives it.
        runner_id: this instance's runner.
        place: where this ComfyUI has the workflow's prompt, or last had it.

    """
    if workflow.managed_runner_id:
        return Judgement("sent", "managed_runner")
    if workflow.user_runner_id not in {"", runner_id}:
        return Judgement("sent", "other_runner")
    step = _step(workflow, place)
    if workflow.status == "cancelled":
        return Judgement(step, "cancelled")
    return _judge_here(workflow, step) if place != "nowhere" else Judgement(step, _ended_elsewhere(workflow))


def field_of(words: str) -> Field:
    """The form's field that is likely to blame when the service could not reach this instance, by its own words."""
    return "headers" if _ASKS_FOR_HEADERS.search(words) else "endpoint"


def steps_up_to(step: StepName) -> tuple[StepName, ...]:
    """All steps that lie behind when this one is reached."""
    return STEPS[: STEPS.index(step) + 1]


def _judge_here(workflow: Workflow, step: StepName) -> Judgement:
    if workflow.status == "completed":
        return Judgement("done", RAN)
    if workflow.status not in ENDED:
        return Judgement(step)
    # Where nothing failed here, it was the way back.
    return Judgement(step, "failed_here" if workflow.error_node or workflow.exception_type else "broke_off")


def _ended_elsewhere(workflow: Workflow) -> str | None:
    if workflow.prompt_id or workflow.status == "completed":
        # Whoever took it did not put it in the queue of this ComfyUI.
        return "elsewhere"
    if workflow.status not in ENDED:
        return None
    return "not_accepted" if workflow.status == "invalid" else "not_reached"


def _step(workflow: Workflow, place: Place) -> StepName:
    if place in {"work", "history"} or (place == "queue" and workflow.status == "running"):
        return "running"
    if place == "queue":
        return "queued"
    return "assigned" if workflow.user_runner_id else "sent"

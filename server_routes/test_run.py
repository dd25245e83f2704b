"""The test run: ComfyControl sends a workflow, and it runs here."""

from typing import Any

from ..comfycontrol.bootstrap import instance
from ..comfycontrol.models.runner import Runner
from ..comfycontrol.models.test_run import RAN, LastRun, Outcome, Progress
from ..comfycontrol.test_run.outcomes import outcome_sentence
from .answers import known
from .guards import Caller


def start_test_run(caller: Caller) -> dict[str, Any]:
    """Start one, or give the one that is under way."""
    return _content(instance().test_runs.start(caller.user), caller.language)


def test_run(caller: Caller) -> dict[str, Any]:
    """How the last one stands."""
    return _content(instance().test_runs.progress, caller.language)


def give_up_test_run(caller: Caller) -> dict[str, Any]:
    """End the one that is under way, without waiting for what was sent."""
    return _content(instance().test_runs.give_up(), caller.language)


def last_run_content(last: LastRun, runner: Runner, language: str) -> dict[str, Any]:
    """Give the outcome of the last run, and `old`: whether the runner is another than then."""
    return {**_outcome_content(last.outcome, language), "old": not last.is_of(runner)}


def _content(progress: Progress | None, language: str) -> dict[str, Any]:
    """Give `{run: {id, started_at, steps: [{step, at}], outcome} or null}`."""
    if progress is None:
        return {"run": None}
    content = progress.model_dump(exclude={"outcome"})
    outcome = progress.outcome and _outcome_content(progress.outcome, language)
    return {"run": {**content, "outcome": outcome}}


def _outcome_content(outcome: Outcome, language: str) -> dict[str, Any]:
    """Give `{code, proven, at, message, next_step, service_message?, field?}`."""
    content: dict[str, Any] = {"code": outcome.code, "proven": outcome.code == RAN, "at": outcome.at}
    for name in ("message", "next_step"):
        content[name] = outcome_sentence(outcome, name, language)
    return content | known(outcome, "service_message", "field")

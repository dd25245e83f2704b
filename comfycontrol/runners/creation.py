"""Creating a runner, and finding those that have its endpoint already."""

from ..api.client import ComfyControlClient
from ..api.creation import create_once
from ..models.endpoint import same_endpoint
from ..models.runner import Runner, RunnerDraft


def with_endpoint(runners: list[Runner], endpoint: str) -> list[Runner]:
    """Give the runners that have this endpoint, however it is spelt."""
    return [runner for runner in runners if same_endpoint(runner.endpoint, endpoint)]


def create_runner(client: ComfyControlClient, draft: RunnerDraft, before: list[Runner]) -> Runner:
    """Create a runner; `before` are the runners that the account had.

    Raises:
        AnswerLostError: `outcome_unknown`, `answer_lost` and others; see `create_once`.

    """
    known = {runner.id for runner in before}

    def find() -> Runner | None:
        there = with_endpoint(client.runners(), draft.endpoint)
        return next((runner for runner in there if runner.id not in known and runner.name == draft.name), None)

    return create_once(lambda: client.create_runner(draft), find, not_there="answer_lost", unknown="outcome_unknown")

"""Making a runner without ever making two: the service takes the same one twice, and an answer can get lost."""

from ..api.client import ComfyControlClient
from ..errors import AnswerLostError, ServiceError
from ..models.endpoint import normalise_endpoint
from ..models.runner import Runner, RunnerDraft


def with_endpoint(runners: list[Runner], endpoint: str) -> list[Runner]:
    """Give those of the runners that have this endpoint, however it is spelt."""
    wanted = normalise_endpoint(endpoint)
    return [runner for runner in runners if normalise_endpoint(runner.endpoint) == wanted]


def create_runner(client: ComfyControlClient, draft: RunnerDraft, before: list[Runner]) -> Runner:
    """Create a runner; when the answer is lost, look whether it is there instead of asking again.

    Raises:
        AnswerLostError: `outcome_unknown` when even looking failed; else what happened, and it is not there.

    """
    try:
        return client.create_runner(draft)
    except AnswerLostError as lost:
        try:
            now = client.runners()
        except ServiceError:
            raise AnswerLostError("outcome_unknown") from lost
        known = {runner.id for runner in before}
        for runner in with_endpoint(now, draft.endpoint):
            if runner.id not in known and runner.name == draft.name:
                return runner
        if lost.code == "service_trouble":
            raise
        raise AnswerLostError("answer_lost") from lost

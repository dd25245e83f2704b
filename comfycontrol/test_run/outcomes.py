"""What people read of the outcome of a test run."""

from ..clock import utc_now
from ..errors import ComfyControlError
from ..models.test_run import Outcome
from ..texts import ENGLISH, first_sentence

GIVEN_UP = "given_up"


def outcome_of_error(error: ComfyControlError) -> Outcome:
    """The outcome of a run that an error has ended."""
    return Outcome(code=error.code, at=utc_now(), values=error.values, service_message=error.service_message)


def outcome_sentence(outcome: Outcome, name: str, language: str) -> str:
    """Give its `message` or `next_step`."""
    return first_sentence(("test_run", "errors"), outcome.code, name, language=language, **outcome.values)


def told(outcome: Outcome) -> str:
    """What the log says of it. Without the values and the service's words: ComfyUI serves its log to anyone."""
    bare = outcome.model_copy(update={"values": dict.fromkeys(outcome.values, "...")})
    return f"{outcome_sentence(bare, 'message', ENGLISH)} {outcome_sentence(bare, 'next_step', ENGLISH)}".strip()

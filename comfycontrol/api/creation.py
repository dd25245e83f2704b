"""Making one thing at the service and never two: it takes the same one twice, and an answer can get lost."""

from collections.abc import Callable
from typing import TypeVar

from ..errors import AnswerLostError, ServiceError

_Made = TypeVar("_Made")


def create_once(
    create: Callable[[], _Made], find: Callable[[], _Made | None], *, not_there: str, unknown: str
) -> _Made:
    """Create something; when the answer is lost, look whether it is there instead of asking again.

    Args:
        create: asks the service for it.
        find: gives what has been there only since, None for nothing.
        not_there: the code of the error when it is not there.
        unknown: the code when even looking failed.

    Raises:
        AnswerLostError: with one of these codes, or as it was where the service itself spoke of trouble.

    """
    try:
        return create()
    except AnswerLostError as lost:
        try:
            found = find()
        except ServiceError:
            raise AnswerLostError(unknown) from lost
        if found is not None:
            return found
        if lost.code == "service_trouble":
            raise
        raise AnswerLostError(not_there) from lost

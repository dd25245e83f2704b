"""Creates something at the service exactly once, although the service accepts duplicates and answers can get lost."""

from collections.abc import Callable
from typing import TypeVar

from ..errors import AnswerLostError, ServiceError

_Made = TypeVar("_Made")


def create_once(
    create: Callable[[], _Made], find: Callable[[], _Made | None], *, not_there: str, unknown: str
) -> _Made:
    """Create something; if the answer is lost, look whether it exists instead of asking again.

    Args:
        create: asks the service for it.
        find: gives what was created since, or None.
        not_there: the code of the error if it does not exist.
        unknown: the code if looking failed as well.

    Raises:
        AnswerLostError: with one of these codes; unchanged if the service itself reported trouble.

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

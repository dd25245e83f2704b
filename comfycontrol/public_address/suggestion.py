"""What a detector gives: an address, where it comes from, how sure that is, and what it takes to use it."""

from dataclasses import dataclass, field
from typing import Literal

from ..endpoint import check_endpoint
from ..errors import InvalidInputError

Certainty = Literal["high", "medium", "low"]


@dataclass(frozen=True)
class NeededHeader:
    """A header that requests to the address must carry.

    `value` may be a secret (Vast.ai's token opens everything on that machine), so `repr` leaves it out; it is empty
    where only the person knows it.
    """

    name: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Suggestion:
    """An address for the endpoint field.

    `url` is None where a platform is known to have no usable address; then `note` says so, and what to do.
    """

    url: str | None
    source: str
    certainty: Certainty
    headers: tuple[NeededHeader, ...] = ()
    note: str = ""


def web_address(text: str) -> str | None:
    """Give the text back, without blanks around it, when the service would take it for an endpoint."""
    try:
        return check_endpoint(text)
    except InvalidInputError:
        return None

"""Headers whose values this machine knows: filled in here, and shown to nobody."""

from typing import TypeVar

from ..comfycontrol.bootstrap import surroundings
from ..comfycontrol.models.runner import check_secret_headers
from ..comfycontrol.public_address.suggest import headers_of_machine
from .bodies import EndpointCheck, NewRunner, RunnerChange

_WithHeaders = TypeVar("_WithHeaders", EndpointCheck, NewRunner, RunnerChange)


def with_machine_headers(body: _WithHeaders, endpoint: str | None) -> _WithHeaders:
    """Fill in the values of the headers that the body names, for this machine's own address only.

    Raises:
        InvalidInputError: `header_not_known`.

    """
    if not body.machine_headers:
        return body
    found = headers_of_machine(surroundings(), endpoint or "", body.machine_headers)
    return body.model_copy(update={"headers": check_secret_headers({**(body.headers or {}), **found})})

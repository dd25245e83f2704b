"""The runners of the account, and this instance's."""

from typing import Any

from ..comfycontrol.api.client import MOST_RUNNERS
from ..comfycontrol.bootstrap import instance
from ..comfycontrol.errors import BadRequestError
from .bodies import NewRunner, RunnerChange
from .guards import Caller
from .machine_headers import with_machine_headers


def runners(caller: Caller) -> dict[str, Any]:
    """All runners of the account, newest first, for one of them to be taken over."""
    found = instance().queries.runners(caller.user)
    return {"runners": [runner.model_dump() for runner in found], "truncated": len(found) >= MOST_RUNNERS}


def history(caller: Caller) -> dict[str, Any]:
    """The latest workflows that this runner ran."""
    return {"workflows": [run.model_dump() for run in instance().queries.history(caller.user)]}


def register(caller: Caller, body: NewRunner) -> dict[str, Any]:
    """Make this instance a runner of the account."""
    draft = with_machine_headers(body, body.endpoint)
    return {"runner": instance().registration.register(caller.user, draft, body.choice).model_dump()}


def change(caller: Caller, body: RunnerChange) -> dict[str, Any]:
    """Change the runner of this instance."""
    registration = instance().registration
    # For the address that the runner has, or gets by this change.
    wanted = with_machine_headers(body, body.endpoint or registration.saved_endpoint()).as_change()
    if all(value is None for _, value in wanted):
        raise BadRequestError("body_invalid")
    registration.check_changeable(*sorted(wanted.model_fields_set))
    return {"runner": registration.change(caller.user, wanted).model_dump()}

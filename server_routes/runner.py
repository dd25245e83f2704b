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
    parts, user = instance(), caller.user
    runner_id = body.take_over or (None if body.as_new else parts.registration.saved_id())
    draft = parts.guarding.applied(
        user, with_machine_headers(body, body.endpoint), guard=body.guard, runner_id=runner_id
    )
    return {"runner": parts.registration.register(user, draft, body.choice).model_dump()}


def change(caller: Caller, body: RunnerChange) -> dict[str, Any]:
    """Change the runner of this instance."""
    parts, user = instance(), caller.user
    registration = parts.registration
    # For the address that the runner has, or gets by this change.
    filled_in = with_machine_headers(body, body.endpoint or registration.saved_endpoint())
    if body.guard is not None:
        registration.check_changeable("headers")
    wanted = parts.guarding.applied(user, filled_in, guard=body.guard, runner_id=registration.saved_id()).as_change()
    if all(value is None for _, value in wanted):
        raise BadRequestError("body_invalid")
    registration.check_changeable(*sorted(wanted.model_fields_set))
    changed = registration.change(user, wanted)
    parts.guarding.settled(guard=body.guard)
    return {"runner": changed.model_dump()}

"""What each route does, in a thread: who may, the body's shape, the use case, the answer's content.

The subject is imported here on first use, so that mounting the routes costs ComfyUI's start next to nothing.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from .answers import error_content
from .guards import Caller

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..comfycontrol.registration import Registration

    _Model = TypeVar("_Model", bound=BaseModel)


def status(caller: Caller, *, refresh: bool) -> dict[str, Any]:
    """How this instance stands: to a stranger the bare state, to an owner all that is known."""
    from ..comfycontrol import comfyui

    found = _registration().status(comfyui.user_of(caller.request), caller.owner_key, refresh=refresh)
    content = found.model_dump(exclude_none=True, exclude={"problem"})
    if found.problem:
        content["problem"] = error_content(found.problem)
    return content


def suggestions(caller: Caller) -> dict[str, Any]:
    """What the form is filled in with. The page adds its own address, which only it knows."""
    import platform

    from ..comfycontrol import comfyui
    from ..comfycontrol.tag_suggestions import suggest_tags

    _registration().check_owner(caller.owner_key)
    return {"name": platform.node(), "endpoints": [], "tags": suggest_tags(comfyui.gpu(), platform.system())}


def connect(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Check, seal and answer the token; the page then saves the sealed text through ComfyUI's settings."""
    from ..comfycontrol import comfyui
    from .bodies import TokenBody

    token = _validated(TokenBody, body).token.get_secret_value()
    connection = _registration().connect(token, comfyui.user_of(caller.request), caller.owner_key)
    return {
        "sealed_token": connection.sealed_token,
        "owner_key": connection.owner_key,
        "account": {"name": connection.account.name, "tier": connection.account.tier},
        "token_hint": connection.token_hint,
    }


def disconnect(caller: Caller) -> dict[str, Any]:
    """Forget token, owners and runner, and say what stays at the service."""
    registration = _registration()
    registration.check_owner(caller.owner_key)
    left = registration.disconnect()
    return {"left_at_service": left.model_dump() if left else None}


def register(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Make this instance a runner of the account."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.models import RunnerDraft
    from .bodies import TakeOverBody

    registration = _registration()
    registration.check_owner(caller.owner_key)
    choice = _validated(TakeOverBody, body)
    runner = registration.register(
        comfyui.user_of(caller.request),
        _validated(RunnerDraft, body),
        take_over=choice.take_over,
        # Said to be null, rather than not said.
        make_second="take_over" in choice.model_fields_set and choice.take_over is None,
    )
    return {"runner": runner.model_dump()}


def change(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Change the runner of this instance."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.models import RunnerChange

    registration = _registration()
    registration.check_owner(caller.owner_key)
    runner = registration.change(comfyui.user_of(caller.request), _validated(RunnerChange, body))
    return {"runner": runner.model_dump()}


def _registration() -> "Registration":
    from ..comfycontrol.this_instance import registration

    return registration()


def _validated(model: "type[_Model]", body: dict[str, Any]) -> "_Model":
    from pydantic import ValidationError

    from ..comfycontrol.errors import BadRequestError

    try:
        return model.model_validate(body)
    except ValidationError as error:
        # The limits raise errors of their own; what is left is a field that is missing or of the wrong type.
        place = error.errors(include_input=False, include_context=False)[0]["loc"]
        raise BadRequestError("body_invalid", field=str(place[0]) if place else None) from None

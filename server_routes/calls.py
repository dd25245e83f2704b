"""What each route does, in a thread: who may, the body's shape, the use case, the answer's content.

The subject is imported here on first use, so that mounting the routes costs ComfyUI's start next to nothing.
"""

from typing import TYPE_CHECKING, Any, TypeVar

from ..comfycontrol.errors import BadRequestError, ComfyControlError, NotAllowedError
from ..comfycontrol.texts import LANGUAGES, page_texts, shipped
from .answers import verdict_content
from .guards import FORWARDED_HEADERS, LANGUAGE_HEADER, Caller, address_of

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..comfycontrol.public_address.suggest import NeededHeader, Suggestion
    from ..comfycontrol.runners.registration import Registration

    _Model = TypeVar("_Model", bound=BaseModel)


def status(caller: Caller, *, refresh: bool) -> dict[str, Any]:
    """How this instance stands: to a stranger the bare state, to an owner all that is known."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.bootstrap import instance
    from .status_answer import status_content

    found = instance().queries.status(comfyui.user_of(caller.request), caller.owner_key, refresh=refresh)
    return status_content(found, caller.language)


def runners(caller: Caller) -> dict[str, Any]:
    """All runners of the account, newest first, for one of them to be taken over."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.api.client import MOST_RUNNERS
    from ..comfycontrol.bootstrap import instance

    registration_for_owner(caller)
    found = instance().queries.runners(comfyui.user_of(caller.request))
    return {"runners": [runner.model_dump() for runner in found], "truncated": len(found) >= MOST_RUNNERS}


def history(caller: Caller) -> dict[str, Any]:
    """The latest workflows that this runner ran."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.bootstrap import instance

    registration_for_owner(caller)
    return {"workflows": [run.model_dump() for run in instance().queries.history(comfyui.user_of(caller.request))]}


def diagnostics(caller: Caller) -> dict[str, Any]:
    """What helps to find a fault; holds no secret and no account data, and is for owners all the same."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.bootstrap import instance
    from ..comfycontrol.recent_errors import recent_errors
    from ..comfycontrol.runners.diagnostics import diagnostics as put_together

    registration_for_owner(caller)
    status = instance().queries.status(comfyui.user_of(caller.request), caller.owner_key)
    return {
        "diagnostics": put_together(
            status,
            recent_errors(),
            comfyui_version=comfyui.version(),
            port=comfyui.listening_port() or comfyui.USUAL_PORT,
            best_address=instance().address_monitor.best,
        )
    }


def identity(caller: Caller) -> dict[str, Any]:
    """The proof that an address leads here, to whoever asks."""
    from ..comfycontrol.storage.identity import this_identity

    return {"proof": this_identity().prove(caller.request.query.get("nonce", ""))}


def texts(caller: Caller) -> dict[str, Any]:
    """The page's own sentences, and how they are written. A language that we have not is answered in English."""
    language = shipped(caller.request.query.get("language", ""))
    return {"language": language, "direction": LANGUAGES[language], "texts": page_texts(language)}


def check_endpoint(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Whether an address leads here, and what stands there if not. Nothing of what it answered is given back."""
    from ..comfycontrol.bootstrap import endpoint_check
    from .bodies import EndpointCheckBody

    registration_for_owner(caller)
    wanted = validated(EndpointCheckBody, body)
    known = with_machine_headers(body, wanted.endpoint)
    found = endpoint_check().check(wanted.endpoint, validated(EndpointCheckBody, known).headers)
    content = verdict_content(found, caller.language)
    return {**content, "address": found.address} if found.address else content


def suggestions(caller: Caller) -> dict[str, Any]:
    """What the form is filled in with. The page says its own address, which behind some proxies only it knows."""
    import platform

    from ..comfycontrol import comfyui
    from ..comfycontrol.bootstrap import surroundings as look_around
    from ..comfycontrol.public_address.platform_tags import platform_tags
    from ..comfycontrol.public_address.suggest import suggest
    from ..comfycontrol.runners.tags import suggest_tags

    registration = registration_for_owner(caller)
    forwarded = {name: caller.request.headers.get(name, "") for name in FORWARDED_HEADERS}
    surroundings = look_around(forwarded, caller.request.query.get("page"))
    found = suggest(surroundings, registration.saved_endpoint())
    return {
        "name": platform.node(),
        "endpoints": [_endpoint(one, surroundings.port, caller.language) for one in found],
        "tags": [*suggest_tags(comfyui.gpu(), platform.system()), *platform_tags(surroundings)],
    }


def address_kind(caller: Caller) -> dict[str, Any]:
    """What kind of address this is, in sentences."""
    from ..comfycontrol import comfyui

    registration_for_owner(caller)
    port = comfyui.listening_port() or comfyui.USUAL_PORT
    return {"kind": _kinds(caller.request.query.get("endpoint", ""), port, caller.language)}


def connect(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Check, seal and answer the token; the page then saves the sealed text through ComfyUI's settings."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.bootstrap import instance
    from .bodies import TokenBody

    token = validated(TokenBody, body).token
    user = comfyui.user_of(caller.request)
    connection = instance().ownership.connect(token, user, caller.owner_key, address_of(caller.request))
    return {
        "sealed_token": connection.sealed_token,
        "owner_key": connection.owner_key,
        "account": {"name": connection.account.name, "tier": connection.account.tier},
        "token_hint": connection.token_hint,
    }


def disconnect(caller: Caller) -> dict[str, Any]:
    """Forget token, owners and runner, and say what stays at the service."""
    from ..comfycontrol.bootstrap import instance

    registration_for_owner(caller).check_changeable("token", "runner")
    left = instance().ownership.disconnect()
    return {"left_at_service": left.model_dump() if left else None}


def register(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Make this instance a runner of the account."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.models.runner import RunnerDraft
    from .bodies import ChoiceBody

    registration = registration_for_owner(caller)
    registration.check_changeable("runner")
    choice = validated(ChoiceBody, body)
    runner = registration.register(
        comfyui.user_of(caller.request),
        validated(RunnerDraft, with_machine_headers(body, validated(RunnerDraft, body).endpoint)),
        take_over=choice.take_over,
        # Said to be null, rather than not said.
        make_second="take_over" in choice.model_fields_set and choice.take_over is None,
        as_new=choice.as_new,
    )
    return {"runner": runner.model_dump()}


def change(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Change the runner of this instance."""
    from ..comfycontrol import comfyui
    from ..comfycontrol.models.runner import RunnerChange

    registration = registration_for_owner(caller)
    wanted = validated(RunnerChange, body)
    # Of the address that it has, or is given with this change.
    body = with_machine_headers(body, wanted.endpoint or registration.saved_endpoint())
    wanted = validated(RunnerChange, body)
    if not wanted.to_service():
        raise BadRequestError("body_invalid")
    registration.check_changeable(*sorted(wanted.model_fields_set))
    runner = registration.change(comfyui.user_of(caller.request), wanted)
    return {"runner": runner.model_dump()}


def prefer(caller: Caller, body: dict[str, Any]) -> dict[str, Any]:
    """Keep what an owner lets the extension do by itself."""
    from ..comfycontrol.bootstrap import instance
    from ..comfycontrol.models.preferences import PreferencesChange
    from ..comfycontrol.runners.preferences import change_preferences

    registration_for_owner(caller)
    change = validated(PreferencesChange, body)
    return {"preferences": change_preferences(instance().session.store, change).model_dump()}


def _endpoint(suggestion: "Suggestion", port: int, language: str) -> dict[str, Any]:
    from ..comfycontrol.public_address.suggest import source_in

    return {
        "url": suggestion.url,
        "source": source_in(language, suggestion.source),
        "certainty": suggestion.certainty,
        "kind": _kinds(suggestion.url, port, language) if suggestion.url else [],
        "headers": [_header(header) for header in suggestion.headers],
        "note": suggestion.note_in(language),
    }


def _header(header: "NeededHeader") -> dict[str, Any]:
    return {"name": header.name, "value": "" if header.of_machine else header.value, "known": header.of_machine}


def with_machine_headers(body: dict[str, Any], endpoint: str | None) -> dict[str, Any]:
    """Give the body with the values that this machine knows of the headers it names; they are for its own address."""
    from ..comfycontrol.bootstrap import surroundings
    from ..comfycontrol.public_address.suggest import headers_of_machine
    from .bodies import MachineHeadersBody

    names = validated(MachineHeadersBody, body).machine_headers
    if not names:
        return body
    found = headers_of_machine(surroundings(), endpoint or "", names)
    return {**body, "headers": {**(body.get("headers") or {}), **found}}


def _kinds(endpoint: str, port: int, language: str) -> list[dict[str, str]]:
    from ..comfycontrol.public_address.suggest import kind_of

    kinds = kind_of(endpoint, port).kinds
    return [{"code": kind.code, "severity": kind.severity, "sentence": kind.sentence_in(language)} for kind in kinds]


def registration_for_owner(caller: Caller) -> "Registration":
    """Let an owner through, and nobody else."""
    from ..comfycontrol.bootstrap import instance

    instance().ownership.check_owner(caller.owner_key)
    return instance().registration


def is_owner(caller: Caller) -> bool:
    """Whether the caller has shown to be an owner; not worth loading anything for where no key came."""
    if not caller.owner_key:
        return False
    try:
        registration_for_owner(caller)
    except ComfyControlError:
        return False
    return True


def check_own_header(caller: Caller) -> None:
    """Let through what a page of another site cannot send, even where ComfyUI lets it read the answer.

    `--enable-cors-header` allows `Content-Type` and `Authorization` to other sites, and no header of ours.
    """
    if LANGUAGE_HEADER not in caller.request.headers:
        raise NotAllowedError("not_from_panel")


def validated(model: "type[_Model]", body: dict[str, Any]) -> "_Model":
    """Give the body as this model has it."""
    from pydantic import ValidationError

    try:
        return model.model_validate(body)
    except ValidationError as error:
        # The limits raise errors of their own; what is left is a field that is missing or of the wrong type.
        place = error.errors(include_input=False, include_context=False)[0]["loc"]
        raise BadRequestError("body_invalid", field=str(place[0]) if place else None) from None

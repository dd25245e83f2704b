"""Turns results and errors into answers."""

import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..comfycontrol import errors
from ..comfycontrol.log import LOGGER
from ..comfycontrol.texts import ENGLISH, sentence

if TYPE_CHECKING:
    from ..comfycontrol.address_check.verdicts import Verdict


# Never 502 or 504: Cloudflare, and with it many a tunnel and proxy, puts a page of its own in the place of an origin's
# body, and the panel could not say what was the matter. Source: developers.cloudflare.com, "Cloudflare 5xx errors".
# Codes with a status other than their cause's.
_STATUS_OF_CODE = {
    "body_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "body_not_json": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "chosen_runner_gone": HTTPStatus.NOT_FOUND,
    "runner_exists": HTTPStatus.CONFLICT,
    "runner_gone": HTTPStatus.NOT_FOUND,
    "runner_limit": HTTPStatus.FORBIDDEN,
    "template_gone": HTTPStatus.NOT_FOUND,
    "template_limit": HTTPStatus.FORBIDDEN,
    "token_rejected": HTTPStatus.FORBIDDEN,
    "values_refused": HTTPStatus.BAD_REQUEST,
    "workflow_too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
}
_STATUS_OF_CAUSE = (
    (errors.InvalidInputError, HTTPStatus.BAD_REQUEST),
    (errors.BadRequestError, HTTPStatus.BAD_REQUEST),
    (errors.NotAllowedError, HTTPStatus.FORBIDDEN),
    (errors.TooManyTriesError, HTTPStatus.TOO_MANY_REQUESTS),
    (errors.WrongStateError, HTTPStatus.CONFLICT),
    (errors.MachineError, HTTPStatus.SERVICE_UNAVAILABLE),
    # Not the service's own status: its 401 is not ComfyUI's.
    (errors.ServiceError, HTTPStatus.FAILED_DEPENDENCY),
)


def answer(content: dict[str, Any], status: int = HTTPStatus.OK) -> web.Response:
    """Make a JSON answer, which no cache may store."""
    return web.json_response(content, status=status, headers={"Cache-Control": "no-store"})


def error_answer(error: errors.ComfyControlError, language: str = ENGLISH) -> web.Response:
    """Make the answer for an error that people are told about."""
    status = _STATUS_OF_CODE.get(error.code) or next(
        status for cause, status in _STATUS_OF_CAUSE if isinstance(error, cause)
    )
    response = answer({"error": error_content(error, language), **error.details()}, status)
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def error_content(error: errors.ComfyControlError, language: str = ENGLISH) -> dict[str, Any]:
    """Give `{code, message, next_step, field?, service_message?, retry_after?}`."""
    optional = known(error, "field", "service_message", "retry_after")
    return {"code": error.code, **error.content_in(language), **optional}


def known(of: object, *names: str) -> dict[str, Any]:
    """Give those of the attributes that are not None: what is not known is left out of an answer."""
    return {name: value for name in names if (value := getattr(of, name)) is not None}


def verdict_content(found: "Verdict", language: str) -> dict[str, Any]:
    """Give `{verdict, may_still_work, message, next_step, way?}`; `way` is who gets in."""
    content = {"verdict": found.verdict, "may_still_work": found.may_still_work, **found.content_in(language)}
    return {**content, "way": {"code": found.way, **guard_content(found.way, language)}} if found.way else content


def guard_content(code: str, language: str) -> dict[str, str]:
    """Give `{message, next_step}` of who gets in at an address."""
    # Not at the top, because this is loaded at ComfyUI's start.
    from ..comfycontrol.bootstrap import port_for_service

    port = port_for_service()
    return {name: sentence("guard", code, name, language=language, port=port) for name in ("message", "next_step")}


def failure_answer(error: Exception, language: str = ENGLISH) -> web.Response:
    """Make the answer for a bug of our own, and log where it is.

    Without the error's text, which may quote what a person typed: ComfyUI serves its log to anyone.
    """
    place = "".join(traceback.format_tb(error.__traceback__))
    LOGGER.error("ComfyControl failed with %s:\n%s", type(error).__name__, place)
    failed = errors.MachineError("internal")
    return answer({"error": error_content(failed, language)}, HTTPStatus.INTERNAL_SERVER_ERROR)

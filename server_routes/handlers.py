"""One handler per route. Each reads the request and hands the rest to a thread.

The use cases block (`requests`, files) and load what they need on first use; ComfyUI's event loop waits for neither.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, TypeVar

from aiohttp import web

from ..comfycontrol.errors import BadRequestError, ComfyControlError
from ..comfycontrol.recent_errors import note_error
from . import calls
from .answers import answer, error_answer, failure_answer
from .guards import MOST_BYTES, MOST_BYTES_OF_WORKFLOW, BodyRefused, Caller, caller_of, object_in, read_body

_Result = TypeVar("_Result")
# Our own threads, few: while the service hangs, ComfyUI's must stay free. None starts before the first request.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="comfycontrol")
# The address check waits for our own answer to it, which must not queue behind calls that wait for the service.
_IDENTITY_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="comfycontrol-identity")


async def get_status(request: web.Request) -> web.Response:
    """`GET /comfycontrol/status`; with `?refresh=1` an owner has the service asked first."""
    refresh = request.query.get("refresh") == "1"
    return await _answer_of(request, lambda caller: calls.status(caller, refresh=refresh))


async def get_suggestions(request: web.Request) -> web.Response:
    """`GET /comfycontrol/suggestions`, for owners."""
    return await _answer_of(request, calls.suggestions)


async def get_address_kind(request: web.Request) -> web.Response:
    """`GET /comfycontrol/address-kind?endpoint=`, for owners: what kind of address is being typed. Calls nothing."""
    return await _answer_of(request, calls.address_kind)


async def get_identity(request: web.Request) -> web.Response:
    """`GET /comfycontrol/identity?nonce=`, for anyone."""
    return await _answer_of(request, calls.identity, threads=_IDENTITY_THREAD)


async def get_texts(request: web.Request) -> web.Response:
    """`GET /comfycontrol/texts?language=`, for anyone: the page's own sentences."""
    return await _answer_of(request, calls.texts)


async def post_endpoint_check(request: web.Request) -> web.Response:
    """`POST /comfycontrol/endpoint-check`, for owners."""
    return await _answer_of_body(request, calls.check_endpoint)


async def get_runners(request: web.Request) -> web.Response:
    """`GET /comfycontrol/runners`, for owners: all runners of the account."""
    return await _answer_of(request, calls.runners)


async def get_history(request: web.Request) -> web.Response:
    """`GET /comfycontrol/history`, for owners: the latest workflows of this runner."""
    return await _answer_of(request, calls.history)


async def get_diagnostics(request: web.Request) -> web.Response:
    """`GET /comfycontrol/diagnostics`, for owners; calls nothing."""
    return await _answer_of(request, calls.diagnostics)


async def put_token(request: web.Request) -> web.Response:
    """`PUT /comfycontrol/token`: whoever knows a token of the account becomes an owner."""
    return await _answer_of_body(request, calls.connect, may=calls.check_own_header)


async def delete_token(request: web.Request) -> web.Response:
    """`DELETE /comfycontrol/token`, for owners."""
    return await _answer_of(request, calls.disconnect)


async def post_runner(request: web.Request) -> web.Response:
    """`POST /comfycontrol/runner`, for owners."""
    return await _answer_of_body(request, calls.register, HTTPStatus.CREATED)


async def patch_runner(request: web.Request) -> web.Response:
    """`PATCH /comfycontrol/runner`, for owners."""
    return await _answer_of_body(request, calls.change)


async def patch_preferences(request: web.Request) -> web.Response:
    """`PATCH /comfycontrol/preferences`, for owners: what the extension may do by itself."""
    return await _answer_of_body(request, calls.prefer)


async def post_template_form(request: web.Request) -> web.Response:
    """`POST /comfycontrol/template-form`, for owners: what a workflow asks for as a template. Calls nothing."""
    from . import template_calls

    return await _answer_of_body(request, template_calls.form, most_bytes=MOST_BYTES_OF_WORKFLOW)


async def post_template(request: web.Request) -> web.Response:
    """`POST /comfycontrol/template`, for owners: creates one, or changes the one of `template_id`."""
    from . import template_calls

    return await _answer_of_body(request, template_calls.save, most_bytes=MOST_BYTES_OF_WORKFLOW)


async def _answer_of_body(
    request: web.Request,
    call: Callable[[Caller, dict[str, Any]], dict[str, Any]],
    status: int = HTTPStatus.OK,
    most_bytes: int = MOST_BYTES,
    may: Callable[[Caller], object] = calls.registration_for_owner,
) -> web.Response:
    # Before anything is read: megabytes are not to be taken from somebody who may not send them.
    refused = await _in_thread(lambda: _refusal(caller_of(request), may))
    if refused is not None:
        return refused
    try:
        body = await read_body(request, most_bytes)
    except BodyRefused as refused_body:
        refusal = BadRequestError(refused_body.code)
        return await _in_thread(lambda: error_answer(refusal, caller_of(request).language))
    return await _answer_of(request, lambda caller: call(caller, object_in(body)), status)


def _refusal(caller: Caller, may: Callable[[Caller], object]) -> web.Response | None:
    try:
        may(caller)
    except ComfyControlError as error:
        return error_answer(error, caller.language)
    except Exception as error:  # noqa: BLE001 - the last resort: ComfyUI must go on, and nothing may leak
        return failure_answer(error, caller.language)
    return None


async def _answer_of(
    request: web.Request,
    call: Callable[[Caller], dict[str, Any]],
    status: int = HTTPStatus.OK,
    threads: ThreadPoolExecutor = _THREADS,
) -> web.Response:
    def answered() -> web.Response:
        caller = caller_of(request)
        try:
            return answer(call(caller), status)
        except BodyRefused as refused:
            return error_answer(BadRequestError(refused.code), caller.language)
        except ComfyControlError as error:
            # A stranger's are no trouble of this instance, and would push out those that are.
            if calls.is_owner(caller):
                note_error(error)
            return error_answer(error, caller.language)
        except Exception as error:  # noqa: BLE001 - the last resort: ComfyUI must go on, and nothing may leak
            return failure_answer(error, caller.language)

    return await _in_thread(answered, threads)


async def _in_thread(call: Callable[[], _Result], threads: ThreadPoolExecutor = _THREADS) -> _Result:
    """The sentences, too, are read from a file when the first one is needed."""
    return await asyncio.get_running_loop().run_in_executor(threads, call)

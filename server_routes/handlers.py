"""The handler of every route: reads the request as its row in the table says, and does the rest in a thread.

Use cases block (`requests`, files) and load what they need at the first use; neither may hold up ComfyUI's event loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from aiohttp import web

from ..comfycontrol.errors import BadRequestError, ComfyControlError
from ..comfycontrol.recent_errors import note_error
from .answers import answer, error_answer, failure_answer
from .guards import (
    Caller,
    caller_of,
    check_changeable,
    check_own_header,
    check_owner,
    is_owner,
    object_in,
    read_body,
    validated,
)
from .route import OPEN, Route

if TYPE_CHECKING:
    from pydantic import BaseModel

_Result = TypeVar("_Result")
# Our own, so that ComfyUI's threads stay free while the service hangs. None starts before the first request.
_THREADS = ThreadPoolExecutor(max_workers=8, thread_name_prefix="comfycontrol")
_IDENTITY_THREAD = ThreadPoolExecutor(max_workers=1, thread_name_prefix="comfycontrol-identity")


def handler_of(route: Route) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Give what aiohttp calls for a route of the table."""
    threads = _IDENTITY_THREAD if route.own_thread else _THREADS

    async def handle(request: web.Request) -> web.Response:
        caller, body = caller_of(request), b""
        if route.body is not None:
            # Before the body is read, so that nobody sends us megabytes who may not.
            refused = await _in_thread(threads, caller, partial(_check_caller, route, caller))
            if refused is not None:
                return refused
            try:
                body = await read_body(request, route.most_bytes)
            except BadRequestError as error:
                return await _in_thread(threads, caller, partial(error_answer, error, caller.language))
        return await _in_thread(threads, caller, partial(_answer, route, caller, body))

    return handle


async def _in_thread(
    threads: ThreadPoolExecutor, caller: Caller, call: Callable[[], _Result]
) -> _Result | web.Response:
    """Give the result of the call, or the answer for its error, whose sentences may have to be read from a file."""

    def told() -> _Result | web.Response:
        try:
            return call()
        except ComfyControlError as error:
            # Not those of strangers, which would push out this instance's own.
            if is_owner(caller):
                note_error(error)
            return error_answer(error, caller.language)
        except Exception as error:  # noqa: BLE001 - the last resort: ComfyUI must go on, and nothing may leak
            return failure_answer(error, caller.language)

    return await asyncio.get_running_loop().run_in_executor(threads, told)


def _check_caller(route: Route, caller: Caller) -> None:
    # Only these words open a route; any other value leaves it to owners.
    if route.who not in OPEN:
        check_owner(caller)
    if route.needs_own_header:
        check_own_header(caller)
    if route.decides:
        check_changeable(route.decides)


def _answer(route: Route, caller: Caller, body: bytes) -> web.Response:
    # With a body for the second time: the caller may have ceased to be an owner while it arrived.
    _check_caller(route, caller)
    use_case = route.load_use_case()
    if route.body is None:
        return answer(use_case(caller), route.status)
    from . import bodies

    model: type[BaseModel] = getattr(bodies, route.body)
    return answer(use_case(caller, validated(model, object_in(body))), route.status)

"""Answers in the documented form, and the refusal that turns into one."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

NOT_FOUND = "requested entity not found"


class Refusal(Exception):  # noqa: N818 - a refusal is an ordinary answer of the service, not a fault of the double
    """The service says no, with one of its documented statuses."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def json_answer(value: Any, status: int = 200) -> web.Response:
    return web.json_response(value, status=status)


def error_answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response({"status": status, "message": message}, status=status, headers=headers)

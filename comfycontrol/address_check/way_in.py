"""Who gets in at an address that leads here, shown by three requests that run nothing."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pydantic import SecretStr

from .network import NoAnswerError
from .request import Answer
from .verdicts import WayIn

# The number of prompts in ComfyUI's queue: small, and among what running workflows takes.
PATH = "/prompt"
# What somebody writes into the `Host` line who wants to be taken for a program on this machine.
LOCAL_HOST = "127.0.0.1"


class Guard(NamedTuple):
    """The header that opens the guarded port, and its value."""

    header: str
    key: SecretStr


Ask = Callable[[Mapping[str, str], str | None], Answer]


def way_in(ask: Ask, headers: Mapping[str, str], guard: Guard | None) -> WayIn | None:
    """Say who gets in; None where these requests do not tell.

    Args:
        ask: asks the address for `PATH` with these headers and, if given, another `Host`.
        headers: what an owner's gateway asks for.
        guard: of the guarded port, if it is open.

    """
    others = {name: value for name, value in headers.items() if guard is None or name.lower() != guard.header.lower()}
    try:
        if _is_queue(ask(others, None)):
            # With headers, it may be a gateway that keeps others out.
            return None if others else "open"
        if guard is None or _is_queue(ask(others, LOCAL_HOST)):
            return None
        is_open = _is_queue(ask({**others, guard.header: guard.key.get_secret_value()}, None))
    except NoAnswerError:
        return None
    return "guarded" if is_open else None


def _is_queue(answer: Answer) -> bool:
    return isinstance(answer.json().get("exec_info"), dict)

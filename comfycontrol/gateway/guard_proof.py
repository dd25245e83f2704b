"""Proves that an address leads through the guarded port: open with the key, and closed to everybody else."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Literal, NamedTuple

from ..address_check.network import Allowance, NoAnswerError, Ways, addresses_of
from ..address_check.request import Answer, get
from ..address_check.target import IpAddress, Target, may_be_called, target_of
from .keys import KEY_HEADER

# `closed` is the proof; `open` says that somebody gets in without the key; with `unproven` nothing can be said.
Guard = Literal["closed", "open", "unproven"]

# Every version of ComfyUI has it, and it costs next to nothing. Source: ComfyUI's server.py, `get_prompt`.
_QUESTION = "/prompt"
_MARK = "exec_info"
_REFUSAL = "unauthorized"
_OK, _UNAUTHORIZED = 200, 401


class Caller(NamedTuple):
    """How an address is called: the ways to the network, and what it wants sent with each request."""

    ways: Ways
    headers: Mapping[str, str]


def prove_guard(address: str, key: str, local: str, headers: Mapping[str, str], ways: Ways | None = None) -> Guard:
    """Call an address three times by its public name. Blocks for 15 seconds at most.

    Args:
        address: the public one.
        key: the runner key.
        local: what a stranger would write into `Host` to be taken for this machine, such as `127.0.0.1:8188`.
        headers: what the address itself asks for.
        ways: how to reach the network.

    """
    target, caller = target_of(address), Caller(ways or Ways(), headers)
    if target is None:
        return "unproven"
    asked = target.under(f"{target.path}{_QUESTION}")
    try:
        ips = addresses_of(caller.ways, target, Allowance(caller.ways.seconds))
        if not all(may_be_called(ip) for ip in ips):
            return "unproven"
        if _is_comfyui(_ask(caller, asked, ips, host=local)):
            return "open"
        stranger = _ask(caller, asked, ips)
        if stranger is None or _is_comfyui(stranger):
            return "unproven" if stranger is None else "open"
        is_closed = stranger.status == _UNAUTHORIZED and _is_ours(stranger)
        return "closed" if is_closed and _is_comfyui(_ask(caller, asked, ips, key=key)) else "unproven"
    except NoAnswerError:
        return "unproven"


def _ask(
    caller: Caller, target: Target, ips: list[IpAddress], *, key: str | None = None, host: str | None = None
) -> Answer | None:
    """Ask once; None where nothing answers. What stands in between may cut off whoever says a name not its own."""
    headers = {**caller.headers, **({KEY_HEADER: key} if key is not None else {})}
    with suppress(NoAnswerError):
        return get(caller.ways, target, ips, headers, Allowance(caller.ways.seconds), host)
    return None


def _is_comfyui(answer: Answer | None) -> bool:
    return answer is not None and answer.status == _OK and _MARK in answer.json()


def _is_ours(answer: Answer) -> bool:
    error = answer.json().get("error")
    return isinstance(error, dict) and error.get("code") == _REFUSAL

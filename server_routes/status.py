"""The status as the page gets it: with sentences in the caller's language."""

from typing import Any

from ..comfycontrol import comfyui
from ..comfycontrol.bootstrap import instance, port_for_service
from ..comfycontrol.gateway.claim import claim_of
from ..comfycontrol.models.runner import Runner
from ..comfycontrol.recent_errors import recent_errors
from ..comfycontrol.runners.diagnostics import diagnostics as put_together
from ..comfycontrol.runners.status import Status
from ..comfycontrol.texts import sentence
from .answers import error_content, guard_content, verdict_content
from .guards import Caller
from .test_run import last_run_content
from .tunnel import tunnel_content

_WORDED = {"problem", "last_known", "address", "last_run"}


def status(caller: Caller) -> dict[str, Any]:
    """The bare state for strangers, everything for owners; with `?refresh=1` the service is asked first."""
    refresh = caller.query("refresh") == "1"
    found = instance().queries.status(caller.user, caller.owner_key, refresh=refresh)
    content = _content(found, caller.language)
    if found.owner:
        content |= _guard(found.runner, caller.language) | _tunnel(caller.language)
    return content


def diagnostics(caller: Caller) -> dict[str, Any]:
    """What helps to find a fault. For owners, although it has no secrets and no account data."""
    return {
        "diagnostics": put_together(
            instance().queries.status(caller.user, caller.owner_key),
            recent_errors(),
            comfyui_version=comfyui.version(),
            port=port_for_service(),
            best_address=instance().address_monitor.best,
        )
    }


def _content(status: Status, language: str) -> dict[str, Any]:
    """Give the fields of `Status`, `label`, `message` and `next_step`."""
    content: dict[str, Any] = status.model_dump(exclude_none=True, exclude=_WORDED)
    content["label"] = _label(status.state, language)
    for field in ("message", "next_step"):
        content[field] = sentence("states", status.state, field, language=language)
    if status.problem:
        content["problem"] = error_content(status.problem, language)
        if status.state == "needs_attention":
            # The state is unspecific; only the error says what is the matter.
            content.update({field: content["problem"][field] for field in ("message", "next_step")})
    if status.last_known:
        content["last_known"] = {"state": status.last_known, "label": _label(status.last_known, language)}
    if status.address:
        content["address"] = verdict_content(status.address, language)
    if status.last_run and status.runner:
        content["test_run"] = last_run_content(status.last_run, status.runner, language)
    return content


def _guard(runner: Runner | None, language: str) -> dict[str, Any]:
    """Give `{guard: {code, message, next_step}}`: who gets in at the runner's address, where that is known."""
    parts = instance()
    port = parts.guarded_port.status()
    verdict = parts.address_monitor.verdict_of(runner.endpoint if runner else None)
    claim = claim_of(port, runner, verdict.way if verdict else None)
    if claim is None:
        return {}
    if port.problem is not None and claim == "failed":
        return {"guard": {"code": claim, **port.problem.content_in(language)}}
    return {"guard": {"code": claim, **guard_content(claim, language)}}


def _tunnel(language: str) -> dict[str, Any]:
    """Give `{tunnel: {...}}` where one is wanted, without the agents: those are looked for on the machine."""
    status = instance().tunnels.status()
    return {} if status.state == "off" else {"tunnel": tunnel_content(status, language)}


def _label(state: str, language: str) -> str:
    return sentence("states", state, "label", language=language)

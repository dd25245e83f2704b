"""How an instance stands, as the page gets it: the facts, and their sentences in the caller's language."""

from typing import TYPE_CHECKING, Any

from ..comfycontrol.texts import sentence
from .answers import error_content, verdict_content

if TYPE_CHECKING:
    from ..comfycontrol.runners.status import Status

_WORDED = {"problem", "last_known", "address"}


def status_content(status: "Status", language: str) -> dict[str, Any]:
    """Give the answer of `GET /comfycontrol/status`: the fields of `Status`, `label`, `message` and `next_step`."""
    content: dict[str, Any] = status.model_dump(exclude_none=True, exclude=_WORDED)
    content["label"] = _label(status.state, language)
    for field in ("message", "next_step"):
        content[field] = sentence("states", status.state, field, language=language)
    if status.problem:
        content["problem"] = error_content(status.problem, language)
        if status.state == "needs_attention":
            # Of a state that may be anything, only the error knows more.
            content.update({field: content["problem"][field] for field in ("message", "next_step")})
    if status.last_known:
        content["last_known"] = {"state": status.last_known, "label": _label(status.last_known, language)}
    if status.address:
        content["address"] = verdict_content(status.address, language)
    return content


def _label(state: str, language: str) -> str:
    return sentence("states", state, "label", language=language)

"""What an instance is in, and how much of that the one who asks may know."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, SecretStr

from .errors import ComfyControlError, ServiceError, WrongStateError
from .limits import ACTIVE, DISABLED
from .memory import Remembered
from .models import Account, Runner

State = Literal["not_connected", "not_registered", "registered", "disabled", "needs_attention"]
_HINT_LENGTH = 4
# Of a token shorter than this, the last characters would give away too much.
_HINT_FROM_LENGTH = 12


class Status(BaseModel):
    """The answer to "how does this instance stand?"; to a stranger, the first four fields alone.

    `problem` is what keeps the instance from working, or why the service could not be asked just now.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    state: State
    connected: bool
    registered: bool
    owner: bool
    account: Account | None = None
    token_hint: str | None = None
    runner: Runner | None = None
    source: Literal["settings", "environment"] | None = None
    problem: ComfyControlError | None = None


def token_hint(token: SecretStr) -> str:
    """`cfc_...` and the last four characters: enough to tell one's tokens apart."""
    text = token.get_secret_value()
    return "cfc_..." + (text[-_HINT_LENGTH:] if len(text) >= _HINT_FROM_LENGTH else "")


def status_for_stranger(remembered: Remembered, problem: ComfyControlError | None) -> Status:
    """Give the bare state. A missing package is named even here: it is told before anybody can be an owner."""
    return Status(
        state="needs_attention" if problem else _state(remembered, _attention(remembered)),
        connected=remembered.account is not None,
        registered=remembered.runner is not None,
        owner=False,
        problem=problem,
    )


def status_for_owner(remembered: Remembered, problem: ComfyControlError | None, *, connected: bool) -> Status:
    """Give all that is known. What the memory says of a problem comes second to what was just found out."""
    problem = problem or _attention(remembered)
    return Status(
        state=_state(remembered, problem),
        connected=connected,
        registered=remembered.runner is not None,
        owner=True,
        account=remembered.account,
        token_hint=remembered.token_hint,
        runner=remembered.runner,
        source="settings" if connected else None,
        problem=problem,
    )


def _attention(remembered: Remembered) -> ComfyControlError | None:
    if remembered.attention:
        return WrongStateError(remembered.attention)
    if remembered.runner and remembered.runner.status not in {ACTIVE, DISABLED}:
        return WrongStateError("status_unknown", status=remembered.runner.status)
    return None


def _state(remembered: Remembered, problem: ComfyControlError | None) -> State:
    # That the service cannot be reached just now says nothing about the runner.
    if problem and not isinstance(problem, ServiceError):
        return "needs_attention"
    if remembered.account is None:
        return "not_connected"
    if remembered.runner is None:
        return "not_registered"
    return "disabled" if remembered.runner.status == DISABLED else "registered"

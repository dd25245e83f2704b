"""The status of an instance, and how much of it a caller may know."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from ..configuration.environment import Environment
from ..errors import ComfyControlError
from ..models.preferences import Preferences
from ..models.runner import Account, Runner
from ..models.token import token_hint
from ..storage.remembered import Remembered
from .state import PUBLIC_STATES, Action, InstanceState, Machine, State, instance_state, last_known, of_the_runner

if TYPE_CHECKING:
    from ..address_check.verdicts import Verdict

_NOT_THERE = {"service_unreachable", "rate_limited"}
# What people cannot do if the environment gives the token, and what they still can if it keeps the runner.
_NOT_WITH_GIVEN_TOKEN = frozenset({"enter_token", "disconnect"})
_WITH_KEPT_RUNNER = frozenset({"edit", "enable", "disable", "retry", "test_run"})


class Status(BaseModel):
    """The status of this instance; strangers get the first five fields only.

    `actions` is what can be done, the right next step first. `problem` is the error behind the state. `seen_at` is when
    the service last told of the runner (ISO 8601, UTC), `last_known` the state then, if the service cannot be reached
    now. `reached_at` is when this machine last called the runner's endpoint from outside and reached itself (ISO 8601,
    UTC). `last_run` is the last test run. `best_address` is what the address would be updated to. `address` is the
    verdict on an endpoint that may not lead here. `retry_after` is in seconds. `from_environment` is what the
    environment decides: `token`, `runner` (which one it is), or fields of it. `preferences` is what the owners let the
    extension do by itself.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    state: State
    actions: tuple[Action, ...]
    connected: bool
    registered: bool
    owner: bool
    account: Account | None = None
    token_hint: str | None = None
    runner: Runner | None = None
    source: Literal["settings", "environment"] | None = None
    from_environment: tuple[str, ...] | None = None
    preferences: Preferences | None = None
    problem: ComfyControlError | None = None
    seen_at: str | None = None
    reached_at: str | None = None
    last_run: Any = None
    last_known: State | None = None
    best_address: str | None = None
    address: Any = None
    retry_after: int | None = None


def status_for_stranger(
    remembered: Remembered, missing: ComfyControlError | None, environment: Environment | None = None
) -> Status:
    """Give the bare state. A missing package is named too, because without it nobody can become an owner."""
    given = environment is not None and environment.gives_token
    state = instance_state(remembered, None, Machine(token_given=given)).state
    if state == "not_reachable" and remembered.runner:
        # What kind of address it is says where to look for it.
        state = of_the_runner(remembered.runner).state
    return Status(
        state=state if state in PUBLIC_STATES and not missing else "needs_attention",
        # Whatever the state: to know and to do more, one has to become an owner.
        actions=() if missing else ("enter_token",),
        connected=given or remembered.account is not None,
        registered=remembered.runner is not None,
        owner=False,
        problem=missing,
    )


def status_for_owner(  # noqa: PLR0913 - one for each source of the status
    remembered: Remembered,
    judged: InstanceState,
    *,
    connected: bool,
    best_address: str | None = None,
    address: "Verdict | None" = None,
    reached_at: str | None = None,
    retry_after: int | None = None,
    environment: Environment | None = None,
    chosen: Preferences | None = None,
) -> Status:
    """Give everything that is known."""
    decided = environment or Environment({})
    away = judged.state in _NOT_THERE
    return Status(
        state=judged.state,
        actions=_left_to_people(judged.actions, decided),
        connected=connected,
        registered=remembered.runner is not None,
        owner=True,
        account=remembered.account,
        token_hint=_hint(remembered, decided),
        runner=remembered.runner,
        source="environment" if decided.gives_token else "settings" if connected else None,
        from_environment=decided.decides or None,
        preferences=chosen,
        problem=judged.problem,
        seen_at=remembered.seen_at,
        last_known=last_known(remembered, token_given=decided.gives_token) if away else None,
        best_address=best_address if "update_address" in judged.actions else None,
        address=None if away or judged.state == "not_reachable" else address,
        reached_at=reached_at,
        last_run=remembered.last_run if remembered.runner else None,
        retry_after=retry_after if away else None,
    )


def _left_to_people(actions: tuple[Action, ...], environment: Environment) -> tuple[Action, ...]:
    if environment.configuration.is_active or environment.mistakes:
        return tuple(action for action in actions if action in _WITH_KEPT_RUNNER)
    if environment.gives_token:
        return tuple(action for action in actions if action not in _NOT_WITH_GIVEN_TOKEN)
    return actions


def _hint(remembered: Remembered, environment: Environment) -> str:
    try:
        given = environment.token()
    except ComfyControlError:
        return ""
    return token_hint(given) if given is not None else remembered.token_hint

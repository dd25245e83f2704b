"""The state of this instance and the right next step: a pure function of what is known, which the page only shows.

The sentences of the states are in `locales/*/panel.json`, section `states`.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from ..address_check.verdicts import ASKS_FOR_HEADERS, SOMEBODY_ELSE
from ..errors import ComfyControlError, ServiceError, WrongStateError
from ..models.endpoint import same_endpoint
from ..models.limits import ACTIVE, DISABLED
from ..models.runner import Runner
from ..public_address.kinds import kind_of
from ..storage.remembered import Remembered

State = Literal[
    "not_connected",
    "token_rejected",
    "token_unreadable",
    "not_registered",
    "registered",
    "disabled",
    "not_reachable",
    "address_changed",
    "runner_gone",
    "another_instance",
    "service_unreachable",
    "rate_limited",
    "needs_attention",
]
Action = Literal[
    "enter_token",
    "register",
    "edit",
    "enable",
    "disable",
    "update_address",
    "test_run",
    "register_again",
    "register_as_new",
    "take_over",
    "retry",
    "disconnect",
]
# All that a stranger may know.
PUBLIC_STATES = frozenset({"not_connected", "not_registered", "registered", "disabled"})
# Those in which the service has the runner, and what it has can be changed.
KEPT_STATES = frozenset({"registered", "disabled", "not_reachable", "address_changed", "needs_attention"})


class Machine(NamedTuple):
    """What this machine knows.

    `trouble` keeps the stored token from being used. `best_address` is this machine's, None if none is certain.
    `verdict` is what the last check of the runner's endpoint found, None if there was none. `token_given` says that the
    token comes from the environment; then no account need be remembered.
    """

    trouble: ComfyControlError | None = None
    best_address: str | None = None
    verdict: str | None = None
    token_given: bool = False


class InstanceState(NamedTuple):
    """The state, what can be done about it (the right next step first), and the error behind it, if there is one."""

    state: State
    actions: tuple[Action, ...]
    problem: ComfyControlError | None = None


def instance_state(remembered: Remembered, trouble: ServiceError | None, machine: Machine) -> InstanceState:
    """Give the state of this instance.

    Args:
        remembered: what the instance remembers, with the runner as the service last gave it.
        trouble: why the last call to the service failed, if it did.
        machine: what this machine knows.

    """
    return next(_applying(remembered, trouble, machine))


def last_known(remembered: Remembered, *, token_given: bool = False) -> State:
    """The state as of the service's last answer."""
    return instance_state(remembered, None, Machine(token_given=token_given)).state


def address_warning(runner: Runner | None, verdict: str | None) -> str | None:
    """The verdict of the check, if it says that the endpoint may not lead here."""
    if runner is None or verdict in {None, "proven"}:
        return None
    return None if runner.header_names and verdict in ASKS_FOR_HEADERS else verdict


def is_reachable(runner: Runner) -> bool:
    """Whether the address is of a kind that can be called from outside; whether anything answers is another matter."""
    return not runner.endpoint or kind_of(runner.endpoint, None).is_public


def _applying(remembered: Remembered, trouble: ServiceError | None, machine: Machine) -> Iterator[InstanceState]:
    """Every state that applies, the most important first."""
    yield from _of_the_token(remembered, machine)
    runner = remembered.runner
    if runner is None:
        yield InstanceState("not_registered", ("register", "take_over", "disconnect"))
        return
    if remembered.attention == "runner_gone":
        gone = WrongStateError("runner_gone")
        yield InstanceState("runner_gone", ("register_again", "take_over", "disconnect"), gone)
    if trouble is not None:
        yield _of_the_service(trouble)
    proven = remembered.last_run is not None and remembered.last_run.proves(runner)
    yield from _of_the_address(runner, machine, proven=proven)
    yield of_the_runner(runner, proven=proven)


def _of_the_token(remembered: Remembered, machine: Machine) -> Iterator[InstanceState]:
    trouble = machine.trouble
    code = trouble.code if trouble else None
    if code == "token_unreadable":
        yield InstanceState("token_unreadable", ("enter_token", "disconnect"), trouble)
    if remembered.account is None and not machine.token_given and code in {None, "not_connected"}:
        yield InstanceState("not_connected", ("enter_token",))
    if code == "not_connected":
        yield InstanceState("not_connected", ("enter_token", "disconnect"), trouble)
    if trouble is not None:
        yield InstanceState("needs_attention", ("retry",), trouble)
    if remembered.attention == "token_rejected":
        yield InstanceState("token_rejected", ("enter_token", "disconnect"), WrongStateError("token_rejected"))


def _of_the_service(trouble: ServiceError) -> InstanceState:
    if trouble.code == "access_denied":
        return InstanceState("needs_attention", ("enter_token", "disconnect"), trouble)
    state: State = "rate_limited" if trouble.code == "rate_limited" else "service_unreachable"
    return InstanceState(state, ("retry", "disconnect"), trouble)


def _of_the_address(runner: Runner, machine: Machine, *, proven: bool) -> Iterator[InstanceState]:
    update: tuple[Action, ...] = ("update_address",) if _elsewhere(runner, machine) else ()
    if machine.verdict in SOMEBODY_ELSE:
        yield InstanceState("another_instance", ("register_as_new", *update, "take_over", "disconnect"))
    if update and address_warning(runner, machine.verdict):
        yield InstanceState("address_changed", (*update, "edit", *_others(runner)))
    # The service itself knows better than any rule.
    if not is_reachable(runner) and not proven:
        yield InstanceState("not_reachable", (*update, "edit", *_others(runner)))


def of_the_runner(runner: Runner, *, proven: bool = False) -> InstanceState:
    """Judge the runner alone, whatever its address is; `proven` says that the service has run a workflow here."""
    if runner.status not in {ACTIVE, DISABLED}:
        unknown = WrongStateError("status_unknown", status=runner.status)
        return InstanceState("needs_attention", ("enable", "edit", "disconnect"), unknown)
    if runner.status == DISABLED:
        return InstanceState("disabled", ("enable", "edit", "disconnect"))
    first: tuple[Action, Action] = ("edit", "test_run") if proven else ("test_run", "edit")
    return InstanceState("registered", (*first, "disable", "disconnect"))


def _elsewhere(runner: Runner, machine: Machine) -> bool:
    """Whether this machine has another address than the one that the service has."""
    best = machine.best_address
    return best is not None and not same_endpoint(best, runner.endpoint)


def _others(runner: Runner) -> tuple[Action, ...]:
    return ("enable", "disconnect") if runner.status == DISABLED else ("test_run", "disable", "disconnect")

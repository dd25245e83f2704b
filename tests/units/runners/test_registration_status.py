from pathlib import Path

import pytest
from units.runners.registration_desk import IN_VAIN_SECONDS, Desk

from service_double import Fault, ServiceDouble


@pytest.fixture
def desk(double: ServiceDouble, token: str, tmp_path: Path) -> Desk:
    desk = Desk(double, token, tmp_path)
    desk.connect()
    desk.register()
    double.forget_calls()
    return desk


def test_looking_costs_no_call_and_refreshing_one(desk: Desk, double: ServiceDouble) -> None:
    assert desk.status().state == "registered"
    assert desk.calls == []
    status = desk.status(refresh=True)
    assert status.runner is not None
    assert desk.calls == [f"GET /v1/runner/{status.runner.id}"]
    assert double.complaints == []


def test_an_unregistered_instance_has_nothing_to_refresh(double: ServiceDouble, token: str, tmp_path: Path) -> None:
    desk = Desk(double, token, tmp_path)
    assert desk.status(refresh=True).state == "not_connected"
    desk.connect()
    double.forget_calls()
    assert desk.status(refresh=True).state == "not_registered"
    assert desk.calls == []


def test_an_owner_sees_account_runner_and_hint_but_no_secret(desk: Desk) -> None:
    status = desk.status()
    assert status.account is not None
    assert (status.account.name, status.token_hint, status.source) == (
        "Ada Lovelace",
        f"cfc_...{desk.token[-4:]}",
        "settings",
    )
    shown = f"{status!r} {status} {status.model_dump()}"
    for secret in (desk.token, desk.owner_key, str(desk.user.sealed_token)):
        assert secret not in shown


@pytest.mark.parametrize("owner_key", ["", "wrong"])
def test_a_stranger_sees_the_bare_state_and_never_has_the_service_called(desk: Desk, owner_key: str) -> None:
    status = desk.status(refresh=True, owner_key=owner_key)
    assert status.model_dump(exclude_none=True) == {
        "state": "registered",
        "actions": ("enter_token",),
        "connected": True,
        "registered": True,
        "owner": False,
    }
    assert desk.calls == []


def test_what_was_changed_in_the_dashboard_is_seen_at_a_refresh_and_announced_once(
    desk: Desk, double: ServiceDouble
) -> None:
    runner = desk.remembered.runner
    assert runner is not None
    double.set_status(runner.id, "disabled")
    announced = desk.announced
    assert desk.status().state == "registered"
    assert desk.status(refresh=True).state == "disabled"
    assert desk.announced == announced + 1
    assert desk.status().state == "disabled"
    # Nothing has changed since, so no page needs to look again.
    desk.status(refresh=True)
    assert desk.announced == announced + 1


def test_a_runner_that_is_gone_is_noticed_at_a_refresh(desk: Desk, double: ServiceDouble) -> None:
    runner = desk.remembered.runner
    assert runner is not None
    double.remove_runner(runner.id)
    status = desk.status(refresh=True)
    assert (status.state, status.problem.code if status.problem else None) == ("runner_gone", "runner_gone")
    assert len(desk.calls) == 1
    assert desk.status(refresh=True).state == "runner_gone"
    assert desk.calls == []


def test_a_status_nobody_knows_needs_attention(desk: Desk, double: ServiceDouble) -> None:
    runner = desk.remembered.runner
    assert runner is not None
    double.plan(Fault.answer(200, runner.model_copy(update={"status": "sleeping"}).model_dump_json()))
    status = desk.status(refresh=True)
    assert status.state == "needs_attention"
    assert status.problem is not None
    assert (status.problem.code, "sleeping" in status.problem.message) == ("status_unknown", True)
    assert desk.status(refresh=True).state == "registered"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.answer(503), "service_trouble"),
        (Fault.answer(404, "<h1>Not found</h1>"), "not_the_service"),
        (Fault.answer(401, "<h1>Login</h1>"), "not_the_service"),
        (Fault.close_before(), "service_unreachable"),
        (Fault.hang(), "service_timeout"),
    ],
)
def test_a_service_that_cannot_be_asked_does_not_unregister_anything(
    desk: Desk, double: ServiceDouble, fault: Fault, code: str
) -> None:
    seen_at = desk.status().seen_at
    desk.silence_seconds = IN_VAIN_SECONDS
    announced = desk.announced
    double.plan(fault)
    for refresh in (True, False):
        status = desk.status(refresh=refresh)
        assert (status.state, status.problem.code if status.problem else None) == ("service_unreachable", code)
        assert (status.connected, status.registered, status.last_known) == (True, True, "registered")
        assert (status.seen_at, status.retry_after) == (seen_at, None)
    # Once when it went away, and once when it came back.
    assert desk.announced == announced + 1
    later = desk.status(refresh=True)
    assert (later.state, later.problem, later.last_known) == ("registered", None, None)
    assert desk.announced == announced + 2


def test_within_its_cooldown_the_service_is_left_alone(double: ServiceDouble, token: str, tmp_path: Path) -> None:
    now = 0.0
    desk = Desk(double, token, tmp_path, clock=lambda: now)
    desk.connect()
    desk.register()
    double.plan(Fault.answer(429))
    limited = desk.status(refresh=True)
    assert (limited.state, limited.retry_after, limited.last_known) == ("rate_limited", 10, "registered")
    assert desk.calls
    now = 6.0
    limited = desk.status(refresh=True)
    assert (limited.state, limited.retry_after) == ("rate_limited", 4)
    assert desk.calls == []
    now = 10.0
    assert desk.status(refresh=True).state == "registered"
    assert len(desk.calls) == 1


def test_a_call_that_works_says_that_the_service_is_back(desk: Desk, double: ServiceDouble) -> None:
    double.plan(Fault.answer(503))
    assert desk.status(refresh=True).state == "service_unreachable"
    desk.change(name="Renamed")
    assert desk.status().state == "registered"


def test_a_runner_of_another_account_needs_another_token(desk: Desk, double: ServiceDouble) -> None:
    double.plan(Fault.answer(403, '{"status": 403, "message": "forbidden"}'))
    status = desk.status(refresh=True)
    assert (status.state, status.problem.code if status.problem else None) == ("needs_attention", "access_denied")
    assert desk.status(refresh=True).state == "registered"

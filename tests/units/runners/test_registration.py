from pathlib import Path

import pytest
from units.runners.registration_desk import ENDPOINT, Desk, code_of, error_of

from comfycontrol_pack.comfycontrol.errors import ComfyControlError
from comfycontrol_pack.comfycontrol.models.runner import RunnerExistsError
from service_double import Account, Fault, ServiceDouble


@pytest.fixture
def desk(double: ServiceDouble, token: str, tmp_path: Path) -> Desk:
    desk = Desk(double, token, tmp_path)
    desk.connect()
    assert desk.calls == ["GET /v1/user"]
    return desk


def test_registering_makes_this_instance_a_runner_with_two_calls(desk: Desk, double: ServiceDouble) -> None:
    announced = desk.announced
    runner = desk.register(headers={"X-Key": "s3cr3t"}, tags=["gpu"])
    assert desk.calls == ["GET /v1/runner", "POST /v1/runner"]
    (held,) = double.runners()
    assert (held["id"], held["name"], held["endpoint"], held["tags"]) == (runner.id, "Mine", ENDPOINT, ["gpu"])
    assert held["headers"] == {"X-Key": "s3cr3t"}
    assert runner.header_names == ("X-Key",)
    assert desk.remembered.runner == runner
    assert desk.announced == announced + 1
    assert double.complaints == []


def test_it_stays_known_as_a_runner_after_a_restart(desk: Desk) -> None:
    runner = desk.register()
    assert desk.calls
    desk.restart()
    status = desk.status()
    assert (status.state, status.runner) == ("registered", runner)
    assert desk.calls == []


def test_a_second_click_changes_the_runner_instead_of_making_another(desk: Desk, double: ServiceDouble) -> None:
    first = desk.register(headers={"X-Key": "s3cr3t"}, tags=["gpu"])
    assert desk.calls
    second = desk.register(name="Renamed", endpoint="https://other.example.com", headers={})
    assert desk.calls == [f"PUT /v1/runner/{first.id}"]
    (held,) = double.runners()
    assert (held["id"], held["name"], held["endpoint"]) == (first.id, "Renamed", "https://other.example.com")
    # What was said is as it was said, what was left out as it was.
    assert (held["tags"], held["headers"]) == (["gpu"], {})
    assert second.id == first.id


def test_a_change_sends_what_changes_and_nothing_else(desk: Desk, double: ServiceDouble) -> None:
    runner = desk.register(headers={"X-Key": "s3cr3t"}, tags=["gpu"])
    assert desk.calls
    changed = desk.change(status="disabled", tags=[])
    assert double.calls[-1].body == {"status": "disabled", "tags": []}
    assert desk.calls == [f"PUT /v1/runner/{runner.id}"]
    assert (changed.status, changed.tags, changed.header_names) == ("disabled", (), ("X-Key",))
    assert desk.status().state == "disabled"
    assert desk.change(status="active").status == "active"
    assert desk.status().state == "registered"
    assert double.complaints == []


def test_nothing_is_changed_before_it_is_registered(desk: Desk) -> None:
    assert code_of(lambda: desk.change(name="Renamed")) == "not_registered"
    assert desk.calls == []
    desk.register()
    assert desk.change(name="Renamed").name == "Renamed"


@pytest.mark.parametrize("endpoint", [ENDPOINT, f"{ENDPOINT}/", "HTTPS://Comfy.Example.com:443", f"{ENDPOINT}#top"])
def test_a_runner_with_this_endpoint_is_offered_rather_than_doubled(
    desk: Desk, double: ServiceDouble, account: Account, endpoint: str
) -> None:
    double.add_runner(account, name="Another", endpoint="https://another.example.com")
    old = double.add_runner(account, name="Old", endpoint=endpoint, headers={"X-Key": "s3cr3t"})
    error = error_of(desk.register)
    assert isinstance(error, RunnerExistsError)
    assert [candidate.id for candidate in error.candidates] == [old["id"]]
    assert "s3cr3t" not in f"{error!r} {error.candidates!r}"
    assert desk.calls == ["GET /v1/runner"]
    assert desk.remembered.runner is None

    taken = desk.register(take_over=old["id"])
    assert desk.calls == [f"PUT /v1/runner/{old['id']}"]
    assert (taken.id, taken.name) == (old["id"], "Mine")
    assert desk.remembered.runner == taken
    assert len(double.runners()) == 2


def test_every_runner_with_this_endpoint_is_offered(desk: Desk, double: ServiceDouble, account: Account) -> None:
    for number in range(150):
        double.add_runner(account, name=str(number), endpoint=ENDPOINT if number % 50 == 0 else f"{ENDPOINT}/{number}")
    error = error_of(desk.register)
    assert isinstance(error, RunnerExistsError)
    assert [candidate.name for candidate in error.candidates] == ["100", "50", "0"]


def test_a_second_runner_is_made_where_a_person_asks_for_it(
    desk: Desk, double: ServiceDouble, account: Account
) -> None:
    old = double.add_runner(account, endpoint=ENDPOINT)
    runner = desk.register(make_second=True)
    assert runner.id != old["id"]
    assert len(double.runners()) == 2


def test_a_runner_to_take_over_that_is_gone_is_told_and_none_is_made(desk: Desk, double: ServiceDouble) -> None:
    assert code_of(lambda: desk.register(take_over="gone")) == "chosen_runner_gone"
    assert double.runners() == []
    assert desk.status().state == "not_registered"
    desk.register()
    assert desk.status().state == "registered"


def test_a_runner_removed_in_the_dashboard_is_told_and_registered_anew(desk: Desk, double: ServiceDouble) -> None:
    first = desk.register()
    double.remove_runner(first.id)
    assert code_of(lambda: desk.change(name="Renamed")) == "runner_gone"
    status = desk.status()
    assert status.state == "runner_gone"
    assert status.problem is not None
    assert status.problem.code == "runner_gone"
    assert desk.calls
    # It is known by now, so nobody has to be asked.
    assert code_of(lambda: desk.change(name="Renamed")) == "runner_gone"
    assert desk.status(refresh=True).state == "runner_gone"
    assert desk.calls == []

    second = desk.register()
    assert desk.calls == ["GET /v1/runner", "POST /v1/runner"]
    assert second.id != first.id
    assert desk.status().state == "registered"


def test_a_click_on_register_finds_out_that_the_runner_is_gone_and_makes_none_unasked(
    desk: Desk, double: ServiceDouble
) -> None:
    double.remove_runner(desk.register().id)
    assert code_of(desk.register) == "runner_gone"
    assert double.runners() == []
    desk.register()
    assert len(double.runners()) == 1


def test_the_limit_of_the_tier_is_told_until_there_is_room(double: ServiceDouble, tmp_path: Path) -> None:
    account = double.add_account(tier="free")
    other = double.add_runner(account, endpoint="https://other.example.com")
    desk = Desk(double, double.add_token(account), tmp_path)
    desk.connect()
    error = error_of(desk.register)
    assert error.code == "runner_limit"
    assert error.service_message == "Runner limit exceeded for your tier"
    double.remove_runner(other["id"])
    desk.register()
    assert desk.status().state == "registered"


REFUSED = '{"status": 400, "message": "invalid endpoint URL format"}'


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"endpoint": "https://x"}, "endpoint"),
        ({"name": "Renamed"}, "name"),
        ({"tags": []}, "tags"),
        ({"headers": {}, "name": None}, "headers"),
        ({"name": "Renamed", "tags": []}, None),
    ],
)
def test_a_refusal_appears_at_the_field_where_only_one_was_changed(
    desk: Desk, double: ServiceDouble, values: dict[str, object], field: str | None
) -> None:
    runner = desk.register()
    double.plan(Fault.answer(400, REFUSED))
    error = error_of(lambda: desk.change(**values))
    assert (error.code, error.field) == ("values_refused", field)
    assert error.service_message == "invalid endpoint URL format"
    assert desk.remembered.runner == runner
    desk.change(**values)


@pytest.mark.parametrize("calls", [1, 2])
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (Fault.answer(400, REFUSED, times=None), "values_refused"),
        (Fault.answer(403, "<h1>Blocked</h1>", times=None), "not_the_service"),
        (Fault.answer(429, times=None), "rate_limited"),
        (Fault.redirect("https://portal.example.com", times=None), "not_the_service"),
    ],
)
def test_a_service_that_says_no_leaves_this_instance_unregistered_until_it_says_yes(
    desk: Desk, double: ServiceDouble, fault: Fault, code: str, calls: int
) -> None:
    double.plan(Fault(fault.misbehaviour, "GET" if calls == 1 else "POST", "/v1/runner", None))
    assert code_of(desk.register) == code
    # Nothing was asked twice.
    assert len(desk.calls) == calls
    assert desk.status().state == "not_registered"
    assert double.runners() == []

    double.no_faults()
    desk.register()
    assert desk.status().state == "registered"
    assert len(double.runners()) == 1


def test_what_was_made_but_could_not_be_remembered_is_offered_the_next_time(
    desk: Desk, double: ServiceDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full:
        full.setattr(Path, "replace", disk_full)
        assert code_of(desk.register) == "storage_failed"
    (held,) = double.runners()
    error = error_of(desk.register)
    assert isinstance(error, RunnerExistsError)
    assert desk.register(take_over=error.candidates[0].id).id == held["id"]
    assert len(double.runners()) == 1


def test_every_error_is_one_that_can_be_told(desk: Desk) -> None:
    (desk.folder / "memory.json").write_bytes(b"damaged")
    for action in (
        desk.register,
        desk.status,
        desk.connect,
        desk.ownership.disconnect,
        lambda: desk.change(name="A"),
    ):
        error = error_of(action)
        assert isinstance(error, ComfyControlError)
        assert error.code == "memory_damaged"

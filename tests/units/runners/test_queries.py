from pathlib import Path

import pytest
from units.runners.registration_desk import ENDPOINT, Desk, code_of

from comfycontrol_pack.comfycontrol.models.preferences import PreferencesChange
from comfycontrol_pack.comfycontrol.runners.preferences import change_preferences
from service_double import Account, ServiceDouble


@pytest.fixture
def desk(double: ServiceDouble, token: str, tmp_path: Path) -> Desk:
    desk = Desk(double, token, tmp_path)
    desk.connect()
    desk.register()
    double.forget_calls()
    return desk


def test_a_new_tunnel_is_noticed_and_one_click_away(desk: Desk, double: ServiceDouble) -> None:
    desk.best_address = "https://new.example.com"
    desk.verdict = "tunnel_offline"
    # The check takes its time, and says so to every page when it is done.
    announced = desk.announced
    desk.status(refresh=True)
    assert desk.announced == announced + 1
    status = desk.status()
    assert (status.state, status.actions[0]) == ("address_changed", "update_address")
    assert status.best_address == "https://new.example.com"
    assert status.address.verdict == "tunnel_offline"
    desk.change(endpoint=status.best_address)
    assert desk.status().state == "registered"


def test_the_address_is_called_once_a_minute_at_most(double: ServiceDouble, token: str, tmp_path: Path) -> None:
    now = 0.0
    desk = Desk(double, token, tmp_path, clock=lambda: now)
    desk.connect()
    desk.register()
    for _ in range(3):
        desk.status(refresh=True)
    assert len(desk.checked) == 1
    now = 61.0
    desk.status(refresh=True)
    assert len(desk.checked) == 2


def test_the_address_is_not_called_where_the_person_switched_that_off(desk: Desk) -> None:
    change_preferences(desk.store, PreferencesChange(check_address=False))
    desk.status(refresh=True)
    assert desk.checked == []


def test_a_cloned_machine_registers_as_a_new_runner_and_leaves_the_original_alone(
    desk: Desk, double: ServiceDouble
) -> None:
    original = desk.remembered
    desk.best_address = "https://clone.example.com"
    desk.verdict = "copied_instance"
    desk.status(refresh=True)
    status = desk.status()
    assert (status.state, status.actions[0]) == ("another_instance", "register_as_new")
    assert desk.calls
    desk.register(name="Clone", endpoint="https://clone.example.com", as_new=True)
    assert desk.calls == ["GET /v1/runner", "POST /v1/runner"]
    assert desk.status().state == "registered"
    assert [runner["endpoint"] for runner in double.runners()] == ["https://clone.example.com", ENDPOINT]
    assert desk.renewed == 1
    assert desk.remembered.instance_id != original.instance_id


def test_the_history_is_what_this_runner_ran(desk: Desk, double: ServiceDouble) -> None:
    runner = desk.remembered.runner
    assert runner is not None
    for number in range(12):
        double.add_run(runner.id, f"Portrait {number}")
    runs = desk.queries.history(desk.user)
    assert [run.name for run in runs] == [f"Portrait {number}" for number in range(11, 1, -1)]
    assert (runs[0].status, runs[0].started_at) == ("completed", "")
    assert desk.calls == [f"GET /v1/runner/{runner.id}/history"]
    double.remove_runner(runner.id)
    assert code_of(lambda: desk.queries.history(desk.user)) == "runner_gone"
    assert desk.status().state == "runner_gone"


def test_the_accounts_runners_are_listed_newest_first(desk: Desk, double: ServiceDouble, account: Account) -> None:
    for number in range(120):
        double.add_runner(account, name=str(number))
    double.add_runner(double.add_account("Eve"), name="Eve's")
    names = [runner.name for runner in desk.queries.runners(desk.user)]
    assert names == [*(str(number) for number in range(119, -1, -1)), "Mine"]
    assert desk.calls == ["GET /v1/runner", "GET /v1/runner"]


def test_another_runner_of_the_account_can_be_chosen_and_keeps_its_headers(
    desk: Desk, double: ServiceDouble, account: Account
) -> None:
    other = double.add_runner(account, name="Other", headers={"X-Key": "s3cr3t"}, tags=["gpu"], status="disabled")
    taken = desk.register(name="Other", take_over=other["id"])
    assert desk.calls == [f"PUT /v1/runner/{other['id']}"]
    assert (taken.id, taken.header_names, taken.tags) == (other["id"], ("X-Key",), ("gpu",))
    assert desk.remembered.runner == taken

import logging
from pathlib import Path

import pytest
from units.runners.registration_desk import Desk, code_of, error_of

from comfycontrol_pack.comfycontrol.comfyui import ComfyUser
from comfycontrol_pack.comfycontrol.storage.folder import KEY_FILE, STORE_FILE
from service_double import Account, Fault, ServiceDouble

REJECTED = '{"status": 401, "message": "Invalid token"}'


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def desk(double: ServiceDouble, token: str, tmp_path: Path, clock: Clock) -> Desk:
    return Desk(double, token, tmp_path, clock=clock)


@pytest.fixture
def eves_token(double: ServiceDouble) -> str:
    return double.add_token(double.add_account("Eve", email="eve@example.com"))


def test_another_browser_becomes_an_owner_with_any_token_of_the_account(
    desk: Desk, double: ServiceDouble, account: Account
) -> None:
    first = desk.connect()
    second = desk.connect(double.add_token(account), owner_key="")
    assert first.owner_key != second.owner_key
    for key in (first.owner_key, second.owner_key):
        desk.ownership.check_owner(key)


@pytest.mark.parametrize("owner", [True, False])
def test_a_token_of_another_account_is_refused_while_the_instance_is_claimed(
    desk: Desk, eves_token: str, *, owner: bool
) -> None:
    desk.connect()
    runner = desk.register()
    remembered = desk.remembered
    assert code_of(lambda: desk.connect(eves_token, owner_key=None if owner else "")) == "other_account"
    assert desk.remembered == remembered
    assert desk.status().runner == runner
    assert desk.change(name="Renamed").name == "Renamed"


def test_removing_the_file_releases_the_instance_without_a_restart(desk: Desk, eves_token: str) -> None:
    desk.connect()
    (desk.folder / STORE_FILE).unlink()
    assert code_of(lambda: desk.ownership.check_owner(desk.owner_key)) == "owner_required"
    assert desk.connect(eves_token).account.name == "Eve"


def test_while_the_service_is_away_the_token_that_it_accepted_last_is_let_in_and_no_other(
    desk: Desk, double: ServiceDouble, account: Account
) -> None:
    first = desk.token
    desk.connect()
    newer = double.add_token(account)
    desk.connect(newer)
    double.plan(Fault.close_before(times=None))
    again = desk.connect(newer, owner_key="")
    desk.ownership.check_owner(again.owner_key)
    desk.restart()
    desk.connect(newer, owner_key="")
    assert code_of(lambda: desk.connect(first, owner_key="")) == "service_unreachable"


def test_strangers_are_stopped_after_ten_tries_and_owners_are_not(
    desk: Desk, double: ServiceDouble, account: Account, eves_token: str, clock: Clock
) -> None:
    desk.connect()
    for number in range(9):
        desk.address = f"192.0.2.{number}"
        assert code_of(lambda: desk.connect(eves_token, owner_key="")) == "other_account"
    error = error_of(lambda: desk.connect(eves_token, owner_key=""))
    assert (error.code, error.retry_after) == ("too_many_tries", 60)
    assert len(desk.calls) == 10

    # With an owner's key, or with the token that is sealed already, one always gets in.
    newer = double.add_token(account)
    desk.connect(newer)
    assert desk.calls == ["GET /v1/user"]
    desk.connect(newer, owner_key="")
    assert desk.calls == ["GET /v1/user"]

    clock.now += 60
    assert code_of(lambda: desk.connect(eves_token, owner_key="")) == "other_account"


def test_who_tries_in_a_loop_leaves_tries_to_others(
    desk: Desk, double: ServiceDouble, account: Account, eves_token: str, clock: Clock
) -> None:
    desk.connect()
    clock.now += 60
    desk.address = "203.0.113.9"
    codes = [code_of(lambda: desk.connect(eves_token, owner_key="")) for _ in range(20)]
    assert codes == ["other_account"] * 6 + ["too_many_tries"] * 14
    # A fresh token of the account, in a browser that nobody knows yet.
    desk.address = "192.0.2.7"
    fresh = desk.connect(double.add_token(account), owner_key="")
    desk.ownership.check_owner(fresh.owner_key)


def test_a_revoked_token_needs_attention_until_a_new_one_is_entered(
    desk: Desk, double: ServiceDouble, account: Account
) -> None:
    desk.connect()
    runner = desk.register()
    double.revoke(desk.token)
    assert code_of(lambda: desk.change(name="Renamed")) == "token_rejected"
    for refresh in (False, True):
        status = desk.status(refresh=refresh)
        assert (status.state, status.problem.code if status.problem else None) == ("token_rejected", "token_rejected")
        assert status.runner == runner

    desk.connect(double.add_token(account))
    assert desk.status().state == "registered"
    assert desk.change(name="Renamed").id == runner.id


def test_a_token_that_counts_again_is_noticed_by_itself(desk: Desk, double: ServiceDouble) -> None:
    desk.connect()
    desk.register()
    double.plan(Fault.answer(401, REJECTED))
    assert desk.status(refresh=True).state == "token_rejected"
    assert desk.status(refresh=True).state == "registered"


def test_the_rejected_token_entered_once_more_is_asked_about(desk: Desk, double: ServiceDouble) -> None:
    desk.connect()
    double.revoke(desk.token)
    assert code_of(desk.register) == "token_rejected"
    assert code_of(desk.connect) == "token_rejected"
    assert desk.status().state == "token_rejected"
    double.add_token(double.add_account("Ada Lovelace"), desk.token)
    # The account is another one by now, though the token is the same.
    assert code_of(desk.connect) == "other_account"


@pytest.mark.parametrize(
    ("sealed_token", "state"),
    [
        (None, "not_connected"),
        ("", "not_connected"),
        ("v1.AAAA", "token_unreadable"),
        ("replaced by a stranger", "token_unreadable"),
    ],
)
def test_settings_that_were_deleted_or_replaced_want_the_token_again(
    desk: Desk, sealed_token: str | None, state: str
) -> None:
    desk.connect()
    runner = desk.register()
    assert desk.calls
    desk.user = ComfyUser(desk.user.id, sealed_token)
    status = desk.status(refresh=True)
    assert (status.state, status.actions[0]) == (state, "enter_token")
    assert not status.connected
    assert code_of(lambda: desk.change(name="Renamed")) in {"not_connected", "token_unreadable"}
    assert desk.calls == []

    desk.connect()
    assert desk.status().state == "registered"
    assert desk.change(name="Renamed").id == runner.id


def test_the_sealed_token_of_another_comfyui_user_does_not_open(desk: Desk) -> None:
    desk.connect()
    desk.user = ComfyUser("Eve_1234", desk.user.sealed_token)
    assert code_of(desk.register) == "token_unreadable"
    assert desk.calls == ["GET /v1/user"]


def test_disconnecting_forgets_token_owners_and_runner_and_says_what_stays(
    desk: Desk, double: ServiceDouble, eves_token: str
) -> None:
    desk.connect()
    runner = desk.register()
    instance_id = desk.remembered.instance_id
    assert desk.calls
    assert desk.ownership.disconnect() == runner
    assert desk.calls == []
    assert not (desk.folder / KEY_FILE).exists()
    remembered = desk.remembered
    assert (remembered.account, remembered.owners, remembered.runner, remembered.token_hint) == (None, (), None, "")
    # What other software saw as this instance stays this instance.
    assert remembered.instance_id == instance_id
    assert code_of(lambda: desk.ownership.check_owner(desk.owner_key)) == "owner_required"
    assert code_of(desk.register) == "not_connected"
    assert desk.status().state == "not_connected"
    assert len(double.runners()) == 1

    assert desk.connect(eves_token).account.name == "Eve"
    assert desk.ownership.disconnect() is None


def test_each_change_is_a_line_in_the_log_without_any_secret(
    desk: Desk, double: ServiceDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    desk.connect()
    runner = desk.register(headers={"X-Key": "s3cr3t-value"})
    desk.change(status="disabled")
    desk.change(tags=("flux",), status="active")
    desk.change(status="disabled")
    desk.change(status="active")
    double.remove_runner(runner.id)
    assert desk.status(refresh=True).state == "runner_gone"
    double.revoke(desk.token)
    assert code_of(desk.register) == "token_rejected"
    desk.ownership.disconnect()

    lines = [record.getMessage() for record in caplog.records if record.name == "comfycontrol"]
    assert lines == [
        "ComfyControl: an API token was accepted; this instance is connected.",
        f"ComfyControl: runner {runner.id} of this instance was registered.",
        f"ComfyControl: runner {runner.id} of this instance was disabled.",
        f"ComfyControl: runner {runner.id} of this instance was changed (tags, status).",
        f"ComfyControl: runner {runner.id} of this instance was disabled.",
        f"ComfyControl: runner {runner.id} of this instance was enabled.",
        "ComfyControl no longer has this instance's runner.",
        "ComfyControl rejected the API token of this instance.",
        "ComfyControl: this instance was disconnected.",
    ]
    for secret in (desk.token, desk.owner_key, "s3cr3t-value", str(desk.user.sealed_token)):
        assert secret not in caplog.text

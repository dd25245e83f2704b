"""The key among the runner's headers: put there, kept there, changed, and taken out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from units.runners.registration_desk import Desk, code_of

from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.gateway.claim import claim_of
from comfycontrol_pack.comfycontrol.gateway.guarded_port import PortStatus
from comfycontrol_pack.comfycontrol.gateway.guarding import Guarding
from comfycontrol_pack.comfycontrol.gateway.keys import KEY_HEADER
from comfycontrol_pack.comfycontrol.models.runner import Runner, RunnerChange, RunnerDraft
from service_double import Account, Fault, ServiceDouble

HERE = "https://here.example.com"
OPEN = PortStatus("open", "127.0.0.1", 18188)
OFF = PortStatus("off", "127.0.0.1")
FAILED = PortStatus("failed", "127.0.0.1", problem=MachineError("guarded_port_unsupported"))


class Port:
    """The guarded port without a socket."""

    def __init__(self) -> None:
        self.now = OFF
        self.opens_as = OPEN
        self.keys = ["first"]

    def open(self) -> PortStatus:
        self.now = self.opens_as
        return self.now

    def close(self) -> None:
        self.now = OFF

    def status(self) -> PortStatus:
        return self.now

    def current_key(self) -> str:
        return self.keys[0]

    def new_key(self) -> str:
        if len(self.keys) == 1:
            self.keys.append("second")
        return self.keys[-1]

    def settle_key(self) -> None:
        self.keys = self.keys[-1:]


class Guarded:
    def __init__(self, desk: Desk, double: ServiceDouble) -> None:
        self.desk = desk
        self.double = double
        self.port = Port()
        self.guarding = Guarding(desk.session, desk.registration, self.port)  # type: ignore[arg-type]

    def register(self, *, guard: bool | None = True, **values: object) -> Runner:
        draft = RunnerDraft.model_validate({"name": "Mine", "endpoint": HERE, **values})
        applied = self.guarding.applied(self.desk.user, draft, guard=guard, runner_id=None)
        return self.desk.registration.register(self.desk.user, applied)

    def change(self, *, guard: bool | None = None, **values: object) -> None:
        wanted = RunnerChange.model_validate(values)
        runner_id = self.desk.registration.saved_id()
        applied = self.guarding.applied(self.desk.user, wanted, guard=guard, runner_id=runner_id)
        self.desk.registration.change(self.desk.user, applied)
        self.guarding.settled(guard=guard)

    @property
    def headers(self) -> dict[str, str]:
        (runner,) = self.double.runners()
        return dict(runner["headers"])


@pytest.fixture
def guarded(double: ServiceDouble, token: str, tmp_path: Path) -> Iterator[Guarded]:
    desk = Desk(double, token, tmp_path)
    desk.connect()
    yield Guarded(desk, double)
    assert double.complaints == []


def test_a_guarded_runner_has_the_key_beside_its_own_headers(guarded: Guarded) -> None:
    guarded.register(headers={"X-Gate": "abc"})
    assert guarded.headers == {"X-Gate": "abc", KEY_HEADER: "first"}
    assert guarded.guarding.is_guarded


def test_nothing_is_registered_where_the_port_does_not_open(guarded: Guarded) -> None:
    guarded.port.opens_as = FAILED
    assert code_of(guarded.register) == "guarded_port_unsupported"
    assert guarded.double.runners() == []


def test_who_does_not_ask_for_it_gets_no_key(guarded: Guarded) -> None:
    guarded.register(guard=None, headers={"X-Gate": "abc"})
    assert guarded.headers == {"X-Gate": "abc"}


def test_switched_on_later_the_other_headers_stay_as_they_are(guarded: Guarded) -> None:
    guarded.register(guard=None, headers={"X-Gate": "abc"})
    guarded.change(guard=True)
    assert guarded.headers == {"X-Gate": "abc", KEY_HEADER: "first"}


def test_other_headers_can_be_changed_without_locking_comfycontrol_out(guarded: Guarded) -> None:
    guarded.register(headers={"X-Gate": "abc"})
    guarded.change(headers={"X-Gate": "new"})
    assert guarded.headers == {"X-Gate": "new", KEY_HEADER: "first"}
    guarded.change(headers={})
    assert guarded.headers == {KEY_HEADER: "first"}


def test_a_change_of_anything_else_sends_no_headers(guarded: Guarded) -> None:
    guarded.register()
    guarded.double.forget_calls()
    guarded.change(name="New")
    (call,) = guarded.double.calls
    assert call.body == {"name": "New"}


def test_switched_off_the_key_goes_and_then_the_port(guarded: Guarded) -> None:
    guarded.register(headers={"X-Gate": "abc"})
    guarded.change(guard=False)
    assert guarded.headers == {"X-Gate": "abc"}
    assert guarded.port.now is OFF


def test_while_the_key_cannot_be_taken_out_the_port_stays_open(guarded: Guarded) -> None:
    guarded.register()
    guarded.double.plan(Fault.answer(503, "{}", method="PUT"))
    assert code_of(lambda: guarded.guarding.end(guarded.desk.user)) == "service_trouble"
    assert guarded.port.now is OPEN
    guarded.guarding.end(guarded.desk.user)
    assert (guarded.headers, guarded.port.now) == ({}, OFF)


def test_a_new_key_takes_the_place_of_the_old_one(guarded: Guarded) -> None:
    guarded.register(headers={"X-Gate": "abc"})
    guarded.guarding.renew_key(guarded.desk.user)
    assert guarded.headers == {"X-Gate": "abc", KEY_HEADER: "second"}
    assert guarded.port.keys == ["second"]


def test_until_comfycontrol_has_the_new_key_both_open_the_port(guarded: Guarded) -> None:
    guarded.register()
    guarded.double.plan(Fault.close_before(method="PUT"))
    assert code_of(lambda: guarded.guarding.renew_key(guarded.desk.user)) == "service_unreachable"
    assert (guarded.headers, guarded.port.keys) == ({KEY_HEADER: "first"}, ["first", "second"])
    guarded.guarding.renew_key(guarded.desk.user)
    assert (guarded.headers, guarded.port.keys) == ({KEY_HEADER: "second"}, ["second"])


def test_a_runner_that_is_taken_over_keeps_its_headers_and_gets_this_key(guarded: Guarded, account: Account) -> None:
    headers = {"X-Gate": "abc", KEY_HEADER.lower(): "of another machine"}
    other = guarded.double.add_runner(account, endpoint=HERE, headers=headers)
    draft = RunnerDraft.model_validate({"name": "Mine", "endpoint": HERE})
    applied = guarded.guarding.applied(guarded.desk.user, draft, guard=True, runner_id=other["id"])
    assert {name: value.get_secret_value() for name, value in applied.headers.items()} == {
        "X-Gate": "abc",
        KEY_HEADER: "first",
    }


def test_no_value_of_a_header_is_ever_shown(guarded: Guarded) -> None:
    guarded.register(headers={"X-Gate": "s3cr3t-value"})
    runner = guarded.desk.remembered.runner
    assert runner is not None
    assert "first" not in repr(runner)
    assert "s3cr3t-value" not in guarded.desk.remembered.model_dump_json()
    assert repr(SecretStr("first")) == "SecretStr('**********')"


WITH_KEY = Runner(id="r", endpoint=HERE, header_names=(KEY_HEADER,))
WITHOUT = Runner(id="r", endpoint=HERE)
CLAIMS = [
    (OFF, WITHOUT, None, None),
    (OFF, WITHOUT, "open", "open"),
    (OPEN, WITHOUT, "open", "open"),
    (OPEN, WITHOUT, None, None),
    (OPEN, None, None, None),
    (OPEN, WITH_KEY, None, "unproven"),
    (OPEN, WITH_KEY, "guarded", "guarded"),
    (OPEN, WITH_KEY, "open", "open"),
    # The check would have to be older than the port's end.
    (OFF, WITH_KEY, "guarded", None),
    (FAILED, WITH_KEY, "guarded", "failed"),
    (FAILED, None, None, "failed"),
]


@pytest.mark.parametrize(("port", "runner", "way", "claim"), CLAIMS)
def test_guarded_is_said_only_where_the_check_has_shown_it(
    port: PortStatus, runner: Runner | None, way: object, claim: str | None
) -> None:
    assert claim_of(port, runner, way) == claim  # type: ignore[arg-type]

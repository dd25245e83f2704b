from typing import Any

import pytest
from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.errors import ComfyControlError, MachineError, NoConnectionError, WrongStateError
from comfycontrol_pack.comfycontrol.memory import Remembered
from comfycontrol_pack.comfycontrol.models import Account, Runner
from comfycontrol_pack.comfycontrol.status import status_for_owner, status_for_stranger, token_hint

ACCOUNT = Account(id="a", name="Ada", tier="pro")
CONNECTED: dict[str, Any] = {"account": ACCOUNT, "token_hint": "cfc_...wxyz", "owners": ("hash",)}
STATES = [
    ({}, "not_connected", None),
    (CONNECTED, "not_registered", None),
    ({**CONNECTED, "runner": Runner(id="r")}, "registered", None),
    ({**CONNECTED, "runner": Runner(id="r", status="disabled")}, "disabled", None),
    ({**CONNECTED, "runner": Runner(id="r", status="sleeping")}, "needs_attention", "status_unknown"),
    ({**CONNECTED, "runner": Runner(id="r"), "attention": "runner_gone"}, "needs_attention", "runner_gone"),
    ({**CONNECTED, "attention": "token_rejected"}, "needs_attention", "token_rejected"),
]


@pytest.mark.parametrize(("remembered", "state", "problem"), STATES)
def test_each_state_has_its_name(remembered: dict[str, Any], state: str, problem: str | None) -> None:
    owners = status_for_owner(Remembered(**remembered), None, connected=True)
    assert owners.state == state
    assert (owners.problem.code if owners.problem else None) == problem
    assert owners.owner


@pytest.mark.parametrize(("remembered", "state", "_problem"), STATES)
def test_a_stranger_sees_the_bare_state(remembered: dict[str, Any], state: str, _problem: str | None) -> None:
    strangers = status_for_stranger(Remembered(**remembered), None)
    assert strangers.model_dump(exclude_none=True) == {
        "state": state,
        "connected": "account" in remembered,
        "registered": "runner" in remembered,
        "owner": False,
    }


def test_a_missing_package_is_told_to_everybody() -> None:
    problem = MachineError("cryptography_missing", command="pip install cryptography")
    for status in (
        status_for_stranger(Remembered(), problem),
        status_for_owner(Remembered(**CONNECTED), problem, connected=False),
    ):
        assert (status.state, status.problem) == ("needs_attention", problem)


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (NoConnectionError("no_network"), "registered"),
        (WrongStateError("token_unreadable"), "needs_attention"),
        (WrongStateError("not_connected"), "needs_attention"),
    ],
)
def test_that_the_service_cannot_be_reached_says_nothing_about_the_runner(
    problem: ComfyControlError, state: str
) -> None:
    status = status_for_owner(Remembered(**CONNECTED, runner=Runner(id="r")), problem, connected=True)
    assert (status.state, status.problem) == (state, problem)


def test_the_source_is_told_while_there_is_one() -> None:
    remembered = Remembered(**CONNECTED)
    assert status_for_owner(remembered, None, connected=True).source == "settings"
    assert status_for_owner(remembered, None, connected=False).source is None


@pytest.mark.parametrize(
    ("token", "hint"),
    [
        ("cfc_abcdefghwxyz", "cfc_...wxyz"),
        ("cfc_12345678", "cfc_...5678"),
        ("cfc_1234567", "cfc_..."),
        ("cfc_1", "cfc_..."),
    ],
)
def test_the_hint_tells_tokens_apart_without_giving_a_short_one_away(token: str, hint: str) -> None:
    assert token_hint(SecretStr(token)) == hint

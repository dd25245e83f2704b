from typing import Any

import pytest
from pydantic import SecretStr

from comfycontrol_pack.comfycontrol.address_check.verdicts import verdict
from comfycontrol_pack.comfycontrol.errors import MachineError
from comfycontrol_pack.comfycontrol.models.runner import Account, Runner
from comfycontrol_pack.comfycontrol.models.token import token_hint
from comfycontrol_pack.comfycontrol.runners.state import InstanceState, Machine, instance_state
from comfycontrol_pack.comfycontrol.runners.status import status_for_owner, status_for_stranger
from comfycontrol_pack.comfycontrol.storage.remembered import Remembered

ACCOUNT = Account(id="a", name="Ada", tier="pro")
CONNECTED: dict[str, Any] = {"account": ACCOUNT, "token_hint": "cfc_...wxyz", "owners": ("hash",)}
BARE = [
    ({}, "not_connected"),
    (CONNECTED, "not_registered"),
    ({**CONNECTED, "runner": Runner(id="r"), "seen_at": "2026-11-23T23:00:00Z"}, "registered"),
    ({**CONNECTED, "runner": Runner(id="r", status="disabled")}, "disabled"),
    # Where it is, is nobody else's to know.
    ({**CONNECTED, "runner": Runner(id="r", endpoint="http://192.168.1.5:8188")}, "registered"),
    ({**CONNECTED, "runner": Runner(id="r", endpoint="http://127.0.0.1:8188", status="disabled")}, "disabled"),
    # What is wrong is the owner's business.
    ({**CONNECTED, "runner": Runner(id="r", status="sleeping")}, "needs_attention"),
    ({**CONNECTED, "runner": Runner(id="r"), "attention": "runner_gone"}, "needs_attention"),
    ({**CONNECTED, "attention": "token_rejected"}, "needs_attention"),
]


@pytest.mark.parametrize(("remembered", "state"), BARE)
def test_a_stranger_sees_the_bare_state(remembered: dict[str, Any], state: str) -> None:
    strangers = status_for_stranger(Remembered(**remembered), None)
    assert strangers.model_dump(exclude_none=True) == {
        "state": state,
        "actions": ("enter_token",),
        "connected": "account" in remembered,
        "registered": "runner" in remembered,
        "owner": False,
    }


def test_a_missing_package_is_told_to_everybody() -> None:
    problem = MachineError("cryptography_missing", command="pip install cryptography")
    stranger = status_for_stranger(Remembered(), problem)
    assert (stranger.state, stranger.problem, stranger.actions) == ("needs_attention", problem, ())
    owner = status_for_owner(
        Remembered(**CONNECTED), instance_state(Remembered(**CONNECTED), None, Machine(problem)), connected=False
    )
    assert (owner.state, owner.problem) == ("needs_attention", problem)


def test_the_source_is_told_while_there_is_one() -> None:
    remembered = Remembered(**CONNECTED)
    judged = instance_state(remembered, None, Machine())
    assert status_for_owner(remembered, judged, connected=True).source == "settings"
    assert status_for_owner(remembered, judged, connected=False).source is None


@pytest.mark.parametrize(
    ("state", "last_known", "retry_after", "address"),
    [
        ("registered", None, None, "timed_out"),
        ("service_unreachable", "registered", 4, None),
        ("rate_limited", "registered", 4, None),
    ],
)
def test_while_the_service_is_away_the_last_state_is_told_and_no_more_than_is_known(
    state: Any, last_known: str | None, retry_after: int | None, address: str | None
) -> None:
    status = status_for_owner(
        Remembered(**CONNECTED, runner=Runner(id="r")),
        InstanceState(state, ("retry",)),
        connected=True,
        best_address="https://here.example.com",
        address=verdict("timed_out", port=8188),
        retry_after=4,
    )
    assert (status.last_known, status.retry_after) == (last_known, retry_after)
    assert (status.address.verdict if status.address else None) == address
    # Nothing offers to update it.
    assert status.best_address is None


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

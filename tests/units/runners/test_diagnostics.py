"""What a person copies for others to see: a snapshot, so that a leak shows up in review."""

import json
from typing import Any

from comfycontrol_pack.comfycontrol import recent_errors as recent
from comfycontrol_pack.comfycontrol.address_check.verdicts import verdict
from comfycontrol_pack.comfycontrol.errors import (
    BadRequestError,
    InvalidInputError,
    NoConnectionError,
    NotAllowedError,
)
from comfycontrol_pack.comfycontrol.models.runner import Account, Runner
from comfycontrol_pack.comfycontrol.recent_errors import RecentError, note_error, recent_errors
from comfycontrol_pack.comfycontrol.runners.diagnostics import diagnostics
from comfycontrol_pack.comfycontrol.runners.state import Machine, instance_state
from comfycontrol_pack.comfycontrol.runners.status import status_for_owner
from comfycontrol_pack.comfycontrol.storage.remembered import Remembered

REMEMBERED = Remembered(
    instance_id="instance-s3cr3t",
    account=Account(id="account-s3cr3t", name="Ada s3cr3t", tier="tier-s3cr3t"),
    token_hint="cfc_...s3cr",
    owners=("owner-s3cr3t",),
    runner=Runner(
        id="runner-s3cr3t",
        name="Name s3cr3t",
        endpoint="http://s3cr3t.example.com:8188/s3cr3t",
        tags=("tag-s3cr3t", "gpu"),
        header_names=("X-S3cr3t",),
    ),
    seen_at="2026-11-23T23:00:00Z",
)


def put_together(remembered: Remembered, machine: Machine, best: str | None) -> dict[str, Any]:
    status = status_for_owner(
        remembered,
        instance_state(remembered, None, machine),
        connected=True,
        best_address=best,
        address=verdict("timed_out", port=8188) if remembered.runner else None,
    )
    errors = [RecentError("rate_limited", "2026-11-23T22:59:00Z")]
    return diagnostics(status, errors, comfyui_version="0.33.0", port=8188, best_address=best)


def test_the_diagnostics_tell_kinds_and_codes_and_nothing_else() -> None:
    found = put_together(
        REMEMBERED, Machine(None, "https://best-s3cr3t.example.com", "timed_out"), "https://best-s3cr3t.example.com"
    )
    versions = found.pop("versions")
    assert set(versions) == {
        "aiohttp",
        "comfycontrol",
        "comfyui",
        "cryptography",
        "pydantic",
        "python",
        "requests",
        "system",
        "urllib3",
    }
    assert found == {
        "state": "address_changed",
        "problem": None,
        "connected": True,
        "source": "settings",
        "seen_at": "2026-11-23T23:00:00Z",
        "runner": {
            "status": "active",
            "endpoint": ["public_name", "plain_http", "path"],
            "endpoint_check": "timed_out",
            "headers": 1,
            "tags": 2,
        },
        "address_of_this_machine": ["public_name"],
        "same_address": False,
        "errors": [{"code": "rate_limited", "at": "2026-11-23T22:59:00Z"}],
    }
    told = json.dumps([found, versions]).lower()
    for secret in ("s3cr", "ada", "example.com", "cfc_"):
        assert secret not in told


def test_the_diagnostics_of_an_instance_without_a_runner() -> None:
    found = put_together(Remembered(), Machine(), None)
    assert (found["state"], found["runner"], found["address_of_this_machine"]) == ("not_connected", None, None)


def test_the_last_ten_errors_are_kept_and_none_that_a_stranger_can_cause() -> None:
    recent._recent.clear()
    for refused in (
        BadRequestError("body_invalid"),
        NotAllowedError("owner_required"),
        InvalidInputError("token_prefix", field="token"),
    ):
        note_error(refused)
    assert recent_errors() == []
    for _ in range(11):
        note_error(NoConnectionError("no_network"))
    note_error(NoConnectionError("proxy_failed"))
    codes = [error.code for error in recent_errors()]
    assert codes == ["no_network"] * 9 + ["proxy_failed"]
    recent._recent.clear()

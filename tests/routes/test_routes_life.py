"""What an owner looks at after registering."""

import json
from typing import Any

import pytest
from routes.comfyui_with_pack import ENDPOINT, Browser

from service_double import Account, Fault, ServiceDouble

SECRET = "s3cr3t-value"


@pytest.fixture
async def runner(owner: Browser, double: ServiceDouble) -> dict[str, Any]:
    answer = await owner.register(headers={"X-Key": SECRET})
    double.forget_calls()
    made: dict[str, Any] = answer.content["runner"]
    return made


async def test_the_accounts_runners_can_be_listed_without_their_secrets(
    owner: Browser, double: ServiceDouble, account: Account, runner: dict[str, Any]
) -> None:
    other = double.add_runner(account, name="Other", headers={"X-Key": SECRET}, tags=["gpu"], status="disabled")
    answer = await owner.ask("GET", "/runners")
    assert answer.status == 200
    assert [listed["id"] for listed in answer.content["runners"]] == [other["id"], runner["id"]]
    assert answer.content["runners"][0]["header_names"] == ["X-Key"]
    assert answer.content["truncated"] is False
    assert SECRET not in answer.text


async def test_one_of_them_becomes_this_instances_and_keeps_its_headers(
    owner: Browser, double: ServiceDouble, account: Account
) -> None:
    other = double.add_runner(account, name="Other", headers={"X-Key": SECRET}, tags=["gpu"])
    answer = await owner.ask(
        "POST", "/runner", {"name": "Mine", "endpoint": ENDPOINT, "tags": ["gpu"], "take_over": other["id"]}
    )
    assert (answer.status, answer.content["runner"]["id"]) == (201, other["id"])
    (held,) = double.runners()
    assert (held["name"], held["headers"], held["tags"]) == ("Mine", {"X-Key": SECRET}, ["gpu"])


async def test_one_that_is_gone_by_then_is_told(owner: Browser, double: ServiceDouble) -> None:
    answer = await owner.register(take_over="gone")
    assert (answer.status, answer.code) == (404, "chosen_runner_gone")
    assert (await owner.status())["state"] == "not_registered"
    assert (await owner.register()).status == 201


async def test_the_history_tells_what_this_runner_ran(
    owner: Browser, double: ServiceDouble, runner: dict[str, Any]
) -> None:
    assert (await owner.ask("GET", "/history")).content == {"workflows": []}
    run = double.add_run(runner["id"], "Portrait", "failed")
    assert (await owner.ask("GET", "/history")).content == {
        "workflows": [
            {
                "id": run["id"],
                "name": "Portrait",
                "status": "failed",
                "created_at": run["created_at"],
                "started_at": "",
                "completed_at": run["completed_at"],
            }
        ]
    }


async def test_without_a_runner_there_is_no_history(owner: Browser, double: ServiceDouble) -> None:
    double.forget_calls()
    answer = await owner.ask("GET", "/history")
    assert (answer.status, answer.code) == (409, "not_registered")
    assert double.calls == []


async def test_a_clone_becomes_a_runner_of_its_own(
    owner: Browser, double: ServiceDouble, runner: dict[str, Any]
) -> None:
    proof = (await owner.ask("GET", f"/identity?nonce={'n' * 32}")).content["proof"]
    answer = await owner.register(name="Clone", endpoint="https://clone.example.com", as_new=True)
    assert answer.status == 201
    assert answer.content["runner"]["id"] != runner["id"]
    assert len(double.runners()) == 2
    # Whoever has a copy of the files of before is no longer taken for this instance.
    assert (await owner.ask("GET", f"/identity?nonce={'n' * 32}")).content["proof"] != proof


async def test_the_diagnostics_name_the_last_errors_and_no_secret(
    owner: Browser, double: ServiceDouble, account: Account, token: str, runner: dict[str, Any]
) -> None:
    double.plan(Fault.answer(503))
    assert (await owner.change(name="Renamed")).code == "service_trouble"
    answer = await owner.ask("GET", "/diagnostics")
    assert answer.status == 200
    found = answer.content["diagnostics"]
    assert found["state"] == "service_unreachable"
    assert found["errors"][-1]["code"] == "service_trouble"
    assert found["versions"]["comfyui"]
    told = json.dumps(found)
    for secret in (token, token[-4:], SECRET, account.id, account.name, runner["id"], runner["name"], "example.com"):
        assert secret not in told


@pytest.mark.parametrize(
    ("fault", "state", "retry_after"),
    [(Fault.answer(503), "service_unreachable", None), (Fault.answer(429), "rate_limited", 10)],
)
async def test_while_the_service_is_away_the_last_state_and_its_age_are_told(
    owner: Browser,
    double: ServiceDouble,
    runner: dict[str, Any],
    fault: Fault,
    state: str,
    retry_after: int | None,
) -> None:
    double.plan(fault)
    status = await owner.status(refresh=True)
    assert (status["state"], status["last_known"]) == (state, {"state": "registered", "label": "Registered"})
    assert status["seen_at"].endswith("Z")
    assert status["actions"] == ["retry", "disconnect"]
    assert status["runner"] == runner
    if retry_after is None:
        assert "retry_after" not in status
    else:
        assert 0 < status["retry_after"] <= retry_after

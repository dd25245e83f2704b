"""Runners as the documentation has them, seen by an ordinary client."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
import requests

from service_double import Account, ServiceDouble

Ask = Callable[..., requests.Response]
ENDPOINT = "https://comfy.example.com"
NEW = {"name": "Mine", "endpoint": ENDPOINT}
NOT_FOUND = {"status": 404, "message": "requested entity not found"}


def test_a_new_runner_has_the_documented_shape(double: ServiceDouble, account: Account, ask: Ask) -> None:
    answer = ask("POST", "/v1/runner", json={**NEW, "headers": {"X-Key": "secret"}, "tags": ["sdxl"]})
    runner = answer.json()
    assert answer.status_code == 201
    assert {**runner, "id": "", "created_at": "", "updated_at": ""} == {
        "id": "",
        "user_id": account.id,
        "name": "Mine",
        "status": "active",
        "endpoint": ENDPOINT,
        "tags": ["sdxl"],
        "headers": {"X-Key": "secret"},
        "created_at": "",
        "updated_at": "",
    }
    assert uuid.UUID(runner["id"]).version != 4
    assert datetime.strptime(runner["created_at"], "%Y-%m-%dT%H:%M:%S.%f%z").utcoffset() is not None
    assert runner["created_at"].endswith("Z")
    assert double.runners() == [runner]
    assert ask("GET", f"/v1/runner/{runner['id']}").json() == runner
    assert ask("GET", f"/v1/runner/{runner['id']}/history").json() == []
    assert double.complaints == []


def test_creating_may_answer_200_as_well(double: ServiceDouble, ask: Ask) -> None:
    double.created_status = 200
    assert ask("POST", "/v1/runner", json=NEW).status_code == 200


def test_the_same_request_twice_makes_two_runners(double: ServiceDouble, ask: Ask) -> None:
    first, second = (ask("POST", "/v1/runner", json=NEW).json()["id"] for _ in range(2))
    assert [runner["id"] for runner in double.runners()] == [second, first]


@pytest.mark.parametrize(
    ("fields", "changed"),
    [
        ({"name": "Other"}, {"name": "Other"}),
        ({"endpoint": "http://192.168.1.100:8188"}, {"endpoint": "http://192.168.1.100:8188"}),
        ({"headers": {"X-B": "2"}}, {"headers": {"X-B": "2"}}),
        ({"headers": {}}, {"headers": {}}),
        ({"tags": ["b"]}, {"tags": ["b"]}),
        ({"tags": []}, {"tags": []}),
        ({"status": "disabled"}, {"status": "disabled"}),
        ({}, {}),
    ],
)
def test_a_change_replaces_the_whole_field_and_leaves_the_others(
    double: ServiceDouble, account: Account, ask: Ask, fields: Any, changed: Any
) -> None:
    runner = double.add_runner(account, headers={"X-A": "1"}, tags=["a"])
    answer = ask("PUT", f"/v1/runner/{runner['id']}", json=fields)
    assert answer.status_code == 200
    assert answer.json() == {**runner, **changed, "updated_at": answer.json()["updated_at"]}
    assert double.runners() == [answer.json()]
    assert double.complaints == []


@pytest.mark.parametrize(
    ("tier", "limit"), [("free", 1), ("pro", 5), ("plus", 20), ("enterprise", None), ("not yet invented", None)]
)
def test_the_tier_limits_the_number_of_runners(
    double: ServiceDouble, asking_with: Callable[[str], Ask], tier: str, limit: int | None
) -> None:
    client = asking_with(double.add_token(double.add_account(tier=tier)))
    answers = [client("POST", "/v1/runner", json=NEW) for _ in range((limit or 20) + 1)]
    assert {answer.status_code for answer in answers[:-1]} == {201}
    if limit is None:
        assert answers[-1].status_code == 201
    else:
        assert answers[-1].json() == {"status": 403, "message": "Runner limit exceeded for your tier"}
        double.remove_runner(answers[0].json()["id"])
        assert client("POST", "/v1/runner", json=NEW).status_code == 201


def test_an_account_can_have_a_limit_of_its_own(double: ServiceDouble, asking_with: Callable[[str], Ask]) -> None:
    ask = asking_with(double.add_token(double.add_account(tier="free", runner_limit=2)))
    assert [ask("POST", "/v1/runner", json=NEW).status_code for _ in range(3)] == [201, 201, 403]


def test_a_tier_can_have_another_limit() -> None:
    double = ServiceDouble(runner_limits={"free": 7})
    limits = [double.add_account(tier=tier).runner_limit for tier in ("free", "pro", "enterprise")]
    assert limits == [7, 5, None]


def test_the_runners_of_an_earlier_double_are_held_again(double: ServiceDouble, account: Account, ask: Ask) -> None:
    for name in ("Older", "Newer"):
        double.add_runner(account, name=name, headers={"X-Key": "secret"}, tags=["a", "b"], status="disabled")
    later = ServiceDouble()
    later.restore_runners(double.runners())
    assert later.runners() == double.runners()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", [f"r{n}" for n in range(24, 14, -1)]),
        ("?page=3", [f"r{n}" for n in range(4, -1, -1)]),
        ("?page=4", []),
        ("?page=2&per_page=2", ["r22", "r21"]),
        ("?per_page=100", [f"r{n}" for n in range(24, -1, -1)]),
    ],
)
def test_the_list_comes_in_pages_newest_first(
    double: ServiceDouble, account: Account, ask: Ask, query: str, names: list[str]
) -> None:
    for number in range(25):
        double.add_runner(account, name=f"r{number}")
    double.add_runner(double.add_account(name="Grace"), name="not yours")
    answer = ask("GET", f"/v1/runner{query}").json()
    assert [runner["name"] for runner in answer["runners"]] == names
    assert answer["total"] == 25
    assert double.complaints == []


@pytest.mark.parametrize(
    ("method", "tail", "body"), [("GET", "", None), ("PUT", "", {"name": "Stolen"}), ("GET", "/history", None)]
)
def test_what_is_not_yours_is_not_there(double: ServiceDouble, ask: Ask, method: str, tail: str, body: Any) -> None:
    theirs = double.add_runner(double.add_account(name="Grace"), name="Theirs")
    for runner_id in (theirs["id"], "unknown", "a%2Fb%20c"):
        answer = ask(method, f"/v1/runner/{runner_id}{tail}", json=body)
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert double.runners() == [theirs]
    assert double.complaints == []

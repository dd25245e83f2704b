"""Workflows as the documentation has them, seen by an ordinary client."""

from collections.abc import Callable
from typing import Any

import pytest
import requests

from service_double import Account, ServiceDouble

Ask = Callable[..., requests.Response]
Parts = dict[str, tuple[Any, ...]]
JSON: Parts = {
    "workflow_json": ("workflow.json", b'{"1": {"class_type": "EmptyImage", "inputs": {}}}', "application/json")
}
NEW: Parts = {"name": (None, "Test run"), "tags": (None, "a,b"), **JSON}
FIRST = {"name": "Test run", "status": "accepted", "tags": ["a", "b"], "started_at": None, "completed_at": None}
LISTED = {"id", "created_at", "updated_at", *FIRST}
WHOLE = {
    "user_id",
    "user_runner_id",
    "managed_runner_id",
    "prompt_id",
    "queue_number",
    "workflow_json",
    "workflow_params",
}


def send(ask: Ask, **parts: Any) -> dict[str, Any]:
    answer: dict[str, Any] = ask("POST", "/v1/workflow", files={**NEW, **parts}).json()
    return answer


def test_a_new_workflow_is_accepted_and_kept(double: ServiceDouble, account: Account, ask: Ask) -> None:
    answer = ask("POST", "/v1/workflow", files=NEW)
    workflow = answer.json()
    assert answer.status_code == 201
    assert workflow.keys() == LISTED
    assert {name: workflow[name] for name in FIRST} == FIRST
    whole = ask("GET", f"/v1/workflow/{workflow['id']}").json()
    assert whole == {
        **workflow,
        **dict.fromkeys(WHOLE),
        **{name: whole[name] for name in ("user_id", "workflow_json")},
        "workflow_params": {},
    }
    assert (whole["user_id"], whole["workflow_json"]["1"]["class_type"]) == (account.id, "EmptyImage")
    assert double.workflows() == [whole]
    assert double.complaints == []


def test_creating_may_answer_200_as_well(double: ServiceDouble, ask: Ask) -> None:
    double.created_status = 200
    assert ask("POST", "/v1/workflow", files=NEW).status_code == 200


def test_what_a_person_filled_in_is_told_as_pairs(double: ServiceDouble, ask: Ask) -> None:
    filled_in = {"$name": (None, "fox"), "#size": (None, "64"), "$photo": ("photo.png", b"...", "image/png")}
    workflow = send(ask, **filled_in)
    told = ask("GET", f"/v1/workflow/{workflow['id']}").json()["workflow_params"]
    assert told == {"$name": "fox", "#size": "64", "$photo": "photo.png"}
    assert double.complaints == []


@pytest.mark.parametrize("tags", [{}, {"tags": (None, "")}])
def test_a_workflow_may_ask_for_no_tag(ask: Ask, double: ServiceDouble, tags: Parts) -> None:
    double.has_managed_runners = False
    parts = {"name": NEW["name"], **JSON, **tags}
    assert ask("POST", "/v1/workflow", files=parts).json()["tags"] == []
    assert double.complaints == []


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({**NEW, "name": (None, " ")}, "name cannot be empty"),
        ({**NEW, "name": (None, "n" * 201)}, "name cannot be longer than 200 characters"),
        (JSON, "name cannot be empty"),
        ({"name": NEW["name"]}, "workflow_json cannot be empty"),
        ({**NEW, "workflow_json": (None, "{}")}, "workflow_json must be a file"),
        ({**NEW, "workflow_json": ("w.json", b"{", "application/json")}, "workflow_json is not valid json"),
        ({**NEW, "workflow_json": ("w.json", b"[]", "application/json")}, "workflow_json must be a json object"),
        ({**NEW, "workflow_json": ("w.json", b"{}", "application/json")}, "workflow_json cannot be empty"),
        ({**NEW, "tags": (None, b"\xff")}, "tags must be text"),
    ],
)
def test_what_breaks_a_rule_is_refused(double: ServiceDouble, ask: Ask, parts: Parts, message: str) -> None:
    answer = ask("POST", "/v1/workflow", files=parts)
    assert (answer.status_code, answer.json()) == (400, {"status": 400, "message": message})
    assert double.workflows() == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"json": {"name": "x"}}, "the body is not multipart/form-data"),
        ({"files": {**NEW, "priority": (None, "1")}}, "part 'priority' is not documented"),
        ({"files": {**NEW, "name": (None, "n" * 201)}}, "a name of more than 200 characters"),
        ({"files": {**NEW, "tags": (None, "a, b")}}, "a tag that is empty, or has a blank around it"),
        ({"files": {**NEW, "tags": (None, "a,")}}, "a tag that is empty, or has a blank around it"),
        (
            {"files": {**NEW, "workflow_json": ("w", b'{"1": {}}', "text/plain")}},
            "the part 'workflow_json' is not a JSON file",
        ),
    ],
)
def test_bad_manners_are_remarked_on(double: ServiceDouble, ask: Ask, options: Any, complaint: str) -> None:
    ask("POST", "/v1/workflow", **options)
    assert double.complaints == [f"POST /v1/workflow: {complaint}"]


def test_the_list_comes_in_pages_newest_first(double: ServiceDouble, ask: Ask) -> None:
    sent = [send(ask, name=(None, f"w{number}")) for number in range(12)]
    answer = ask("GET", "/v1/workflow").json()
    assert [each["name"] for each in answer["workflows"]] == [f"w{number}" for number in range(11, 1, -1)]
    assert answer["workflows"][0].keys() == LISTED
    assert answer["total"] == 12
    assert ask("GET", "/v1/workflow?page=2&per_page=11").json()["workflows"] == [sent[0]]
    assert double.complaints == []


def test_the_limit_of_a_tier_and_the_borders_of_an_account(
    double: ServiceDouble, ask: Ask, asking_with: Callable[[str], Ask]
) -> None:
    double.workflow_limit = 1
    workflow = send(ask)
    refused = ask("POST", "/v1/workflow", files=NEW)
    assert (refused.status_code, refused.json()["message"]) == (403, "Workflow limit exceeded for your tier")
    stranger = asking_with(double.add_token(double.add_account("Bob")))
    for workflow_id in (workflow["id"], "unknown"):
        answer = stranger("GET", f"/v1/workflow/{workflow_id}")
        assert (answer.status_code, answer.json()["message"]) == (404, "requested entity not found")
    assert stranger("GET", "/v1/workflow").json() == {"workflows": [], "total": 0}


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/workflow"), ("GET", "/v1/workflow"), ("GET", "/v1/workflow/x")]
)
def test_without_a_good_token_nothing_is_told(asking_with: Callable[[str], Ask], method: str, path: str) -> None:
    assert asking_with("cfc_unknown")(method, path, files=NEW if method == "POST" else None).status_code == 401

"""Templates as the documentation has them, seen by an ordinary client."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from service_double import Account, ServiceDouble

Ask = Callable[..., requests.Response]
Parts = dict[str, tuple[Any, ...]]
BODY: Parts = {"body": ("workflow.json", b'{"1": {"inputs": {}}}', "application/json")}
NEW: Parts = {"name": (None, "Portrait"), "description": (None, "A face"), **BODY}


def test_a_new_template_is_kept_and_listed_without_its_body(double: ServiceDouble, account: Account, ask: Ask) -> None:
    answer = ask("POST", "/v1/template", files=NEW)
    template = answer.json()
    assert answer.status_code == 201
    assert template["body"] == {"1": {"inputs": {}}}
    assert ask("GET", f"/v1/template/{template['id']}").json() == template == double.templates()[0]
    del template["body"]
    assert ask("GET", "/v1/template").json() == {"templates": [template], "total": 1}
    assert double.complaints == []


def test_a_part_of_a_template_is_changed(double: ServiceDouble, ask: Ask) -> None:
    template = ask("POST", "/v1/template", files=NEW).json()
    changed = ask("PUT", f"/v1/template/{template['id']}", files={"name": (None, "Fox")}).json()
    assert (changed["name"], changed["description"], changed["body"]) == ("Fox", "A face", template["body"])


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({**NEW, "name": (None, " ")}, "name cannot be empty"),
        ({**NEW, "name": (None, "n" * 101)}, "name cannot be longer than 100 characters"),
        ({**NEW, "description": (None, "d" * 501)}, "description cannot be longer than 500 characters"),
        ({"name": NEW["name"], **BODY}, "description cannot be empty"),
        ({"name": NEW["name"], "description": NEW["description"]}, "body cannot be empty"),
        ({**NEW, "body": (None, "{}")}, "body must be a file"),
        ({**NEW, "body": ("w.json", b"{", "application/json")}, "body is not valid json"),
        ({**NEW, "body": ("w.json", b"[]", "application/json")}, "body must be a json object"),
    ],
)
def test_what_breaks_a_limit_is_refused(double: ServiceDouble, ask: Ask, parts: Parts, message: str) -> None:
    answer = ask("POST", "/v1/template", files=parts)
    assert (answer.status_code, answer.json()) == (400, {"status": 400, "message": message})
    assert double.templates() == []


def test_a_body_that_is_not_multipart_is_refused_and_remarked_on(double: ServiceDouble, ask: Ask) -> None:
    assert ask("POST", "/v1/template", json={"name": "x"}).status_code == 400
    assert double.complaints == ["POST /v1/template: the body is not multipart/form-data"]


def test_an_undocumented_part_is_remarked_on(double: ServiceDouble, ask: Ask) -> None:
    assert ask("POST", "/v1/template", files={**NEW, "tags": (None, "a")}).status_code == 201
    assert double.complaints == ["POST /v1/template: part 'tags' is not documented"]


def test_the_limit_of_a_tier_and_the_borders_of_an_account(
    double: ServiceDouble, ask: Ask, asking_with: Callable[[str], Ask]
) -> None:
    double.template_limit = 1
    template = ask("POST", "/v1/template", files=NEW).json()
    assert ask("POST", "/v1/template", files=NEW).status_code == 403
    stranger = asking_with(double.add_token(double.add_account("Bob")))
    assert stranger("GET", f"/v1/template/{template['id']}").status_code == 404
    assert stranger("PUT", f"/v1/template/{template['id']}", files=BODY).status_code == 404
    assert stranger("GET", "/v1/template").json()["total"] == 0
    assert json.loads(ask("GET", "/v1/template").text)["total"] == 1

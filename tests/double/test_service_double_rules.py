"""What the service refuses to read."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from service_double import Account, ServiceDouble

Ask = Callable[..., requests.Response]
ENDPOINT = "https://comfy.example.com"
NEW = {"name": "Mine", "endpoint": ENDPOINT}

BAD_FIELDS: list[tuple[Any, str]] = [
    ({"name": ""}, "name cannot be empty"),
    ({"name": "  "}, "name cannot be empty"),
    ({"name": 5}, "name must be a string"),
    ({"name": "n" * 101}, "name cannot be longer than 100 characters"),
    ({"endpoint": ""}, "invalid endpoint URL format"),
    ({"endpoint": None}, "invalid endpoint URL format"),
    ({"endpoint": "comfy.example.com"}, "invalid endpoint URL format"),
    ({"endpoint": "ftp://comfy.example.com"}, "invalid endpoint URL format"),
    ({"endpoint": "https://"}, "invalid endpoint URL format"),
    ({"endpoint": "https://comfy.example.com:port"}, "invalid endpoint URL format"),
    ({"endpoint": "https://comfy.example.com/a b"}, "invalid endpoint URL format"),
    ({"headers": []}, "headers must be an object of strings"),
    ({"headers": None}, "headers must be an object of strings"),
    ({"headers": {"X": 1}}, "headers must be an object of strings"),
    ({"tags": "a,b"}, "tags must be an array of strings"),
    ({"tags": [1]}, "tags must be an array of strings"),
    ({"tags": ["t"] * 11}, "too many tags, at most 10 are allowed"),
]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        *((({**NEW, **bad}), message) for bad, message in BAD_FIELDS),
        ({"endpoint": ENDPOINT}, "name cannot be empty"),
        ({"name": "Mine"}, "invalid endpoint URL format"),
        ({**NEW, "status": "active"}, "status is not allowed when creating a runner"),
        ([], "request body must be a json object"),
    ],
)
def test_a_bad_runner_is_not_created(double: ServiceDouble, ask: Ask, fields: Any, message: str) -> None:
    answer = ask("POST", "/v1/runner", json=fields)
    assert answer.json() == {"status": 400, "message": message}
    assert answer.status_code == 400
    assert double.runners() == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [*BAD_FIELDS, *(({"status": bad}, "status must be active or disabled") for bad in ("Inactive", None, ["active"]))],
)
def test_a_bad_change_changes_nothing(
    double: ServiceDouble, account: Account, ask: Ask, fields: Any, message: str
) -> None:
    runner = double.add_runner(account, tags=["kept"])
    answer = ask("PUT", f"/v1/runner/{runner['id']}", json=fields)
    assert answer.json() == {"status": 400, "message": message}
    assert double.runners() == [runner]


@pytest.mark.parametrize(
    ("data", "content_type", "message"),
    [
        ("{", "application/json", "request body is not valid json"),
        (b"\xff", "application/json", "request body is not valid json"),
        ("", "application/json", "request body is not valid json"),
        (json.dumps(NEW), "text/plain", "content type must be application/json"),
        (json.dumps(NEW), None, "content type must be application/json"),
    ],
)
def test_only_json_that_says_so_is_read(
    double: ServiceDouble, ask: Ask, data: Any, content_type: str | None, message: str
) -> None:
    answer = ask("POST", "/v1/runner", data=data, headers={"Content-Type": content_type})
    assert answer.json() == {"status": 400, "message": message}
    assert double.complaints


def test_a_charset_beside_the_content_type_is_welcome(double: ServiceDouble, ask: Ask) -> None:
    content_type = {"Content-Type": "application/json; charset=utf-8"}
    assert ask("POST", "/v1/runner", data=json.dumps(NEW), headers=content_type).status_code == 201
    assert double.complaints == []


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=", "per_page=0", "per_page=101"])
def test_a_page_that_cannot_be_is_refused(ask: Ask, query: str) -> None:
    answer = ask("GET", f"/v1/runner?{query}")
    assert (answer.status_code, answer.json()["status"]) == (400, 400)

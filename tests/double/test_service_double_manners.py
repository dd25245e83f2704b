"""What no client should ever send."""

import http.client
from collections.abc import Callable
from typing import Any

import pytest
import requests

from service_double import Account, ServiceDouble

Ask = Callable[..., requests.Response]
ENDPOINT = "https://comfy.example.com"
NEW = {"name": "Mine", "endpoint": ENDPOINT}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/v1/runner/x", 405),
        ("PATCH", "/v1/runner/x", 405),
        ("PUT", "/v1/user", 405),
        ("HEAD", "/v1/user", 405),
        ("GET", "/v1/runners", 404),
        ("GET", "/v1/runner/", 404),
        ("GET", "/v2/user", 404),
        ("GET", "//v1/user", 404),
    ],
)
def test_an_undocumented_call_is_refused_and_remarked_on(
    double: ServiceDouble, ask: Ask, method: str, path: str, status: int
) -> None:
    answer = ask(method, path)
    assert answer.status_code == status
    if method != "HEAD":
        assert answer.json()["status"] == status
    assert double.complaints == [f"{method} {path}: not a documented call"]


@pytest.mark.parametrize(
    ("method", "path", "options", "complaint"),
    [
        ("GET", "/v1/user?verbose=1", {}, "query parameter 'verbose' is not documented"),
        ("GET", "/v1/runner?status=active", {}, "query parameter 'status' is not documented"),
        ("GET", "/v1/user", {"headers": {"User-Agent": ""}}, "no User-Agent"),
        ("GET", "/v1/user", {"json": {}}, "a body where none is documented"),
        ("POST", "/v1/runner", {"json": {**NEW, "color": "red"}}, "field 'color' is not documented"),
        (
            "POST",
            "/v1/runner",
            {"json": {**NEW, "tags": ["a,b"]}},
            "a tag with a comma, which no workflow could ask for",
        ),
        ("POST", "/v1/runner", {"json": {**NEW, "headers": {"A B": ""}}}, "a header that cannot be sent over HTTP"),
        (
            "POST",
            "/v1/runner",
            {"json": {**NEW, "headers": {"A": "\r\nB: 1"}}},
            "a header that cannot be sent over HTTP",
        ),
        ("POST", "/v1/runner/x/interrupt", {}, "stops the work of a runner, which nobody asked for"),
    ],
)
def test_bad_manners_are_remarked_on(
    double: ServiceDouble, ask: Ask, *, method: str, path: str, options: Any, complaint: str
) -> None:
    ask(method, path, **options)
    assert double.complaints == [f"{method} {path.partition('?')[0]}: {complaint}"]


def test_an_id_that_is_not_encoded_is_remarked_on(double: ServiceDouble, account: Account) -> None:
    token = double.add_token(account)
    connection = http.client.HTTPConnection(double.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/v1/runner/a|b", headers={"Authorization": f"Bearer {token}", "User-Agent": "test"})
    assert connection.getresponse().status == 404
    connection.close()
    assert double.complaints == ["GET /v1/runner/a|b: the path is not URL-encoded"]

"""The stand-in for the dashboard, for a person and for the script on its page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests

from service_double import ServiceDouble

Ask = Callable[..., requests.Response]
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def runner(double: ServiceDouble) -> dict[str, Any]:
    return double.add_runner(
        double.add_account(), name=SCRIPT, tags=[SCRIPT], headers={"X-Key": "secret", "X-Other": ""}
    )


def listed(ask: Ask) -> Any:
    return ask("GET", "/double/runners").json()["runners"]


def test_the_page_needs_nothing_from_elsewhere(double: ServiceDouble, ask: Ask) -> None:
    answer = ask("GET", "/")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "stand-in for the ComfyControl dashboard" in answer.text
    assert "prefers-color-scheme: dark" in answer.text
    assert not re.search(r"https?://|src=|@import|url\(", answer.text)


def test_no_value_is_ever_parsed_as_markup(double: ServiceDouble, ask: Ask, runner: dict[str, Any]) -> None:
    page = ask("GET", "/").text
    assert SCRIPT not in page
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", page)
    answer = ask("GET", "/double/runners")
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_header_values_stay_hidden(double: ServiceDouble, ask: Ask, runner: dict[str, Any]) -> None:
    assert listed(ask) == [{**runner, "headers": {"X-Key": "********", "X-Other": "********"}}]


@pytest.mark.parametrize("status", ["disabled", "active"])
def test_a_runner_can_be_switched(double: ServiceDouble, ask: Ask, runner: dict[str, Any], status: str) -> None:
    url = f"/double/runners/{runner['id']}/status"
    answer = ask("POST", url, json={"status": status})
    assert (answer.status_code, answer.json()["status"]) == (200, status)
    assert "secret" not in answer.text
    assert double.runners()[0]["status"] == status


@pytest.mark.parametrize("options", [{"json": {"status": "off"}}, {"json": {}}, {"data": '{"status":"disabled"}'}])
def test_a_switch_that_makes_no_sense_is_refused(
    double: ServiceDouble, ask: Ask, runner: dict[str, Any], options: Any
) -> None:
    answer = ask("POST", f"/double/runners/{runner['id']}/status", **options)
    assert answer.status_code == 400
    assert double.runners() == [runner]


def test_a_runner_can_be_removed(double: ServiceDouble, ask: Ask, runner: dict[str, Any]) -> None:
    url = f"/double/runners/{runner['id']}"
    assert ask("DELETE", url).status_code == 204
    assert listed(ask) == double.runners() == []
    assert ask("DELETE", url).status_code == 404
    assert double.calls == []
    assert double.complaints == []

"""The stand-in for the dashboard, for a person and for the script on its page."""

import re
from collections.abc import Callable
from typing import Any

import pytest
import requests
from double.comfyui_stub import PICTURE, comfyui_stub

from service_double import ServiceDouble

Ask = Callable[..., requests.Response]
SCRIPT = "<script>alert(1)</script>"
WORKFLOW = {"name": (None, "Run"), "workflow_json": ("w.json", b'{"1": {}}', "application/json")}


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


def test_a_workflow_is_shown_with_its_runner_and_its_picture(double: ServiceDouble, ask: Ask) -> None:
    with comfyui_stub() as comfyui:
        account = double.add_account()
        double.add_runner(account, name=SCRIPT, endpoint=comfyui.url)
        sending = {"Authorization": f"Bearer {double.add_token(account)}"}
        ask("POST", "/v1/workflow", headers=sending, files=WORKFLOW)
        double.wait_for_workflow("completed")
    (shown,) = ask("GET", "/double/workflows").json()["workflows"]
    assert (shown["name"], shown["status"], shown["runner"], shown["managed"]) == ("Run", "completed", SCRIPT, False)
    (address,) = shown["pictures"]
    answer = ask("GET", address)
    assert (answer.content, answer.headers["Content-Type"]) == (PICTURE, "image/png")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "img-src 'self'" in ask("GET", "/").headers["Content-Security-Policy"]
    for unknown in (address.replace("/0", "/1"), "/double/workflows/unknown/pictures/0"):
        assert ask("GET", unknown).status_code == 404


def test_a_workflow_without_a_runner_is_shown_with_what_the_service_says(double: ServiceDouble, ask: Ask) -> None:
    account = double.add_account()
    runner = double.add_runner(account, endpoint="https://nowhere.example.com")
    ask("POST", "/v1/workflow", headers={"Authorization": f"Bearer {double.add_token(account)}"}, files=WORKFLOW)
    double.wait_for_workflow("failed")
    double.remove_runner(runner["id"])
    (shown,) = ask("GET", "/double/workflows").json()["workflows"]
    assert (shown["runner"], shown["pictures"]) == (None, [])
    assert shown["exception_message"] == "cannot reach runner: no such host"


def test_a_runner_can_be_removed(double: ServiceDouble, ask: Ask, runner: dict[str, Any]) -> None:
    url = f"/double/runners/{runner['id']}"
    assert ask("DELETE", url).status_code == 204
    assert listed(ask) == double.runners() == []
    assert ask("DELETE", url).status_code == 404
    assert double.calls == []
    assert double.complaints == []

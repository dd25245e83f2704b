"""Changing the runner: what is sent and what is left alone, and that there is never a second one."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import expect

HEADERS = {"X-First": "one", "X-Second": "two"}


@pytest.fixture
def edited(shared_stage: Stage) -> Iterator[Panel]:
    """The form of a runner with two headers and a tag."""
    stage = shared_stage
    panel = stage.registered_anew(tags=["fast"], headers=HEADERS)
    stage.double.forget_calls()
    panel.open_form()
    expect(panel.field("Name")).to_have_value("Workstation")
    yield panel
    panel.close_form()
    assert len(stage.double.runners()) == 1
    assert stage.double.calls_of("POST") == []
    assert stage.double.complaints == []


def save(panel: Panel) -> None:
    panel.button("Save changes").click()
    expect(panel.toast("was updated.").first).to_be_visible()
    panel.expect_registered()


def sent(stage: Stage) -> list[Any]:
    return [call.body for call in stage.double.calls_of("PUT")]


def test_the_form_shows_the_runner_as_it_is(shared_stage: Stage, edited: Panel) -> None:
    expect(edited.dialog).to_contain_text("Edit this runner")
    expect(edited.field("Endpoint")).to_have_value(shared_stage.address)
    expect(edited.tags).to_have_text(["fast"])
    expect(edited.headers_field.locator(".comfycontrol-chip")).to_have_text(list(HEADERS))
    expect(edited.header_rows).to_have_count(0)


@pytest.mark.parametrize(
    ("label", "typed", "body"),
    [
        ("Name", " Renamed ", {"name": "Renamed"}),
        ("Endpoint", "https://comfy.example.com", {"endpoint": "https://comfy.example.com"}),
        ("Tags", "and small,", {"tags": ["fast", "and small"]}),
    ],
)
def test_only_what_was_changed_is_sent(
    shared_stage: Stage, edited: Panel, label: str, typed: str, body: dict[str, Any]
) -> None:
    (edited.tag_input if label == "Tags" else edited.field(label)).fill(typed)
    save(edited)
    assert sent(shared_stage) == [body]
    assert shared_stage.runner()["headers"] == HEADERS


def test_when_nothing_was_changed_nothing_is_sent(shared_stage: Stage, edited: Panel) -> None:
    edited.field("Name").fill("Something else")
    edited.field("Name").fill("Workstation")
    edited.button("Save changes").click()
    expect(edited.toast("No changes to save.").first).to_be_visible()
    expect(edited.form).to_have_count(0)
    assert shared_stage.double.calls == []


def test_headers_stay_when_the_person_thinks_better_of_changing_them(shared_stage: Stage, edited: Panel) -> None:
    edited.button("Change headers").click()
    expect(edited.header_rows).to_have_count(2)
    edited.header_rows.first.get_by_label("Header value").fill("typed for nothing")
    edited.button("Keep current headers").click()
    edited.field("Name").fill("Renamed")
    save(edited)
    assert sent(shared_stage) == [{"name": "Renamed"}]


def test_replacing_headers_asks_for_every_value_again(shared_stage: Stage, edited: Panel) -> None:
    edited.button("Change headers").click()
    first, second = (edited.header_rows.nth(place).get_by_label("Header value") for place in range(2))
    expect(first).to_be_focused()
    expect(first).to_have_value("")
    first.fill("new one")
    edited.button("Save changes").click()
    expect(second).to_be_focused()
    expect(edited.header_rows.last.get_by_role("alert")).to_contain_text("Enter the value")
    second.fill("new two")
    edited.add_header("X-Third", "three")
    save(edited)
    assert sent(shared_stage) == [{"headers": {"X-First": "new one", "X-Second": "new two", "X-Third": "three"}}]


def test_all_headers_can_be_removed(shared_stage: Stage, edited: Panel) -> None:
    edited.button("Change headers").click()
    for left in (1, 0):
        edited.button("Remove this header").first.click()
        expect(edited.header_rows).to_have_count(left)
    save(edited)
    assert sent(shared_stage) == [{"headers": {}}]
    edited.open_form()
    expect(edited.button("Add a header")).to_be_visible()


def test_what_was_changed_in_the_dashboard_is_what_the_form_begins_with(shared_stage: Stage, edited: Panel) -> None:
    edited.close_form()
    runner = f"{shared_stage.double.url}/v1/runner/{shared_stage.runner()['id']}"
    change = {"name": "Named in the dashboard", "tags": ["slow"], "status": "disabled"}
    authorization = {"Authorization": f"Bearer {shared_stage.token}", "User-Agent": "dashboard"}
    requests.put(runner, json=change, headers=authorization, timeout=10).raise_for_status()
    shared_stage.double.forget_calls()
    edited.reload()
    expect(edited.state).to_have_text("Disabled")
    expect(edited.instance_row).to_contain_text("Named in the dashboard")
    edited.action("Edit...").click()
    expect(edited.field("Name")).to_have_value("Named in the dashboard")
    expect(edited.tags).to_have_text(["slow"])
    edited.add_tag("big")
    edited.button("Save changes").click()
    expect(edited.form).to_have_count(0)
    assert sent(shared_stage) == [{"tags": ["slow", "big"]}]


class TestNeverTwoRunners:
    @pytest.fixture
    def connected(self, shared_stage: Stage) -> Iterator[Panel]:
        panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
        shared_stage.forget_runners()
        panel.look_again()
        expect(panel.state).to_have_text("Not registered")
        yield panel
        assert len(shared_stage.double.runners()) == 1

    def test_a_double_click_registers_once(self, shared_stage: Stage, connected: Panel) -> None:
        shared_stage.double.forget_calls()
        connected.open_form()
        connected.button("Register").dblclick()
        connected.expect_registered()
        assert len(shared_stage.double.calls_of("POST")) == 1

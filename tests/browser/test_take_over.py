"""Making a runner that is there already this instance's: chosen from a list, and when no more may be made."""

from collections.abc import Iterator

import pytest
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import Locator, expect

from service_double import Fault

HEADERS = {"X-Gateway-Key": "open-sesame-4711"}


@pytest.fixture
def connected(shared_stage: Stage) -> Iterator[Panel]:
    """An instance that is not registered; its account may have runners."""
    stage = shared_stage
    panel = stage.panels[0] if stage.panels else stage.open_connected()
    stage.forget_runners()
    panel.look_again()
    expect(panel.state).to_have_text("Not registered")
    yield panel
    stage.double.no_faults()
    panel.close_form()
    if panel.runner_list.count() > 0:
        panel.runner_list.get_by_role("button", name="Cancel").click()
    assert stage.double.complaints == []


def add_runners(stage: Stage, count: int) -> None:
    for number in range(count):
        stage.double.add_runner(
            stage.account,
            name=f"Runner {number:02}",
            endpoint=f"https://comfy-{number:02}.example.com",
            tags=["gpu", "nights"] if number % 2 else ["cpu"],
            headers=HEADERS,
        )


def open_list(panel: Panel) -> Locator:
    panel.action("Take over a runner...").click()
    expect(panel.runner_list).to_be_visible()
    return panel.runner_list.locator(".comfycontrol-runners > li")


def search(panel: Panel, text: str) -> None:
    panel.runner_list.get_by_label("Search").fill(text)


def test_the_newest_come_first_ten_to_a_page(shared_stage: Stage, connected: Panel) -> None:
    add_runners(shared_stage, 23)
    shared_stage.double.forget_calls()
    rows = open_list(connected)
    expect(rows).to_have_count(10)
    expect(rows.first).to_contain_text("Runner 22")
    expect(rows.first).to_contain_text("https://comfy-22.example.com")
    expect(rows.first).to_contain_text("cpu")
    expect(rows.first).to_contain_text("active")
    expect(rows.first).to_contain_text("created")
    expect(connected.runner_list.get_by_label("Search")).to_be_focused()
    following = connected.runner_list.get_by_role("button", name="Next")
    for page, count in ((2, 10), (3, 3)):
        following.focus()
        connected.page.keyboard.press("Enter")
        expect(connected.runner_list).to_contain_text(f"Page {page} of 3")
        expect(rows).to_have_count(count)
        expect(following).to_be_focused()
    expect(following).to_have_attribute("aria-disabled", "true")
    following.click(force=True)
    expect(rows.last).to_contain_text("Runner 00")
    connected.runner_list.get_by_role("button", name="Previous").click()
    expect(rows.first).to_contain_text("Runner 12")
    assert len(shared_stage.double.calls_of("GET", "/v1/runner")) == 1


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("runner 07", ["Runner 07"]),
        ("COMFY-03.example", ["Runner 03"]),
        ("nights 11", ["Runner 11"]),
        ("nowhere", []),
    ],
)
def test_a_search_finds_names_addresses_and_tags(
    shared_stage: Stage, connected: Panel, typed: str, names: list[str]
) -> None:
    add_runners(shared_stage, 12)
    rows = open_list(connected)
    connected.runner_list.get_by_role("button", name="Next").click()
    search(connected, typed)
    expect(rows.locator("strong")).to_have_text(names)
    expected = f"{len(names)} of 12 runners" if names else "No runners match your search."
    expect(connected.runner_list).to_contain_text(expected)
    expect(connected.page.locator(".comfycontrol-announcement")).to_have_text(expected)


def test_the_chosen_one_keeps_its_headers_and_gets_this_address(shared_stage: Stage, connected: Panel) -> None:
    add_runners(shared_stage, 2)
    chosen = shared_stage.double.runners()[0]
    open_list(connected)
    connected.runner_list.get_by_role("button", name="Take it over: Runner 01").click()
    expect(connected.field("Name")).to_have_value("Runner 01")
    expect(connected.field("Name")).to_be_focused()
    expect(connected.field("Endpoint")).to_have_value(shared_stage.address)
    expect(connected.tags).to_have_text(["gpu", "nights"])
    expect(connected.headers_field.locator(".comfycontrol-chip")).to_have_text(list(HEADERS))
    expect(connected.headers_field).to_contain_text("This instance does not keep their values")
    shared_stage.double.forget_calls()
    connected.take_over()
    connected.expect_registered()
    expect(connected.instance_row).to_contain_text("Runner 01")
    expect(connected.instance_row.locator(".comfycontrol-primary")).to_be_focused()
    assert shared_stage.double.calls_of("POST") == []
    (call,) = shared_stage.double.calls_of("PUT")
    assert call.path.endswith(chosen["id"])
    assert "headers" not in call.body
    (taken,) = [each for each in shared_stage.double.runners() if each["id"] == chosen["id"]]
    assert taken["endpoint"] == shared_stage.address
    assert taken["headers"] == HEADERS


def test_when_no_more_may_be_made_taking_over_is_offered_first(shared_stage: Stage, connected: Panel) -> None:
    limit = shared_stage.account.runner_limit or 0
    add_runners(shared_stage, limit)
    connected.open_form()
    connected.field("Name").fill("Typed here")
    connected.register()
    expect(connected.alert).to_contain_text("You have reached your tier's runner limit")
    connected.alert.get_by_role("button").first.click()
    connected.runner_list.get_by_role("button", name="Take it over: Runner 00").click()
    # What was typed is what the person wants; the rest is the runner's.
    expect(connected.field("Name")).to_have_value("Typed here")
    expect(connected.tags).to_have_text(["cpu"])
    expect(connected.headers_field.locator(".comfycontrol-chip")).to_have_text(list(HEADERS))
    expect(connected.alert).to_have_count(0)
    connected.take_over()
    connected.expect_registered()
    names = [each["name"] for each in shared_stage.double.runners()]
    assert len(names) == limit
    assert "Typed here" in names


def test_one_with_this_endpoint_keeps_its_headers_when_none_were_entered(shared_stage: Stage, connected: Panel) -> None:
    shared_stage.double.add_runner(shared_stage.account, name="Old", endpoint=shared_stage.address, headers=HEADERS)
    connected.open_form()
    connected.field("Name").fill("New")
    connected.register()
    connected.button("Take it over: Old").click()
    connected.expect_registered()
    assert shared_stage.runner()["name"] == "New"
    assert shared_stage.runner()["headers"] == HEADERS


def test_an_account_without_runners_says_so(shared_stage: Stage, connected: Panel) -> None:
    open_list(connected)
    expect(connected.runner_list).to_contain_text("Your account has no runners yet.")
    expect(connected.runner_list.get_by_label("Search")).to_have_count(0)


def test_a_list_that_could_not_be_had_is_asked_for_again(shared_stage: Stage, connected: Panel) -> None:
    add_runners(shared_stage, 1)
    shared_stage.double.plan(Fault.close_before(path="/v1/runner"))
    rows = open_list(connected)
    expect(connected.runner_list.get_by_role("alert")).to_contain_text("was refused or lost")
    connected.runner_list.get_by_role("button", name="Try again").click()
    expect(rows).to_have_count(1)


def test_when_there_are_more_than_are_listed_it_says_so(shared_stage: Stage, connected: Panel) -> None:
    runner = {"id": "1", "name": "One of many", "status": "active", "endpoint": "https://one.example.com"}
    known = {**runner, "tags": [], "header_names": [], "created_at": "2026-01-02T03:04:05Z", "updated_at": ""}
    connected.page.route(
        "**/comfycontrol/runners", lambda route: route.fulfill(json={"runners": [known], "truncated": True})
    )
    rows = open_list(connected)
    expect(connected.runner_list).to_contain_text("more runners than this list can show")
    expect(rows).to_have_count(1)
    connected.page.unroute("**/comfycontrol/runners")

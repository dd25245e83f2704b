"""The dialog "This instance": all that is known and can be done, what was run last, and what helps others to help."""

import re
from collections.abc import Iterator

import pytest
from browser.life import count_sent
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import Route, expect

from service_double import Fault

HEADERS = {"X-Gateway-Key": "open-sesame-4711", "Authorization": "Bearer planted-9f2c"}
TAG = "planted-tag"


@pytest.fixture
def opened(shared_stage: Stage) -> Iterator[Panel]:
    """The dialog of a runner with headers and a tag."""
    stage = shared_stage
    panel = stage.registered_anew(tags=[TAG], headers=HEADERS)
    panel.open_details()
    yield panel
    stage.double.no_faults()
    panel.details.get_by_role("button", name="Close").click()
    expect(panel.details).to_have_count(0)
    expect(panel.action("Details...")).to_be_focused()


def test_it_shows_all_that_is_known_and_of_headers_only_the_names(shared_stage: Stage, opened: Panel) -> None:
    facts = opened.details.locator(".comfycontrol-facts")
    for known in ("Workstation", shared_stage.address, "active", TAG, *HEADERS):
        expect(facts).to_contain_text(known)
    expect(opened.details).to_contain_text(re.compile(r"Last confirmed .*(second|now)"))
    expect(opened.details).to_contain_text("Ada Lovelace")
    expect(opened.details).to_contain_text("pro tier")
    for value in HEADERS.values():
        expect(opened.details).not_to_contain_text(value)
    link = opened.details.get_by_role("link", name="Open the ComfyControl dashboard")
    expect(link).to_have_attribute("href", "https://comfycontrol.app")
    expect(link).to_have_attribute("target", "_blank")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_the_last_workflows_are_listed_and_asked_for_again_by_hand(shared_stage: Stage, opened: Panel) -> None:
    rows = opened.details.locator(".comfycontrol-workflows > li")
    expect(opened.details).to_contain_text("This runner has not run any workflows yet.")
    for number in range(12):
        shared_stage.double.add_run(
            shared_stage.runner()["id"], f"Portrait {number}", "failed" if number == 11 else "completed"
        )
    reload = opened.details.get_by_role("button", name="Reload")
    reload.click()
    expect(rows).to_have_count(10)
    expect(rows.first).to_contain_text("Portrait 11")
    expect(rows.first).to_contain_text("failed")
    expect(rows.first.locator("time")).to_have_attribute("datetime", re.compile("T"))
    opened.page.route("**/comfycontrol/history", lambda route: route.abort())
    reload.click()
    expect(opened.details.locator("comfycontrol-history").get_by_role("alert")).to_contain_text("is not responding")
    expect(reload).to_be_focused()
    opened.page.unroute("**/comfycontrol/history")
    reload.click()
    expect(rows).to_have_count(10)


def test_while_something_is_done_nothing_is_done_twice(shared_stage: Stage, opened: Panel) -> None:
    sent = count_sent(opened, "PATCH", "/comfycontrol/runner")
    shared_stage.double.plan(Fault.slow(seconds=1, method="PUT"))
    disable = opened.details.get_by_role("button", name="Disable")
    disable.dblclick()
    expect(disable).to_have_attribute("aria-busy", "true")
    expect(disable).to_be_focused()
    for busy in (
        opened.details.get_by_role("button", name="Edit..."),
        opened.instance_row.locator("[data-action=disable]"),
    ):
        expect(busy).to_have_attribute("aria-disabled", "true")
    expect(opened.details.locator(".comfycontrol-state")).to_have_text("Disabled")
    # What was pressed is gone: the next step has the focus.
    expect(opened.details.get_by_role("button", name="Enable")).to_be_focused()
    assert sent() == 1


def test_what_is_refused_is_told_and_can_be_done_again(shared_stage: Stage, opened: Panel) -> None:
    shared_stage.double.plan(Fault.answer(500, '{"status": 500, "message": "oops"}', method="PUT"))
    opened.details.get_by_role("button", name="Disable").click()
    expect(opened.toast("returned an error (HTTP 500)").first).to_be_visible()
    opened.refresh()
    opened.details.get_by_role("button", name="Disable").click()
    expect(opened.details.locator(".comfycontrol-state")).to_have_text("Disabled")


def test_the_dialog_can_be_read_from_its_top_and_left_with_the_keyboard(shared_stage: Stage, opened: Panel) -> None:
    expect(opened.details.locator(".comfycontrol-heading").first).to_be_focused()
    expect(opened.details.locator(".comfycontrol-state")).to_be_in_viewport()
    seen: list[str] = []
    while "Close" not in seen[1:] and len(seen) < 40:
        opened.page.keyboard.press("Tab")
        seen.append(opened.focused())
    order = ["Edit...", "Disable", "Disconnect...", "Replace", "Reload", "Copy diagnostics", "Close"]
    assert [each for each in seen if each in order][-len(order) :] == order


DIAGNOSTICS = r"""```
ComfyControl diagnostics
versions:
(  \w+: \S+
)+state: registered
problem: -
connected: [Tt]rue
source: settings
seen_at: [\d:TZ-]+
runner:
  status: active
  endpoint: public_name[^\n]*
  endpoint_check: -
  headers: 2
  tags: 1
address_of_this_machine: [^\n]+
same_address: [^\n]+
errors: ?(-|
(  - [^\n]+
?)+)
?page:
  comfyui_page: 1\.58\.1
  browser: Mozilla/[^\n]+
  language: en
  theme: dark
  reached: loopback
  secure: true
  problems:( -|
(    - \d{4}-\S+ [a-z_]+
?)+)
?```"""


def test_diagnostics_hold_what_helps_and_nothing_that_is_anybodys(shared_stage: Stage, opened: Panel) -> None:
    opened.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.details.get_by_role("button", name="Copy diagnostics").click()
    expect(opened.toast("Diagnostics copied.").first).to_be_visible()
    text = str(opened.page.evaluate("navigator.clipboard.readText()"))
    assert re.fullmatch(DIAGNOSTICS, text), text
    runner = shared_stage.runner()
    planted = [shared_stage.token, shared_stage.token[-4:], *HEADERS.values(), *HEADERS, TAG, "Workstation", "Ada"]
    planted += [runner["id"], runner["user_id"], "127.0.0.1", shared_stage.host.url.rsplit(":", 1)[1]]
    planted += [str(opened.page.evaluate("localStorage['comfycontrol.ownerKey']"))]
    assert [each for each in planted if each in text] == []


def test_where_the_page_may_not_copy_the_diagnostics_can_be_copied_by_hand(shared_stage: Stage, opened: Panel) -> None:
    # As on a page without https, where there is no clipboard.
    opened.page.evaluate("Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined })")
    opened.details.get_by_role("button", name="Copy diagnostics").click()
    area = opened.details.get_by_label("Copy the diagnostics from here")
    expect(area).to_be_focused()
    assert "ComfyControl diagnostics" in opened.page.evaluate("getSelection().toString()")
    opened.page.evaluate("delete navigator.clipboard")


def test_a_slow_answer_of_the_history_does_not_hold_the_dialog_up(shared_stage: Stage, opened: Panel) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    opened.page.route("**/comfycontrol/history", hold)
    opened.details.get_by_role("button", name="Reload").click()
    expect(opened.details.locator("comfycontrol-history [aria-busy=true]")).to_have_count(1)
    opened.details.get_by_role("button", name="Disable").click()
    expect(opened.details.locator(".comfycontrol-state")).to_have_text("Disabled")
    held[0].continue_()
    expect(opened.details.locator("comfycontrol-history [aria-busy=true]")).to_have_count(0)
    opened.page.unroute("**/comfycontrol/history")

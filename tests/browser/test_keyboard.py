"""The form without a mouse, and what closes it and what does not."""

import re
from collections.abc import Iterator

import pytest
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import expect


@pytest.fixture
def not_registered(shared_stage: Stage) -> Iterator[Panel]:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
    yield panel
    shared_stage.forget_runners()
    panel.look_again()
    expect(panel.state).to_have_text("Not registered")


def test_enter_in_a_field_registers(shared_stage: Stage, not_registered: Panel) -> None:
    not_registered.open_form()
    expect(not_registered.field("Endpoint")).not_to_have_value("")
    not_registered.field("Name").fill("Workstation")
    not_registered.field("Name").press("Enter")
    not_registered.expect_registered()


def test_enter_on_a_half_typed_tag_adds_it_and_only_then_registers(shared_stage: Stage, not_registered: Panel) -> None:
    not_registered.open_form()
    expect(not_registered.field("Endpoint")).not_to_have_value("")
    not_registered.add_tag("fast")
    expect(not_registered.tags).to_have_text(["fast"])
    expect(not_registered.tag_input).to_be_focused()
    assert shared_stage.double.runners() == []
    not_registered.tag_input.press("Enter")
    not_registered.expect_registered()
    assert shared_stage.runner()["tags"] == ["fast"]


def test_a_tag_that_is_still_being_typed_is_registered_too(shared_stage: Stage, not_registered: Panel) -> None:
    not_registered.open_form()
    not_registered.tag_input.fill("fast")
    not_registered.register()
    not_registered.expect_registered()
    assert shared_stage.runner()["tags"] == ["fast"]


def test_opened_registered_and_closed_with_the_keyboard_alone(shared_stage: Stage, not_registered: Panel) -> None:
    page = not_registered.page
    not_registered.instance_row.locator(".comfycontrol-primary").focus()
    page.keyboard.press("Enter")
    expect(not_registered.field("Name")).to_be_focused()
    expect(not_registered.field("Endpoint")).not_to_have_value("")
    page.keyboard.type("Typed by hand")
    page.keyboard.press("Enter")
    not_registered.expect_registered()
    expect(not_registered.instance_row.get_by_role("button", name="Send a test workflow")).to_be_focused()
    assert shared_stage.runner()["name"] == "Typed by hand"


def test_tab_goes_through_the_form_from_top_to_bottom_and_stays_in_it(shared_stage: Stage, open_form: Panel) -> None:
    expect(open_form.suggested_tags.first).to_be_visible()
    expect(open_form.field("Name")).to_be_focused()
    seen = [open_form.focused()]
    while seen[-1] != "Register" and len(seen) < 40:
        open_form.page.keyboard.press("Tab")
        seen.append(open_form.focused())
    order = [
        "Name",
        "Endpoint",
        "Keep the address up to date",
        "Tags",
        open_form.suggested_tags.last.get_attribute("aria-label"),
    ]
    order += ["Add a header", "Cancel", "Register"]
    assert [each for each in seen if each in order] == order
    for _ in range(3):
        open_form.page.keyboard.press("Tab")
        assert open_form.dialog.evaluate("(dialog) => dialog.contains(document.activeElement)")


def leave(panel: Panel, way: str) -> None:
    if way == "Escape":
        panel.page.keyboard.press("Escape")
    elif way == "Cancel":
        panel.button("Cancel").click()
    else:
        panel.dialog.locator("button:not(comfycontrol-runner-form *)").last.click()


WAYS = pytest.mark.parametrize("way", ["Escape", "Cancel", "the dialog's own button"])


def expect_left(panel: Panel) -> None:
    expect(panel.form).to_have_count(0)
    expect(panel.state).to_be_visible()
    expect(panel.action("Register this instance...")).to_be_focused()


@WAYS
def test_leaving_closes_the_form_alone_and_gives_the_focus_back(
    shared_stage: Stage, open_form: Panel, way: str
) -> None:
    leave(open_form, way)
    expect_left(open_form)


@WAYS
def test_leaving_a_form_that_was_changed_asks_first(shared_stage: Stage, open_form: Panel, way: str) -> None:
    keep, page = open_form.leaving.get_by_role("button", name="Keep editing"), open_form.page
    open_form.field("Name").fill("Half of a na")
    leave(open_form, way)
    expect(keep).to_be_focused()
    page.keyboard.press("Escape")
    expect(open_form.leaving).to_be_hidden()
    expect(open_form.field("Name")).to_have_value("Half of a na")
    assert open_form.form.evaluate("(form) => form.contains(document.activeElement)")
    leave(open_form, way)
    expect(keep).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_left(open_form)


@pytest.mark.parametrize("label", ["Name", "Endpoint"])
@pytest.mark.parametrize("way", ["a click", "the focus"])
def test_what_is_filled_in_is_replaced_by_typing(shared_stage: Stage, open_form: Panel, label: str, way: str) -> None:
    expect(open_form.field("Name")).to_be_focused()
    open_form.button("Cancel").focus()
    if way == "a click":
        open_form.field(label).click()
    else:
        open_form.field(label).focus()
    # After a click it is selected a moment later.
    open_form.page.wait_for_function("document.activeElement.selectionEnd > document.activeElement.selectionStart")
    open_form.page.keyboard.type("https://typed.example.com")
    expect(open_form.field(label)).to_have_value("https://typed.example.com")
    # What a person typed stays when they come back to it.
    open_form.button("Cancel").focus()
    open_form.field(label).focus()
    open_form.page.keyboard.press("End")
    open_form.page.keyboard.type("/sub")
    expect(open_form.field(label)).to_have_value("https://typed.example.com/sub")


def test_the_tab_key_stops_once_at_the_addresses_and_arrows_go_through_them(
    shared_stage: Stage, open_form: Panel
) -> None:
    first, second = (open_form.addresses.nth(place) for place in range(2))
    open_form.button("Check").focus()
    open_form.page.keyboard.press("Tab")
    expect(first).to_be_focused()
    open_form.page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    expect(second).to_be_checked()
    expect(second).to_have_accessible_description(re.compile("Not reachable from the internet."))
    open_form.page.keyboard.press("Tab")
    expect(open_form.keeps_address).to_be_focused()


def test_a_click_beside_the_form_does_not_close_it(shared_stage: Stage, open_form: Panel) -> None:
    open_form.field("Name").fill("Half of a na")
    open_form.page.mouse.click(5, 5)
    open_form.look_again()
    expect(open_form.field("Name")).to_have_value("Half of a na")


def test_what_was_typed_is_gone_when_the_form_is_opened_anew(shared_stage: Stage, open_form: Panel) -> None:
    open_form.field("Name").fill("Half of a na")
    open_form.add_header("X-Key", "open-sesame")
    open_form.close_form()
    open_form.open_form()
    expect(open_form.field("Name")).not_to_have_value("Half of a na")
    expect(open_form.header_rows).to_have_count(0)

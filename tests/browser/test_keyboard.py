"""The form without a mouse, and what closes it and what does not."""

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
    page.keyboard.press("ControlOrMeta+A")
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
    order = ["Name", "Endpoint", "Tags", open_form.suggested_tags.last.get_attribute("aria-label")]
    order += ["Add a header", "Cancel", "Register"]
    assert [each for each in seen if each in order] == order
    for _ in range(3):
        open_form.page.keyboard.press("Tab")
        assert open_form.dialog.evaluate("(dialog) => dialog.contains(document.activeElement)")


@pytest.mark.parametrize("way", ["Escape", "Cancel"])
def test_leaving_closes_the_form_alone_and_gives_the_focus_back(
    shared_stage: Stage, open_form: Panel, way: str
) -> None:
    if way == "Escape":
        open_form.page.keyboard.press("Escape")
    else:
        open_form.button("Cancel").click()
    expect(open_form.form).to_have_count(0)
    expect(open_form.state).to_be_visible()
    expect(open_form.instance_row.get_by_role("button", name="Register this instance...")).to_be_focused()


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

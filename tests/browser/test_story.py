"""The main job, end to end, on every version of ComfyUI's page that the pack supports."""

from collections.abc import Callable

import pytest
from browser.panel import Panel
from browser.stage import VERSIONS, Stage
from playwright.sync_api import expect

from service_double import Fault

SetStage = Callable[..., Stage]


# Every state in both themes is looked at elsewhere (test_looks); here each version is seen in one. In one test, because
# most of the time is that which a page takes to start.
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("frontend", "theme"), [*zip(VERSIONS, ["dark", "light", "light", "dark"], strict=True)])
def test_from_pasting_a_token_to_a_runner_that_stays_known(set_stage: SetStage, frontend: str, theme: str) -> None:
    stage = set_stage(frontend, theme=theme)
    panel = stage.open_settings()
    expect(panel.state).to_have_text("Not connected")
    expect(panel.instance_row.locator(".comfycontrol-primary")).to_have_text("Enter a token")
    stage.picture("1-not-connected")
    panel.close_settings()
    _register_with_the_command(stage, panel)
    panel.open_settings()
    panel.expect_registered()
    panel.disconnect()
    stage.double.remove_runner(stage.runner()["id"])

    _connect(stage, panel)
    _fill_in_the_form(stage, panel)
    _register(stage, panel)
    with stage.away(panel):
        stage.host.restart()
    _look_at_this_instance(stage, panel)
    _disconnect_and_take_over(stage, panel)
    panel.open_settings()
    panel.expect_registered()
    expect(panel.instance_row).to_contain_text("Renamed")
    assert len(stage.double.runners()) == 1
    assert panel.faults == []


def _register_with_the_command(stage: Stage, panel: Panel) -> None:
    panel.run_command("ComfyControl.RegisterInstance")
    # Nobody has entered a token yet: the dialog asks for it first, and goes on to the form.
    token = panel.form.get_by_label("ComfyControl API token")
    expect(token).to_be_focused()
    panel.expect_dialog_at_rest()
    expect(token).to_be_focused()
    stage.picture("command-token")
    panel.page.keyboard.type(stage.token)
    panel.page.keyboard.press("Enter")
    expect(panel.field("Name")).to_be_focused()
    expect(panel.field("Name")).not_to_have_value("")
    stage.picture("command")
    panel.page.keyboard.press("Enter")
    expect(panel.toast("This instance is now registered as the runner")).to_be_visible()
    expect(panel.form).to_have_count(0)
    assert stage.runner()["endpoint"] == stage.address
    # What ComfyControl alone can show is offered.
    panel.test_run.get_by_role("button", name="Close").click()
    expect(panel.test_run).to_have_count(0)


def _connect(stage: Stage, panel: Panel) -> None:
    panel.connect(stage.token)
    expect(panel.token_row).to_contain_text("Ada Lovelace")
    expect(panel.token_row).to_contain_text("pro tier")
    expect(panel.token_row).to_contain_text(f"cfc_...{stage.token[-4:]}")
    expect(panel.state).to_have_text("Not registered")
    stage.picture("2-not-registered")


def _fill_in_the_form(stage: Stage, panel: Panel) -> None:
    panel.open_form()
    expect(panel.field("Name")).to_be_focused()
    expect(panel.field("Name")).not_to_have_value("")
    expect(panel.field("Endpoint")).to_have_value(stage.address)
    expect(panel.form.get_by_text("accepts every workflow in your account")).to_be_visible()
    panel.field("Name").fill("Workstation")
    _choose_an_address_by_keys(stage, panel)
    # Every version closes its dialogs in a way of its own.
    panel.page.keyboard.press("Escape")
    expect(panel.leaving.get_by_role("button", name="Keep editing")).to_be_focused()
    panel.page.keyboard.press("Enter")
    panel.form.locator(".comfycontrol-suggestion").last.click()
    panel.add_header("X-Gateway-Key", "open-sesame-4711")
    stage.picture("3-form")
    assert stage.double.runners() == []


def _choose_an_address_by_keys(stage: Stage, panel: Panel) -> None:
    """From the one that others reach to the page's own, and back."""
    first, second = (panel.addresses.nth(place) for place in range(2))
    expect(first).to_be_checked()
    first.focus()
    panel.page.keyboard.press("ArrowDown")
    expect(second).to_be_focused()
    expect(panel.field("Endpoint")).to_have_value(stage.host.url)
    panel.page.keyboard.press("ArrowUp")
    expect(first).to_be_checked()
    expect(panel.field("Endpoint")).to_have_value(stage.address)


def _register(stage: Stage, panel: Panel) -> None:
    panel.register()
    panel.expect_registered()
    expect(panel.toast('This instance is now registered as the runner "Workstation".')).to_be_visible()
    expect(panel.instance_row).to_contain_text("Workstation")
    expect(panel.instance_row).to_contain_text(stage.address)
    expect(panel.instance_row.get_by_role("button", name="Send a test workflow")).to_be_focused()
    stage.picture("4-registered")
    runner = stage.runner()
    assert runner["name"] == "Workstation"
    assert runner["endpoint"] == stage.address
    assert runner["headers"] == {"X-Gateway-Key": "open-sesame-4711"}
    assert len(runner["tags"]) == 1
    assert stage.double.complaints == []


def _look_at_this_instance(stage: Stage, panel: Panel) -> None:
    """The dialog that the command opens where Settings are closed."""
    panel.run_command("ComfyControl.ShowInstance")
    expect(panel.details).to_contain_text("Workstation")
    panel.expect_dialog_at_rest()
    expect(panel.details.locator(".comfycontrol-state")).to_have_text("Registered")
    expect(panel.details.locator("comfycontrol-history")).to_contain_text("has not run any workflows yet")
    stage.picture("details")
    panel.details.get_by_role("button", name="Edit...").click()
    expect(panel.field("Name")).to_have_value("Workstation")
    panel.expect_dialog_at_rest()
    panel.field("Name").fill("Renamed")
    panel.button("Save changes").click()
    expect(panel.form).to_have_count(0)
    expect(panel.details).to_contain_text("Renamed")


def _disconnect_and_take_over(stage: Stage, panel: Panel) -> None:
    panel.details.get_by_role("button", name="Disconnect...").click()
    panel.question.get_by_role("button", name="Disconnect", exact=True).click()
    expect(panel.details.locator(".comfycontrol-state")).to_have_text("Not connected")
    panel.details.get_by_role("button", name="Enter a token").click()
    expect(panel.details.get_by_label("ComfyControl API token")).to_be_focused()
    panel.page.keyboard.type(stage.token)
    panel.page.keyboard.press("Enter")
    panel.details.get_by_role("button", name="Take over a runner...").click()
    panel.runner_list.get_by_role("button", name="Take it over: Renamed").click()
    panel.take_over()
    expect(panel.details.locator(".comfycontrol-state")).to_have_text("Registered")
    panel.details.get_by_role("button", name="Close").click()
    expect(panel.details).to_have_count(0)


def test_the_command_is_in_the_extensions_menu_and_can_be_given_a_key(stage: Stage) -> None:
    panel = stage.open()
    panel.page.locator(".comfy-menu-button-wrapper, .comfyui-logo").first.click()
    panel.page.get_by_role("menuitem", name="Extensions").first.hover()
    panel.page.get_by_text("ComfyControl: register this instance...").click()
    expect(panel.form).to_be_visible()
    panel.page.keyboard.press("Escape")
    expect(panel.form).to_have_count(0)

    panel.run_command("Comfy.ShowSettingsDialog")
    panel.page.get_by_role("dialog").get_by_text("Keybinding", exact=True).first.click()
    panel.page.get_by_role("dialog").get_by_placeholder("Search Keybindings").fill("ComfyControl")
    expect(panel.page.get_by_role("dialog").get_by_text("register this instance")).to_be_visible()


def test_a_second_tab_shows_it_without_a_reload_and_makes_no_second_runner(stage: Stage) -> None:
    first = stage.open_settings()
    second = stage.open_settings()
    first.connect(stage.token)
    expect(second.state).to_have_text("Not registered")
    expect(second.token_row).to_contain_text("Ada Lovelace")
    _register_in_both_at_the_same_time(stage, [first, second])
    name = stage.runner()["name"]
    for tab in (first, second):
        expect(tab.instance_row).to_contain_text(name)

    stage.forget_runners()
    first.look_again()
    first.open_form()
    first.field("Name").fill("Workstation")
    first.register()
    expect(second.state).to_have_text("Registered")
    expect(second.instance_row).to_contain_text("Workstation")

    first.open_details()
    second.action("Disable").click()
    expect(first.details.locator(".comfycontrol-state")).to_have_text("Disabled")
    expect(first.details.locator(".comfycontrol-primary")).to_have_text("Enable")
    first.details.get_by_role("button", name="Enable").click()
    second.expect_registered()


def _register_in_both_at_the_same_time(stage: Stage, tabs: list[Panel]) -> None:
    for name, tab in zip(("First", "Second"), tabs, strict=True):
        tab.open_form()
        tab.field("Name").fill(name)
    stage.double.forget_calls()
    stage.double.plan(Fault.slow(seconds=0.5, method="POST"))
    for tab in tabs:
        tab.register()
    for tab in tabs:
        tab.expect_registered()
    assert len(stage.double.calls_of("POST")) == 1
    assert len(stage.double.runners()) == 1


def test_another_browser_sees_the_state_and_what_to_do_but_not_whose_it_is(stage: Stage) -> None:
    owner = stage.open_registered()
    keeps = owner.page.get_by_role("switch", name="Keep the address up to date")
    keeps.check()
    stranger = stage.open_settings(stage.new_browser())
    expect(stranger.state).to_have_text("Registered")
    expect(stranger.token_row).to_contain_text("enter an API token of that account")
    expect(stranger.page.get_by_role("switch", name="Keep the address up to date")).to_be_disabled()
    text = stranger.page.locator("body").inner_text()
    assert "Ada Lovelace" not in text
    assert "Workstation" not in text
    stage.picture("stranger")

    expect(stranger.instance_row.locator(".comfycontrol-primary")).to_have_text("Enter a token")
    expect(stranger.instance_row).to_contain_text("enter the token again")
    expect(stranger.instance_row.get_by_role("button")).to_have_count(2)
    stranger.open_details()
    expect(stranger.details.locator("comfycontrol-history, .comfycontrol-facts")).to_have_count(0)
    stranger.details.get_by_role("button", name="Enter a token").click()
    expect(stranger.details.get_by_label("ComfyControl API token")).to_be_focused()
    stranger.close_dialogs()

    stranger.connect(stage.token)
    expect(stranger.instance_row).to_contain_text("Workstation")
    # While it is on, the host begins within a minute to look after the address, which it never ends.
    keeps.uncheck()
    expect(keeps).not_to_be_checked()


def test_a_runner_removed_in_the_dashboard_is_said_to_be_gone_and_can_be_registered_anew(stage: Stage) -> None:
    panel = stage.open_registered()
    stage.double.remove_runner(stage.runner()["id"])
    panel.reload()
    expect(panel.state).to_have_text("Runner not found")
    expect(panel.instance_row).to_contain_text("no longer has this instance's runner")
    stage.picture("runner-gone")
    panel.open_form()
    panel.register()
    panel.expect_registered()
    assert stage.runner()["name"] == "Workstation"


def test_a_runner_can_be_disabled_and_enabled_again(stage: Stage) -> None:
    panel = stage.open_registered()
    panel.instance_row.get_by_role("button", name="Disable").click()
    expect(panel.state).to_have_text("Disabled")
    assert stage.runner()["status"] == "disabled"
    stage.picture("disabled")
    panel.instance_row.get_by_role("button", name="Enable").click()
    expect(panel.state).to_have_text("Registered")
    assert stage.runner()["status"] == "active"

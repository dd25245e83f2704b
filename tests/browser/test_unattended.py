"""An instance that its environment configures, as people see it; and keeping the address where it is not."""

from collections.abc import Callable

import pytest
from browser.panel import Panel
from browser.stage import NEWEST, Stage
from playwright.sync_api import expect

SetStage = Callable[..., Stage]

# Of this machine, so that nothing else is called; nobody listens there.
ENDPOINT = "http://127.0.0.1:9"
TOKEN = "cfc_Token0Of0The0Operator"
FIXED = "Set by an environment variable where ComfyUI is started. You cannot change it here."


@pytest.fixture
def unattended(set_stage: SetStage) -> Callable[..., Stage]:
    def make(frontend: str = NEWEST, **variables: str) -> Stage:
        given = {"TOKEN": TOKEN, "REGISTER": "on", "ENDPOINT": ENDPOINT, **variables}
        environment = {f"COMFYCONTROL_{name}": value for name, value in given.items()}
        return set_stage(frontend, environment=environment, tokens=[TOKEN])

    return make


def registered(stage: Stage) -> Panel:
    stage.double.wait_for_calls(1, method="POST", path="/v1/runner", seconds=30)
    panel = stage.open_settings()
    expect(panel.state).to_have_text("Registered")
    return panel


@pytest.mark.parametrize("frontend", ["1.28.9", NEWEST])
def test_strangers_learn_nothing_and_an_owner_can_change_the_rest(
    unattended: Callable[..., Stage], frontend: str
) -> None:
    stage = unattended(frontend, NAME="pod", HEADERS="X-Key: s3cr3t-value")
    panel = registered(stage)
    expect(panel.token_row.get_by_label("ComfyControl API token")).to_be_visible()
    expect(panel.instance_row).not_to_contain_text("environment")
    expect(panel.instance_row).not_to_contain_text(ENDPOINT)
    panel.enter_token(stage.double.add_token(stage.double.add_account("Eve")))
    expect(panel.token_alert).to_contain_text("belongs to another ComfyControl account")

    # A person's token makes them an owner, and is not kept.
    panel.enter_token(stage.token)
    expect(panel.token_row).to_contain_text("Ada Lovelace")
    assert not stage.settings().get("ComfyControl.ApiToken")
    _look_at_what_is_decided(panel)
    panel.add_tag("flux")
    panel.button("Save changes").click()
    expect(panel.form).to_have_count(0)
    runner = stage.runner()
    assert (runner["tags"], runner["name"], runner["headers"]) == (["flux"], "pod", {"X-Key": "s3cr3t-value"})
    assert panel.faults == []


def _look_at_what_is_decided(panel: Panel) -> None:
    expect(panel.instance_row).to_contain_text("Configured by environment variables.")
    expect(panel.instance_row).to_contain_text("API token, runner, endpoint, name, headers")
    expect(panel.token_row).to_contain_text("set by an environment variable")
    expect(panel.token_row.get_by_role("button")).to_have_count(0)
    panel.action("Edit...").click()
    expect(panel.field("Name")).to_be_visible()
    panel.expect_dialog_at_rest()
    for label, value in (("Name", "pod"), ("Endpoint", ENDPOINT), ("Headers", "X-Key")):
        field = panel.field(label)
        expect(field).to_have_value(value)
        expect(field).not_to_be_editable()
        expect(field).to_have_accessible_description(FIXED)
    expect(panel.keeps_address).to_be_hidden()


def test_a_wrong_variable_is_named_to_whoever_enters_a_token(unattended: Callable[..., Stage]) -> None:
    stage = unattended(TAGS="${TAG}")
    panel = stage.open_settings()
    panel.enter_token(stage.token)
    expect(panel.token_alert).to_contain_text("COMFYCONTROL_TAGS")
    expect(panel.token_alert).to_contain_text("log")
    assert stage.double.calls == []


@pytest.mark.parametrize(("frontend", "theme"), [("1.28.9", "light"), (NEWEST, "dark"), (NEWEST, "light")])
def test_keeping_the_address_is_off_at_first_and_an_owners_to_switch_on(
    set_stage: SetStage, frontend: str, theme: str
) -> None:
    stage = set_stage(frontend, theme=theme)
    panel = stage.open_settings()
    switch = panel.page.get_by_role("switch", name="Keep the address up to date")
    expect(switch).to_be_disabled()
    expect(panel.page.locator("comfycontrol-keep-address-row")).to_contain_text("Only an owner can change this")
    panel.be_connected(stage.token)
    expect(switch).to_be_enabled()
    expect(switch).not_to_be_checked()
    stage.picture("preferences")
    switch.check()
    panel.look_again()
    expect(switch).to_be_checked()
    stage.picture("preferences-on")
    # While it is on, the host begins within a minute to look after the address, which it never ends.
    switch.uncheck()
    panel.look_again()
    expect(switch).not_to_be_checked()


def test_a_preference_that_could_not_be_kept_is_said_and_stays_as_it_was(set_stage: SetStage) -> None:
    panel = set_stage().open_connected()
    switch = panel.page.get_by_role("switch", name="Check the address before registering")
    expect(switch).not_to_be_checked()
    panel.page.route("**/comfycontrol/preferences", lambda route: route.abort())
    switch.click()
    expect(panel.page.locator("comfycontrol-check-address-row")).to_contain_text("ComfyUI is not responding")
    expect(switch).not_to_be_checked()
    panel.page.unroute("**/comfycontrol/preferences")
    switch.click()
    expect(switch).to_be_checked()

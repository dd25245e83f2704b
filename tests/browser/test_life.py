"""What becomes of a runner: each state is shown with its one right next step, and that step leads out of it."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from browser.fronts import Front
from browser.life import (
    change_in_dashboard,
    count_sent,
    damage_sealed_token,
    give_unknown_status,
    limit_rate,
    look_at_service,
    take_service_away,
)
from browser.panel import Panel
from browser.stage import Stage
from browser.test_address import NAME, on_the_internet
from playwright.sync_api import expect

SetStage = Callable[..., Stage]

RUNPOD = {"RUNPOD_POD_ID": "abc123xyz"}


@pytest.fixture
def registered(shared_stage: Stage) -> Iterator[Panel]:
    """A registered runner; whatever became of it, the next test begins with another."""
    stage = shared_stage
    panel = stage.registered_anew()
    yield panel
    stage.double.no_faults()
    assert stage.double.complaints == []


def expect_next_step(panel: Panel, label: str, sentence: str) -> None:
    expect(panel.instance_row.locator(".comfycontrol-primary")).to_have_text(label)
    expect(panel.instance_row).to_contain_text(sentence)


class TestWhatIsDoneAtTheService:
    def test_disabled_in_the_dashboard_it_is_enabled_again(self, shared_stage: Stage, registered: Panel) -> None:
        change_in_dashboard(shared_stage, status="disabled")
        look_at_service(registered, "Disabled")
        expect_next_step(registered, "Enable", "does not send it workflows")
        registered.action("Enable").click()
        registered.expect_registered()
        assert shared_stage.runner()["status"] == "active"

    def test_removed_in_the_dashboard_it_is_registered_again(self, shared_stage: Stage, registered: Panel) -> None:
        shared_stage.double.remove_runner(shared_stage.runner()["id"])
        look_at_service(registered, "Runner not found")
        expect_next_step(registered, "Register again...", "no longer has this instance's runner")
        registered.action("Register again...").click()
        expect(registered.dialog).to_contain_text("Register this instance")
        expect(registered.field("Name")).to_have_value("Workstation")
        registered.register()
        registered.expect_registered()

    def test_a_status_that_nobody_knows_yet_is_said_and_can_be_left(
        self, shared_stage: Stage, registered: Panel
    ) -> None:
        give_unknown_status(shared_stage)
        look_at_service(registered, "Needs attention")
        expect_next_step(
            registered,
            "Enable",
            "the runner's status as paused, which this version of the extension does not recognise",
        )
        registered.action("Enable").click()
        registered.expect_registered()

    def test_too_many_requests_are_waited_for(self, shared_stage: Stage, registered: Panel) -> None:
        limit_rate(shared_stage, seconds=60)
        look_at_service(registered, "Too many requests")
        expect_next_step(registered, "Try again", "Too many requests from your network")
        expect(registered.instance_row).to_contain_text(re.compile("Next attempt in (60|5.) seconds"))
        # Within the time that it named, ComfyControl is left alone.
        shared_stage.double.forget_calls()
        registered.action("Try again").click()
        expect(registered.toast("Too many requests from your network")).to_be_visible()
        assert shared_stage.double.calls == []


@pytest.fixture
def fresh(set_stage: SetStage) -> tuple[Stage, Panel]:
    stage = set_stage()
    return stage, stage.open_registered()


class TestWhatBecomesOfTheToken:
    def test_a_revoked_token_is_replaced_and_the_runner_kept(self, fresh: tuple[Stage, Panel]) -> None:
        stage, panel = fresh
        stage.double.revoke(stage.token)
        look_at_service(panel, "Token rejected")
        expect_next_step(panel, "Enter a token", "wrong, expired or revoked")
        panel.action("Enter a token").click()
        expect(panel.token_field).to_be_focused()
        panel.enter_token(stage.double.add_token(stage.account))
        panel.expect_registered()
        expect(panel.instance_row).to_contain_text("Workstation")
        assert len(stage.double.runners()) == 1

    def test_with_settings_closed_the_dialog_leads_to_the_token(self, fresh: tuple[Stage, Panel]) -> None:
        stage, panel = fresh
        damage_sealed_token(stage)
        panel.reload_page()
        panel.run_command("ComfyControl.ShowInstance")
        expect(panel.details).to_contain_text("Token unreadable")
        panel.details.get_by_role("button", name="Enter a token").click()
        expect(panel.details.get_by_label("ComfyControl API token")).to_be_focused()
        panel.page.keyboard.type(stage.token)
        panel.page.keyboard.press("Enter")
        expect(panel.details.locator(".comfycontrol-state")).to_have_text("Registered")


class TestWhereItIs:
    def test_an_address_that_has_changed_is_updated_with_one_click(self, set_stage: SetStage) -> None:
        stage = set_stage(address="", environment=RUNPOD, check_address=True)
        panel = stage.open_connected()
        panel.open_form()
        panel.field("Endpoint").fill("https://gone.example.com")
        panel.register()
        panel.button("Register anyway").click()
        expect(panel.form).to_have_count(0)
        look_at_service(panel, "Address changed")
        expect_next_step(panel, "Update the address", "no longer seems to lead to this instance")
        stage.picture("address-changed")
        stage.double.forget_calls()
        sent = count_sent(panel, "PATCH", "/comfycontrol/runner")
        panel.action("Update the address").dblclick()
        expect(panel.toast("was updated.")).to_be_visible()
        port = stage.host.url.rsplit(":", 1)[1]
        address = f"https://abc123xyz-{port}.proxy.runpod.net"
        assert [call.body for call in stage.double.calls_of("PUT")] == [{"endpoint": address}]
        assert sent() == 1
        expect(panel.instance_row).to_contain_text(address)

    def test_a_copy_of_another_instance_is_registered_as_a_runner_of_its_own(self, set_stage: SetStage) -> None:
        with ExitStack() as stack:
            other = set_stage("1.49.6")
            front = stack.enter_context(Front(other.host.url))
            stage = set_stage(environment=on_the_internet(front), check_address=True)
            panel = stage.open_connected()
            panel.open_form()
            expect(panel.field("Name")).not_to_have_value("")
            panel.field("Name").fill("The original")
            panel.field("Endpoint").fill(f"http://{NAME}")
            panel.register()
            panel.button("Register anyway").click()
            expect(panel.form).to_have_count(0)
            look_at_service(panel, "Another instance")
            expect_next_step(panel, "Register as a new runner...", "Another ComfyUI responds")
            stage.picture("another-instance")
            panel.action("Register as a new runner...").click()
            expect(panel.field("Name")).not_to_have_value(re.compile("^$|The original"))
            panel.field("Name").fill("The copy")
            expect(panel.field("Endpoint")).to_have_value(stage.address)
            panel.register()
            panel.expect_registered()
            expect(panel.instance_row).to_contain_text("The copy")
            assert sorted(each["name"] for each in stage.double.runners()) == ["The copy", "The original"]


def test_while_the_service_is_away_the_row_says_what_was_known_last(shared_stage: Stage, registered: Panel) -> None:
    take_service_away(shared_stage)
    look_at_service(registered, "ComfyControl unreachable")
    expect_next_step(registered, "Try again", "This machine cannot reach ComfyControl")
    expect(registered.instance_row).to_contain_text(
        re.compile(r"Last known state: Registered, confirmed .*(second|now)")
    )
    expect(registered.instance_row).to_contain_text("Workstation")
    shared_stage.double.no_faults()
    registered.action("Try again").click()
    registered.expect_registered()
    expect(registered.instance_row).not_to_contain_text("Last known")

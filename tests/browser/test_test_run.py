"""ComfyControl sends a workflow, and it runs in the host: what a person sees of it."""

from collections.abc import Callable, Iterator

import pytest
from browser.panel import Panel
from browser.stage import VERSIONS, Stage
from playwright.sync_api import Locator, expect

from service_double import workflow_faults as faults
from service_double.workflow_steps import WorkflowFault

SetStage = Callable[..., Stage]
STEPS = [
    "Sent to ComfyControl",
    "Assigned to this runner",
    "Queued in this ComfyUI",
    "Running here",
    "Done",
]
RAN = "ComfyControl ran a workflow here."


@pytest.fixture
def panel(shared_stage: Stage) -> Iterator[Panel]:
    """The row of a registered instance that has never been tested."""
    shared_stage.double.no_faults()
    panel = shared_stage.registered_anew()
    yield panel
    shared_stage.double.release()
    panel.close_dialogs()


def send(panel: Panel) -> Locator:
    panel.action("Send a test workflow").click()
    panel.test_run.get_by_role("button", name="Send a test workflow").click()
    return panel.test_run


def expect_steps(panel: Panel, count: int) -> None:
    expect(panel.steps).to_have_count(count)
    for text, step in zip(panel.steps.all_text_contents(), STEPS, strict=False):
        assert text.startswith(step)


def expect_outcome(panel: Panel, text: str) -> None:
    expect(panel.test_run.locator(".comfycontrol-problem, .comfycontrol-ran")).to_contain_text(text)


@pytest.mark.parametrize("frontend", VERSIONS)
def test_from_registering_to_a_workflow_that_ran_here(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend)
    panel = stage.open_registered()
    expect(panel.instance_row.locator(".comfycontrol-primary")).to_have_text("Send a test workflow")
    expect(panel.state).not_to_have_attribute("data-claim", "proven")
    panel.action("Send a test workflow").click()
    expect(panel.test_run).to_contain_text("It counts as one workflow in your account")
    assert stage.double.workflows() == []
    stage.picture("test-run-before")
    panel.test_run.get_by_role("button", name="Send a test workflow").click()
    expect_outcome(panel, RAN)
    expect_steps(panel, len(STEPS))
    stage.picture("test-run-ran")
    panel.test_run.get_by_role("button", name="Close").click()
    expect(panel.state).to_have_attribute("data-claim", "proven")
    expect(panel.instance_row).to_contain_text("ComfyControl ran a workflow here")
    # Nothing has to be done.
    expect(panel.instance_row.locator("[data-action]").first).to_have_text("Edit...")
    expect(panel.instance_row.locator(".comfycontrol-primary")).to_have_count(0)
    stage.picture("proven")
    # A real picture, in the gallery of the account.
    (workflow,) = stage.double.workflows()
    assert stage.double.pictures(workflow["id"])[0].startswith(b"\x89PNG")
    assert panel.faults == []
    assert stage.double.complaints == []


def test_each_step_is_shown_as_it_happens_and_in_another_tab_too(set_stage: SetStage) -> None:
    stage = set_stage()
    panel = stage.open_registered()
    double = stage.double
    double.hold_workflows()
    send(panel)
    expect_steps(panel, 1)
    expect(panel.test_run.locator("li[data-state=awaited]")).to_have_text("Assigned to this runner")
    stage.picture("test-run-sent")
    double.go_on()
    expect_steps(panel, 2)
    double.go_on()
    double.go_on()
    # An empty picture is computed before anybody can look.
    expect_steps(panel, 4)
    # Closing it does not end the run; another tab shows the same.
    panel.test_run.get_by_role("button", name="Close").click()
    other = stage.open_settings()
    other.action("Send a test workflow").click()
    expect_steps(other, 4)
    double.release()
    expect_outcome(other, RAN)
    expect(panel.state).to_have_attribute("data-claim", "proven")
    assert len(double.workflows()) == 1


WORDS = "cannot reach runner: connection refused"
# What befalls the workflow, what the person reads, and the field that they are led to.
STOPS: list[tuple[str, WorkflowFault, str, str]] = [
    ("refused", faults.refused(), WORDS, "Endpoint"),
    ("timed out", faults.timed_out(), "cannot reach runner: timed out", "Endpoint"),
    ("certificate", faults.bad_certificate(), "certificate verify failed", "Endpoint"),
    ("gateway", faults.gateway_answers(401), "runner answered 401", "Add a header"),
    ("elsewhere", faults.elsewhere("another-prompt"), "ran in another ComfyUI", "Endpoint"),
    ("managed", faults.managed(), "A machine run by ComfyControl took", ""),
    ("invalid", faults.invalid("2"), "did not accept the test workflow", ""),
    ("fails", faults.fails_here("2", "OSError", "No space left"), "failed here: OSError in node 2", ""),
    ("cancelled", faults.cancelled(), "The test workflow was cancelled", ""),
]


@pytest.mark.parametrize(("fault", "told", "field"), [row[1:] for row in STOPS], ids=[row[0] for row in STOPS])
def test_where_it_stops_is_said_with_what_to_do(
    shared_stage: Stage, panel: Panel, fault: WorkflowFault, told: str, field: str
) -> None:
    shared_stage.double.add_workflow_fault(fault)
    send(panel)
    expect_outcome(panel, told)
    if field:
        panel.test_run.get_by_role("button", name="Open the form").click()
        expect(panel.form).to_be_visible()
        panel.expect_focus(field)
        panel.close_form()
    else:
        panel.close_dialogs()
    expect(panel.state).to_have_attribute("data-claim", "failed")
    expect(panel.instance_row).to_contain_text("Last test workflow")


def test_another_runner_that_took_it_is_named(shared_stage: Stage, panel: Panel) -> None:
    double = shared_stage.double
    wildcard = double.add_runner(shared_stage.account, name="Takes all", endpoint="http://other.example.com")
    double.add_workflow_fault(faults.assigned_to(wildcard["id"]))
    send(panel)
    expect_outcome(panel, 'Another runner took the test workflow: "Takes all"')


def test_a_runner_that_is_disabled_meanwhile_is_told_before_anything_is_sent(shared_stage: Stage, panel: Panel) -> None:
    before = len(shared_stage.double.workflows())
    shared_stage.double.set_status(shared_stage.runner()["id"], "disabled")
    send(panel)
    expect_outcome(panel, "This instance's runner is disabled")
    assert len(shared_stage.double.workflows()) == before


def test_who_does_not_want_to_wait_stops_and_can_begin_again(shared_stage: Stage, panel: Panel) -> None:
    shared_stage.double.add_workflow_fault(faults.never_assigned())
    send(panel)
    panel.test_run.get_by_role("button", name="Stop waiting").click()
    # Nothing has gone wrong, and nothing looks so.
    expect(panel.test_run.locator(".comfycontrol-stopped")).to_contain_text("You stopped waiting")
    expect(panel.test_run.locator(".comfycontrol-problem")).to_have_count(0)
    shared_stage.picture("test-run-stopped")
    panel.test_run.get_by_role("button", name="Send it again").click()
    expect_outcome(panel, RAN)


def test_what_was_proven_is_old_once_the_address_changes(shared_stage: Stage, panel: Panel) -> None:
    send(panel)
    expect_outcome(panel, RAN)
    panel.test_run.get_by_role("button", name="Close").click()
    panel.open_form()
    panel.field("Endpoint").fill("http://elsewhere.example.com")
    panel.button("Save changes").click()
    expect(panel.instance_row).to_contain_text("This runner has changed since the last test workflow")
    expect(panel.state).not_to_have_attribute("data-claim", "proven")
    expect(panel.instance_row.locator(".comfycontrol-primary")).to_have_text("Send a test workflow")


def test_after_the_first_one_a_click_sends_it_at_once(shared_stage: Stage, panel: Panel) -> None:
    send(panel)
    expect_outcome(panel, RAN)
    panel.test_run.get_by_role("button", name="Close").click()
    panel.open_details().get_by_role("button", name="Send a test workflow").click()
    expect_outcome(panel, RAN)


def test_a_server_that_does_not_answer_ends_in_words(shared_stage: Stage, panel: Panel) -> None:
    panel.page.route("**/comfycontrol/test-run", lambda route: route.abort())
    panel.action("Send a test workflow").click()
    expect_outcome(panel, "This ComfyUI is not responding")
    panel.page.unroute_all()
    panel.test_run.get_by_role("button", name="Send a test workflow").click()
    expect_outcome(panel, RAN)


def test_who_registers_without_settings_is_offered_the_test(set_stage: SetStage) -> None:
    stage = set_stage()
    panel = stage.open_connected()
    panel.close_settings()
    panel.run_command("ComfyControl.RegisterInstance")
    expect(panel.field("Name")).not_to_have_value("")
    panel.register()
    expect(panel.test_run).to_contain_text("It counts as one workflow in your account")
    assert stage.double.workflows() == []

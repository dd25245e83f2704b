"""Being true without polling: what is fetched again by itself, when, and that nobody is asked while nobody looks."""

import re
from collections.abc import Callable, Iterator

import pytest
from browser.life import change_in_dashboard, limit_rate, look_at_service, take_service_away
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import expect

from service_double import Fault

SetStage = Callable[..., Stage]

SHOW = "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
HIDE = "(hidden) => Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden })"
NEXT = "({ retry }) => retry.next === undefined ? null : Math.round((retry.next - Date.now()) / 1000)"


@pytest.fixture
def registered(shared_stage: Stage) -> Iterator[Panel]:
    """A page whose clock can be put forward; nobody else uses it."""
    if shared_stage.panels:
        panel = shared_stage.panels[0]
    else:
        panel = shared_stage.open_registered()
        look_at_service(panel, "Registered")
        panel.page.clock.install()
        shared_stage.spent = True
    look_at_service(panel, "Registered")
    yield panel
    hide(panel, hidden=False)
    shared_stage.double.no_faults()
    look_at_service(panel, "Registered")


def hide(panel: Panel, *, hidden: bool) -> None:
    panel.page.evaluate(HIDE, hidden)
    panel.page.evaluate(SHOW)


def seconds_to_next_try(panel: Panel) -> int | None:
    found = panel.evaluate_module("retry.mjs", NEXT)
    return None if found is None else int(found)


def test_when_the_service_is_back_the_row_shows_it_by_itself(shared_stage: Stage, registered: Panel) -> None:
    take_service_away(shared_stage)
    look_at_service(registered, "ComfyControl unreachable")
    expect(registered.instance_row).to_contain_text(re.compile("Next attempt in [1-5] seconds?"))
    shared_stage.double.no_faults()
    registered.page.clock.fast_forward(5000)
    expect(registered.state).to_have_text("Registered")
    expect(registered.instance_row).not_to_contain_text("Next attempt")
    assert seconds_to_next_try(registered) is None


def test_it_tries_slower_each_time(shared_stage: Stage, registered: Panel) -> None:
    take_service_away(shared_stage)
    look_at_service(registered, "ComfyControl unreachable")
    seen = [seconds_to_next_try(registered)]
    for _ in range(7):
        registered.evaluate_module("retry.mjs", "({ retry }) => retry.now()")
        seen.append(seconds_to_next_try(registered))
    assert seen == [5, 10, 20, 40, 80, 160, 300, 300]


def test_it_does_not_try_before_the_service_wants_it(shared_stage: Stage, registered: Panel) -> None:
    # However long the rest takes, for this page no time passes.
    registered.page.clock.pause_at(registered.page.evaluate("Date.now() + 1000"))
    limit_rate(shared_stage, seconds=2)
    look_at_service(registered, "Too many requests")
    assert seconds_to_next_try(registered) == 2
    shared_stage.double.no_faults()
    registered.page.clock.resume()
    registered.page.clock.fast_forward(2000)
    # The host waits as well, by a clock of its own; the page then tries once more.
    expect(registered.state).to_have_text("Registered", timeout=15_000)


def test_a_hidden_tab_asks_nobody_and_looks_again_when_it_is_seen(shared_stage: Stage, registered: Panel) -> None:
    take_service_away(shared_stage)
    look_at_service(registered, "ComfyControl unreachable")
    hide(registered, hidden=True)
    assert seconds_to_next_try(registered) is None
    shared_stage.double.forget_calls()
    registered.page.clock.fast_forward(600_000)
    registered.look_again()
    assert shared_stage.double.calls == []
    shared_stage.double.no_faults()
    hide(registered, hidden=False)
    expect(registered.state).to_have_text("Registered")


def test_with_settings_closed_nobody_is_asked(shared_stage: Stage, registered: Panel) -> None:
    take_service_away(shared_stage)
    look_at_service(registered, "ComfyControl unreachable")
    registered.page.keyboard.press("Escape")
    expect(registered.instance_row).to_have_count(0)
    assert seconds_to_next_try(registered) is None
    shared_stage.double.no_faults()
    registered.open_settings()
    expect(registered.state).to_have_text("Registered", timeout=8000)


def test_what_was_done_in_the_dashboard_is_seen_when_one_comes_back_to_the_tab(
    shared_stage: Stage, registered: Panel
) -> None:
    hide(registered, hidden=True)
    change_in_dashboard(shared_stage, status="disabled")
    # As if the person had been away for a while: a glance aside asks nobody.
    registered.page.evaluate("const now = Date.now; Date.now = () => now() + 60_000")
    hide(registered, hidden=False)
    expect(registered.state).to_have_text("Disabled")
    registered.page.evaluate("const later = Date.now; Date.now = () => later() - 60_000")
    change_in_dashboard(shared_stage, status="active")


def test_a_glance_aside_costs_no_call_to_the_service(shared_stage: Stage, registered: Panel) -> None:
    shared_stage.double.forget_calls()
    for hidden in (True, False, True, False):
        hide(registered, hidden=hidden)
    registered.look_again()
    assert shared_stage.double.calls == []


def test_opening_the_panel_costs_one_call_to_the_service(set_stage: SetStage) -> None:
    stage = set_stage()
    panel = stage.open_registered()
    with stage.away(panel):
        stage.double.forget_calls()
    panel.open_settings()
    expect(panel.state).to_have_text("Registered")
    stage.double.wait_for_calls(1, "GET")
    panel.open_details()
    # That and, for the dialog, the history.
    expect(panel.details).to_contain_text("has not run any workflows yet")
    assert [call.path.rsplit("/", 1)[-1] for call in stage.double.calls] == [stage.runner()["id"], "history"]


def test_trying_by_hand_says_when_nothing_has_changed(shared_stage: Stage, registered: Panel) -> None:
    shared_stage.double.plan(Fault.answer(503, "Down", content_type="text/plain", times=None))
    look_at_service(registered, "ComfyControl unreachable")
    registered.action("Try again").click()
    expect(registered.toast("This machine cannot reach ComfyControl")).to_be_visible()
    shared_stage.double.no_faults()
    registered.action("Try again").click()
    expect(registered.state).to_have_text("Registered")


def test_a_change_is_announced_once_though_two_places_show_it(shared_stage: Stage, registered: Panel) -> None:
    registered.open_details()
    said = """() => {
      window.said = [];
      const regions = document.querySelectorAll('[role=status], [role=alert], [aria-live]');
      for (const region of regions) {
        const ours = 'comfycontrol-instance-row, comfycontrol-instance-details, .comfycontrol-announcement';
        if (!region.closest(ours)) continue;
        new MutationObserver(() => window.said.push(region.textContent))
          .observe(region, { childList: true, characterData: true, subtree: true });
      }
    }"""
    registered.page.evaluate(said)
    registered.details.get_by_role("button", name="Disable").click()
    expect(registered.details.locator(".comfycontrol-state")).to_have_text("Disabled")
    registered.look_again()
    heard = registered.page.evaluate("window.said")
    assert heard == ["Disabled. The runner is disabled. ComfyControl does not send it workflows."]
    registered.details.get_by_role("button", name="Enable").click()
    expect(registered.details.locator(".comfycontrol-state")).to_have_text("Registered")
    registered.details.get_by_role("button", name="Close").click()

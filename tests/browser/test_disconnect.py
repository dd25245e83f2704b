"""Disconnecting: what is said before, and that it works whatever state the token and the service are in."""

from collections.abc import Callable

import pytest
from browser.life import look_at_service, take_service_away
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import Locator, expect

from service_double import Fault

DISABLE = "Disable the runner first"


def ask(panel: Panel) -> Locator:
    panel.open_details()
    panel.details.get_by_role("button", name="Disconnect...").click()
    expect(panel.question.get_by_role("button", name="Cancel")).to_be_focused()
    return panel.question


def disconnect(panel: Panel, label: str = "Disconnect") -> None:
    panel.question.get_by_role("button", name=label, exact=True).click()
    expect(panel.toast("Disconnected. The token was deleted from this instance.")).to_be_visible()
    expect(panel.question).to_have_count(0)
    expect(panel.details.locator(".comfycontrol-state")).to_have_text("Not connected")
    expect(panel.state).to_have_text("Not connected")


def test_it_says_what_is_forgotten_here_and_what_stays(stage: Stage) -> None:
    panel = stage.open_registered()
    question = ask(panel)
    for sentence in ("the API token", "its owners", "which runner in your account it is"):
        expect(question).to_contain_text(sentence)
    expect(question).to_contain_text('The runner "Workstation" (active) stays at ComfyControl with all its settings.')
    expect(question.get_by_label(DISABLE)).not_to_be_checked()
    question.get_by_role("button", name="Cancel").click()
    expect(panel.details.get_by_role("button", name="Disconnect...")).to_be_focused()
    ask_again = panel.details.get_by_role("button", name="Disconnect...")
    ask_again.click()
    disconnect(panel)
    assert stage.runner()["status"] == "active"


@pytest.mark.parametrize("way", ["the dialog", "the token's row"])
def test_the_runner_is_disabled_first_when_asked_for(stage: Stage, way: str) -> None:
    panel = stage.open_registered()
    if way == "the dialog":
        ask(panel)
    else:
        panel.token_button("Disconnect...").click()
    panel.question.get_by_label(DISABLE).check()
    stage.double.forget_calls()
    panel.question.get_by_role("button", name="Disconnect", exact=True).dblclick()
    expect(panel.state).to_have_text("Not connected")
    assert stage.runner()["status"] == "disabled"
    assert len(stage.double.calls_of("PUT")) == 1


def test_when_disabling_fails_disconnecting_is_offered_all_the_same(stage: Stage) -> None:
    panel = stage.open_registered()
    question = ask(panel)
    question.get_by_label(DISABLE).check()
    stage.double.plan(Fault.close_before(method="PUT"))
    question.get_by_role("button", name="Disconnect", exact=True).click()
    expect(question.get_by_role("alert")).to_contain_text("was refused or lost")
    expect(question.get_by_role("alert")).to_contain_text("can still disconnect this instance")
    stage.picture("disconnect-anyway")
    disconnect(panel, "Disconnect anyway")
    assert stage.runner()["status"] == "active"


def _revoke(stage: Stage) -> None:
    stage.double.revoke(stage.token)


def _remove(stage: Stage) -> None:
    stage.double.remove_runner(stage.runner()["id"])


@pytest.mark.parametrize(
    ("happens", "state"),
    [
        pytest.param(_revoke, "Token rejected", id="the token is dead"),
        pytest.param(take_service_away, "ComfyControl unreachable", id="the service is down"),
        pytest.param(_remove, "Runner not found", id="the runner is gone"),
    ],
)
def test_it_works_without_the_service_and_offers_nothing_that_cannot_be(
    stage: Stage, happens: Callable[[Stage], None], state: str
) -> None:
    panel = stage.open_registered()
    happens(stage)
    look_at_service(panel, state)
    stage.double.forget_calls()
    question = ask(panel)
    expect(question.get_by_label(DISABLE)).to_have_count(0)
    disconnect(panel)
    assert stage.double.calls_of("PUT") == []

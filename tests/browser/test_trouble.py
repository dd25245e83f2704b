"""Trouble that comes while nothing of the panel is shown: an owner is told, once, and led to it."""

from collections.abc import Callable

import pytest
from browser.life import OtherOwner, look_at_service
from browser.panel import DRAWN, Panel
from browser.stage import VERSIONS, Stage
from playwright.sync_api import Locator, expect

SetStage = Callable[..., Stage]


def told(panel: Panel) -> Locator:
    return panel.toast("Your ComfyControl runner has a problem.")


def lose_runner(stage: Stage, elsewhere: OtherOwner) -> None:
    stage.double.remove_runner(stage.runner()["id"])
    assert elsewhere.look() == "runner_gone"


def hear_of_a_change(panel: Panel, elsewhere: OtherOwner) -> None:
    """The page is told that something has changed, and has looked at what."""
    with panel.page.expect_response("**/comfycontrol/status*") as answer:
        elsewhere.connect()
    answer.value.finished()
    panel.page.evaluate(DRAWN)


# A page that is loaded three times.
@pytest.mark.timeout(300)
@pytest.mark.parametrize("frontend", VERSIONS[1:])
def test_an_owner_is_told_once_and_led_to_it(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend)
    panel = stage.open_registered()
    elsewhere = OtherOwner(stage)
    panel.reload_page()
    lose_runner(stage, elsewhere)
    expect(told(panel)).to_contain_text("no longer has this instance's runner")
    stage.picture("trouble")
    # With the keyboard: in these tests, messages are in nobody's way.
    told(panel).get_by_role("button", name="Details...").press("Enter")
    expect(panel.details.locator(".comfycontrol-state")).to_have_text("Runner not found")
    expect(told(panel)).to_have_count(0)

    panel.reload_page()
    hear_of_a_change(panel, elsewhere)
    expect(told(panel)).to_have_count(0)

    # A new one is told anew, and taken back where it is over.
    elsewhere.register()
    lose_runner(stage, elsewhere)
    expect(told(panel)).to_have_count(1)
    elsewhere.register()
    expect(told(panel)).to_have_count(0)
    assert panel.faults == []


def test_where_no_dialog_can_be_opened_it_is_said_where_to_look(set_stage: SetStage) -> None:
    stage = set_stage(VERSIONS[0])
    panel = stage.open_registered()
    elsewhere = OtherOwner(stage)
    panel.reload_page()
    lose_runner(stage, elsewhere)
    expect(told(panel)).to_contain_text("See ComfyControl in Settings.")


def test_nothing_is_told_where_it_can_be_seen(stage: Stage) -> None:
    panel = stage.open_registered()
    stage.double.remove_runner(stage.runner()["id"])
    look_at_service(panel, "Runner not found")
    panel.close_settings()
    hear_of_a_change(panel, OtherOwner(stage))
    expect(told(panel)).to_have_count(0)


def test_strangers_are_told_nothing_and_load_nothing(stage: Stage) -> None:
    owner = stage.open_registered()
    owner.close_settings()
    stranger = stage.new_browser()
    asked: list[str] = []
    stranger.on("request", lambda request: asked.append(request.url))
    panel = stage.open(stranger)
    lose_runner(stage, OtherOwner(stage))
    # It came to every page.
    expect(told(owner)).to_be_visible()
    expect(told(panel)).to_have_count(0)
    assert [url for url in asked if "/panel/" in url or "/comfycontrol/status" in url] == []


AT = "2026-02-03T04:05:06Z"
FAILED = {"code": "not_reached", "proven": False, "old": False, "at": AT, "message": "It could not be reached."}
ADDRESS = {"verdict": "tunnel_offline", "may_still_work": False, "message": "It is not running."}
TUNNEL = {"state": "failed", "code": "agent_missing", "since": AT, "message": "None."}
# What the status says, and what of it an owner is told, if anything.
STATUSES = {
    "a test run that failed": ({"test_run": FAILED}, "It could not be reached."),
    "an address that leads elsewhere": ({"address": ADDRESS}, "It is not running."),
    "an address that may work": ({"address": {**ADDRESS, "may_still_work": True}}, ""),
    "a tunnel that a person has to look after": ({"tunnel": TUNNEL}, "None."),
    "a tunnel that comes back": ({"tunnel": {**TUNNEL, "again_at": "2036-02-03T04:05:06Z"}}, ""),
    "a service that is away": ({"state": "service_unreachable"}, ""),
    "a runner that was switched off": ({"state": "disabled", "address": ADDRESS}, ""),
    "a rejected token": ({"state": "token_rejected", "message": "It was rejected."}, "It was rejected."),
}


@pytest.mark.parametrize(("more", "sentence"), STATUSES.values(), ids=STATUSES)
def test_only_what_a_person_has_to_do_is_told(shared_stage: Stage, more: dict[str, object], sentence: str) -> None:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
    panel.close_settings()
    panel.page.evaluate("() => localStorage.removeItem('comfycontrol.troubleTold')")
    good = {"state": "registered", "label": "", "message": "", "next_step": "", "actions": [], "connected": True}
    good |= {"registered": True, "owner": True}
    panel.page.route("**/comfycontrol/status*", lambda route: route.fulfill(json={**good, **more}))
    panel.look_again()
    expect(told(panel)).to_have_count(1 if sentence else 0)
    if sentence:
        expect(told(panel)).to_contain_text(sentence)
    panel.page.unroute_all()
    panel.page.route("**/comfycontrol/status*", lambda route: route.fulfill(json=good))
    panel.look_again()
    expect(told(panel)).to_have_count(0)
    panel.page.unroute_all()

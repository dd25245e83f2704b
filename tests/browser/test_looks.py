"""Every state of the panel in both themes, wide and narrow: readable, nothing cut off, and a picture to look at."""

import json
from collections.abc import Callable

import pytest
from browser.looks import cut_off, hard_to_read
from browser.panel import DRAWN, Panel
from browser.setting import NARROW, WIDE
from browser.stage import NEWEST, OUTPUT, Stage
from playwright.sync_api import expect

from service_double import Fault

SetStage = Callable[..., Stage]

LONG = "A name as long as some people like to give their machines, and then a little longer than that"
LONG_ENDPOINT = (
    "https://a-rather-long-subdomain-of-a-tunnel-service-7f3a9c1e.proxy.eu-central-1.example.com/gpu/workstation/1"
)
TAGS = ("gpu-rtx-4090", "vram-24gb", "linux", "flux", "sdxl", "video", "fast", "nights", "weekends-too", "a" * 40)


class Look:
    """Looks at each state in turn, and says at the end all that is wrong with any of them."""

    def __init__(self, stage: Stage, panel: Panel) -> None:
        self._stage = stage
        self._panel = panel
        self.faults: list[str] = []

    def at(self, state: str) -> None:
        for size in (WIDE, NARROW):
            self._stage.resize(size)
            self._panel.page.evaluate(DRAWN)
            self._stage.picture(f"look-{state}")
            found = {*hard_to_read(self._panel), *cut_off(self._panel)}
            self.faults += [f"{state} at {size[0]}: {fault}" for fault in sorted(found)]
        self._stage.resize(WIDE)


@pytest.mark.parametrize("frontend", ["1.28.9", NEWEST])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_state_can_be_read_and_is_whole(set_stage: SetStage, frontend: str, theme: str) -> None:
    stage = set_stage(frontend, theme=theme)
    panel = stage.open_settings()
    look = Look(stage, panel)
    _look_at_the_way_there(stage, panel, look)
    _look_at_the_form(stage, panel, look)
    _look_at_the_runner(stage, panel, look)
    if look.faults:
        pytest.fail("\n".join(look.faults), pytrace=False)


def _look_at_the_way_there(stage: Stage, panel: Panel, look: Look) -> None:
    look.at("01-not-connected")
    panel.enter_token("cfc_thisTokenIsKnownToNobody0000")
    expect(panel.token_alert).to_be_visible()
    look.at("02-token-rejected")
    panel.connect(stage.token)
    expect(panel.state).to_have_text("Not registered")
    look.at("03-not-registered")


def _look_at_the_form(stage: Stage, panel: Panel, look: Look) -> None:
    panel.open_form()
    expect(panel.suggested_tags).not_to_have_count(0)
    look.at("04-form")
    panel.field("Name").fill("x" * 101)
    panel.field("Endpoint").fill("https://ada:secret@comfy.example.com")
    panel.add_header("X-Gateway-Key", "open-sesame")
    panel.add_header("Host", "comfy.example.com")
    panel.register()
    panel.field("Name").fill("x" * 101)
    look.at("05-form-wrong")
    panel.button("Remove this header").last.click()
    panel.field("Name").fill(LONG)
    panel.field("Endpoint").fill(LONG_ENDPOINT)
    panel.tag_input.fill(",".join(TAGS) + ",")
    expect(panel.tags).to_have_count(len(TAGS))
    look.at("06-form-full")
    body = json.dumps({"status": 403, "message": "Runner limit exceeded for your tier " + "w" * 60})
    stage.double.plan(Fault.answer(403, body, method="POST"))
    panel.register()
    expect(panel.alert).to_be_visible()
    look.at("07-form-refused")
    for name in ("Workstation", LONG):
        stage.double.add_runner(stage.account, name=name, endpoint=LONG_ENDPOINT)
    panel.register()
    expect(panel.form.locator(".comfycontrol-choice")).to_be_visible()
    look.at("08-form-choice")
    panel.button("Create a second runner").click()
    panel.expect_registered()


def _look_at_the_runner(stage: Stage, panel: Panel, look: Look) -> None:
    look.at("09-registered")
    panel.open_form()
    look.at("10-edit")
    panel.button("Change headers").click()
    look.at("11-edit-headers")
    panel.close_form()
    panel.token_button("Disconnect...").click()
    look.at("12-disconnect")
    panel.question.get_by_role("button", name="Cancel").click()
    _look_at_details(stage, panel, look)
    panel.token_button("Replace").click()
    look.at("13-replace")
    panel.token_button("Cancel").click()
    panel.instance_row.get_by_role("button", name="Disable").click()
    expect(panel.state).to_have_text("Disabled")
    look.at("14-disabled")
    for runner in stage.double.runners():
        stage.double.remove_runner(runner["id"])
    panel.instance_row.get_by_role("button", name="Enable").click()
    expect(panel.state).to_have_text("Runner not found")
    look.at("15-runner-gone")
    for number in range(12):
        stage.double.add_runner(stage.account, name=f"{number} {LONG}", endpoint=LONG_ENDPOINT, tags=TAGS)
    panel.action("Take over a runner...").click()
    expect(panel.runner_list.get_by_label("Search")).to_be_visible()
    look.at("15-runner-list")
    panel.runner_list.get_by_role("button", name="Cancel").click()
    stage.double.plan(Fault.close_before())
    panel.action("Take over a runner...").click()
    expect(panel.runner_list.get_by_role("alert")).to_be_visible()
    look.at("15-runner-list-error")
    panel.runner_list.get_by_role("button", name="Cancel").click()
    panel.page.evaluate("localStorage.clear()")
    panel.look_again()
    expect(panel.token_field).to_be_visible()
    look.at("16-stranger")


def _look_at_details(stage: Stage, panel: Panel, look: Look) -> None:
    # The one that is ours was made last.
    for name, status in (("Portrait", "completed"), (LONG, "failed"), ("W" * 60, "running")):
        stage.double.add_run(stage.double.runners()[0]["id"], name, status)
    panel.open_details()
    expect(panel.details.locator(".comfycontrol-workflows")).to_be_visible()
    look.at("12-details")
    # As on a page without https, where there is no clipboard.
    panel.page.evaluate("Object.defineProperty(navigator, 'clipboard', { configurable: true, value: undefined })")
    panel.details.get_by_role("button", name="Copy diagnostics").click()
    expect(panel.details.get_by_label("Copy the diagnostics from here")).to_be_focused()
    look.at("12-details-diagnostics")
    panel.details.get_by_role("button", name="Disconnect...").click()
    expect(panel.question).to_be_visible()
    look.at("12-details-disconnect")
    panel.question.get_by_role("button", name="Cancel").click()
    panel.details.get_by_role("button", name="Close").click()


def test_pictures_for_people_who_have_not_seen_it(set_stage: SetStage) -> None:
    panel = set_stage(size=(1120, 900), check_address=True).open_connected()
    panel.page.mouse.move(5, 5)
    settings = panel.page.get_by_role("dialog").first
    settings.screenshot(path=OUTPUT / "readme-settings.png", animations="disabled")

    # As on a machine behind a tunnel, rather than on the one that runs the tests.
    address = {"url": "https://comfy.example.com", "source": "Cloudflare Tunnel", "certainty": "high", "note": ""}
    tags = ["gpu-rtx-4090", "vram-24gb", "linux"]
    kind = [{"code": "public_name", "severity": "ok", "sentence": "Public hostname."}]
    tunnel = {"run": "cloudflared", "downloads": "https://example.com"}
    suggested = {**address, "kind": kind, "headers": []}
    known = {"name": "Workstation", "endpoints": [suggested], "tags": tags, "tunnel": tunnel}
    proven = {"verdict": "proven", "message": "This address leads to this ComfyUI.", "next_step": ""}
    panel.page.route("**/comfycontrol/suggestions*", lambda route: route.fulfill(json=known))
    panel.page.route("**/comfycontrol/endpoint-check", lambda route: route.fulfill(json=proven))
    panel.open_form()
    expect(panel.field("Endpoint")).to_have_value("https://comfy.example.com")
    panel.suggested_tags.first.click()
    panel.field("Name").focus()
    panel.page.mouse.move(5, 5)
    panel.dialog.screenshot(path=OUTPUT / "readme-form.png", animations="disabled")

    panel.register()
    panel.expect_registered()
    panel.page.mouse.move(5, 5)
    expect(panel.toast("This instance is now registered as the runner")).to_have_count(0, timeout=10_000)
    settings.screenshot(path=OUTPUT / "readme-registered.png", animations="disabled")

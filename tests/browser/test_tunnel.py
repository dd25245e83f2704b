"""The tunnel as a person sees it at home; what the server says of it is told, and what is asked of it is real."""

from collections.abc import Iterator
from typing import Any

import pytest
from browser.panel import Panel
from browser.pool import StagePool, lent_stage
from browser.setting import ADDRESS
from browser.stage import Stage
from browser.told_states import told as told_state
from playwright.sync_api import Locator, Route, expect
from units.locale_files import english

TEXTS = english()["tunnel"]
INSTALLED = {"name": "cloudflared", "is_installed": True, "downloads": "https://example.com/"}
MISSING = {**INSTALLED, "is_installed": False, "command": "winget install --id Cloudflare.cloudflared"}
KIND = [{"code": "public_name", "severity": "ok", "sentence": "Public hostname."}]
QUICK = "https://words.trycloudflare.com"
OTHER = {"name": "ngrok", "is_installed": True, "downloads": "https://example.com/"}


@pytest.fixture(scope="module")
def home(host_kind: str, stage_pool: StagePool, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """A machine without a public address."""
    yield from lent_stage(host_kind, stage_pool, request.session, address="")


class Told:
    """What the server says of the tunnel from now on."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.asked: list[tuple[str, Any]] = []
        # The rest of the status.
        self.status: dict[str, Any] = panel.evaluate_module("instance.mjs", "({ instance }) => instance.status")
        self.be("off")
        panel.page.route("**/comfycontrol/tunnel", self._answer)
        panel.page.route("**/comfycontrol/status*", self._answer_status)

    def be(self, state: str, *, agents: tuple[dict[str, Any], ...] = (INSTALLED,), **more: Any) -> None:
        code = more.pop("code", state)
        texts = {name: text.replace("{agent}", "cloudflared") for name, text in TEXTS[code].items()}
        self._agents = agents
        self._tunnel = {"state": state, "code": code, **texts, "since": "2026-02-03T04:05:06Z", **more}

    def then(self, state: str, **more: Any) -> None:
        """The same, and the page is told that something has changed."""
        self.be(state, **more)
        self.panel.look_again()

    def click(self, name: str) -> None:
        """Press a button that asks something of the server, and wait until that is answered."""
        view = tunnel(self)
        with self.panel.page.expect_response("**/comfycontrol/tunnel"):
            view.get_by_role("button", name=name).click()

    def _answer(self, route: Route) -> None:
        request = route.request
        self.asked.append((request.method, request.post_data_json if request.method == "POST" else None))
        if request.method != "GET":
            self.be("starting" if request.method == "POST" else "off", agent="cloudflared")
        route.fulfill(json={"tunnel": self._tunnel, "agents": self._agents})

    def _answer_status(self, route: Route) -> None:
        wanted = {} if self._tunnel["state"] == "off" else {"tunnel": self._tunnel}
        route.fulfill(json={**self.status, **wanted})


@pytest.fixture
def told(home: Stage) -> Iterator[Told]:
    panel = home.panels[0] if home.panels else home.open_connected()
    told = Told(panel)
    yield told
    panel.page.unroute_all()
    panel.close_form()
    panel.look_again()


def tunnel(told: Told) -> Locator:
    if told.panel.form.count() == 0:
        told.panel.open_form()
    return told.panel.form.locator("comfycontrol-tunnel")


def test_one_click_opens_it_and_the_address_is_filled_in(home: Stage, told: Told) -> None:
    view = tunnel(told)
    home.picture("tunnel-off")
    told.click("Open a tunnel with cloudflared")
    # What there is to open is asked for once, and how it stands comes with the status.
    assert told.asked == [("GET", None), ("POST", {"agent": "cloudflared"})]
    for state in ("starting", "connecting", "waiting", "checking"):
        told.then(state, agent="cloudflared")
        expect(view).to_contain_text(TEXTS[state]["message"].replace("{agent}", "cloudflared"))
    home.picture("tunnel-under-way")
    suggestion = {"url": ADDRESS, "source": "Tunnel", "certainty": "high", "kind": KIND, "headers": [], "note": ""}

    def suggest(route: Route) -> None:
        answer = route.fetch().json()
        route.fulfill(json={**answer, "endpoints": [suggestion]})

    told.panel.page.route("**/comfycontrol/suggestions*", suggest)
    told.then("open", agent="cloudflared", address=ADDRESS)
    expect(told.panel.field("Endpoint")).to_have_value(ADDRESS)
    assert len(told.asked) == 2


def test_it_is_stopped_with_one_click(told: Told) -> None:
    told.then("connecting", agent="cloudflared")
    told.click("Stop the tunnel")
    expect(tunnel(told).get_by_role("button", name="Open a tunnel with cloudflared")).to_be_visible()
    assert told.asked == [("DELETE", None), ("GET", None)]


def test_without_an_agent_the_command_that_installs_one_is_shown(home: Stage, told: Told) -> None:
    told.be("off", agents=(MISSING,))
    view = tunnel(told)
    expect(view.locator("code")).to_have_text("winget install --id Cloudflare.cloudflared")
    expect(view.get_by_role("button", name="Open")).to_have_count(0)
    home.picture("tunnel-missing")
    told.be("off")
    told.panel.button("Look again").click()
    expect(view.get_by_role("button", name="Open a tunnel with cloudflared")).to_be_visible()


def test_of_several_agents_a_person_may_choose(told: Told) -> None:
    told.be("off", agents=(MISSING, OTHER, INSTALLED))
    told.click("Open a tunnel with ngrok")
    assert told.asked[-1] == ("POST", {"agent": "ngrok"})


@pytest.mark.parametrize("code", ["agent_refused", "not_closed", "agent_silent"])
def test_what_went_wrong_is_said_with_what_to_do(told: Told, code: str) -> None:
    told.then("failed", code=code, agent="cloudflared", said="dial tcp: no route")
    view = tunnel(told)
    expect(view.locator(".comfycontrol-problem")).to_contain_text(
        TEXTS[code]["message"].replace("{agent}", "cloudflared")
    )
    expect(view).to_contain_text("dial tcp: no route")
    told.click("Try again")
    assert told.asked == [("POST", {"agent": "cloudflared"})]


def test_a_server_that_does_not_answer_ends_in_words(told: Told) -> None:
    view = tunnel(told)
    expect(view.get_by_role("button", name="Open a tunnel with cloudflared")).to_be_visible()
    told.panel.page.route("**/comfycontrol/tunnel", lambda route: route.abort())
    view.get_by_role("button", name="Open a tunnel with cloudflared").click()
    expect(view).to_contain_text("This ComfyUI is not responding")
    told.panel.page.unroute("**/comfycontrol/tunnel")
    told = Told(told.panel)
    told.click("Try again")
    expect(view).not_to_contain_text("This ComfyUI is not responding")
    view.get_by_role("button", name="Open a tunnel with cloudflared").click()
    expect(view).to_contain_text(TEXTS["starting"]["message"])


def test_the_dialog_shows_a_tunnel_that_is_open(home: Stage, told: Told) -> None:
    told.then("open", agent="cloudflared", address=QUICK)
    details = told.panel.open_details()
    expect(details.locator("comfycontrol-tunnel")).to_contain_text(QUICK)
    # Its section says so, and nothing else does.
    expect(details.get_by_text("was opened")).to_have_count(0)
    home.picture("tunnel-details")
    told.then("not_connected", code="tunnel_not_connected", agent="cloudflared")
    expect(details.get_by_text("it is not connected to its service")).to_have_count(1)
    told.then("off")
    expect(details.locator("comfycontrol-tunnel")).to_have_count(0)
    details.get_by_role("button", name="Close").click()
    assert told.asked == []


ROWS = {
    "open": ({"state": "open", "address": QUICK}, ["The tunnel words.trycloudflare.com was opened"]),
    "under way": ({"state": "connecting"}, ["cloudflared is connecting."]),
    "no connection": (
        {"state": "not_connected", "code": "tunnel_not_connected", "address": QUICK},
        ["it is not connected to its service.", "Check this machine's internet connection."],
    ),
    "gone": ({"state": "gone"}, ["The tunnel is down", "Restarting automatically."]),
    "failed": ({"state": "failed", "code": "agent_setup"}, ["is not set up on this machine", "Follow its setup guide"]),
}


@pytest.mark.parametrize(("tunnel", "sentences"), ROWS.values(), ids=ROWS)
def test_the_row_says_how_the_tunnel_stands_and_what_to_do(
    home: Stage, told: Told, tunnel: dict[str, Any], sentences: list[str]
) -> None:
    told.then(**tunnel, agent="cloudflared")
    for sentence in sentences:
        expect(told.panel.instance_row.get_by_text(sentence)).to_have_count(1)
    home.picture(f"tunnel-row-{tunnel['state']}")
    # It asked for nothing but the status.
    assert told.asked == []


def test_the_row_says_once_that_the_tunnel_is_gone(told: Told) -> None:
    offline = {"verdict": "tunnel_offline", "may_still_work": False, **english()["verdicts"]["tunnel_offline"]}
    told.status = {**told_state("registered"), "address": offline}
    told.then("gone", agent="cloudflared")
    row = told.panel.instance_row
    expect(row).to_contain_text("The tunnel is down: cloudflared has stopped.")
    expect(row).not_to_contain_text("Restart the tunnel")
    told.status = told_state("not_reachable")
    told.then("starting", agent="cloudflared")
    expect(row).to_contain_text("The tunnel is starting.")
    expect(row).not_to_contain_text("Give it a public internet address")


def test_the_address_of_the_tunnel_is_not_said_again_where_the_runner_has_it(told: Told) -> None:
    status = told_state("registered", "ran")
    told.status = {**status, "runner": {**status["runner"], "endpoint": QUICK}}
    told.then("open", agent="cloudflared", address=QUICK)
    row = told.panel.instance_row
    expect(row).to_contain_text("The tunnel was opened")
    expect(row.get_by_text("words.trycloudflare.com")).to_have_count(1)

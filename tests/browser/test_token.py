"""The row "API token": what is said of a wrong one, and how it is entered, replaced and given up."""

from collections.abc import Callable, Iterator
from itertools import cycle

import pytest
from browser.panel import Panel
from browser.pool import StagePool, lent_stage
from browser.stage import Stage
from playwright.sync_api import Route, expect

from service_double import Fault

SetStage = Callable[..., Stage]

SETTING = "ComfyControl.ApiToken"
UNKNOWN = "cfc_thisTokenIsKnownToNobody0000"
PORTAL = "<!DOCTYPE html><title>Welcome to Hotel Wi-Fi</title><form>Log in</form>"


# Of one address only six may try within a minute; who comes through a proxy is told apart from who does not.
WAYS = cycle([{}, {"X-Forwarded-For": "192.0.2.1"}])


def stored(stage: Stage) -> str:
    return str(stage.settings().get(SETTING) or "")


def expect_refused(stage: Stage, panel: Panel, typed: str, sentence: str) -> None:
    expect(panel.token_alert).to_contain_text(sentence)
    expect(panel.token_field).to_have_value(typed)
    expect(panel.token_field).to_have_attribute("aria-invalid", "true")
    expect(panel.token_field).to_be_focused()
    expect(panel.state).to_have_text("Not connected")
    assert stored(stage) == ""


def expect_recovery(stage: Stage, panel: Panel) -> None:
    panel.token_field.press("End")
    panel.page.keyboard.type("x")
    expect(panel.token_alert).to_have_count(0)
    panel.connect(stage.token)
    expect(panel.state).to_have_text("Not registered")
    assert stored(stage)
    assert stage.token not in stored(stage)


@pytest.fixture(scope="class")
def shared_stage(host_kind: str, stage_pool: StagePool, request: pytest.FixtureRequest) -> Iterator[Stage]:
    """As new for each class: at most 10 tokens of strangers go from an instance to the service within a minute."""
    yield from lent_stage(host_kind, stage_pool, request.session)


@pytest.fixture
def unconnected(shared_stage: Stage) -> Iterator[Panel]:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_settings()
    shared_stage.contexts[0].set_extra_http_headers(next(WAYS))
    yield panel
    shared_stage.double.no_faults()
    if panel.token_button("Replace").count() > 0:
        panel.disconnect()


class TestWrongTokens:
    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            pytest.param("", "No API token was entered.", id="nothing"),
            pytest.param("cfc_cutIn two", "The token contains spaces or line breaks.", id="cut in two"),
            pytest.param("cfc_one cfc_two", "This text contains more than one API token", id="two of them"),
            pytest.param("thisTokenHasNoPrefix", "ComfyControl API tokens start with cfc_.", id="no prefix"),
            pytest.param("cfc_with-a-dash", "characters that ComfyControl API tokens never have", id="a dash in it"),
        ],
    )
    def test_what_is_no_token_is_found_without_asking_the_service(
        self, shared_stage: Stage, unconnected: Panel, typed: str, sentence: str
    ) -> None:
        shared_stage.double.forget_calls()
        unconnected.enter_token(typed)
        expect_refused(shared_stage, unconnected, typed, sentence)
        assert shared_stage.double.calls == []
        expect_recovery(shared_stage, unconnected)

    @pytest.mark.parametrize(
        ("expired", "words"),
        [pytest.param(False, "Invalid token", id="unknown"), pytest.param(True, "Token has expired", id="expired")],
    )
    def test_a_rejected_token_is_shown_with_the_words_of_the_service(
        self, shared_stage: Stage, unconnected: Panel, *, expired: bool, words: str
    ) -> None:
        double = shared_stage.double
        typed = double.add_token(shared_stage.account, expired=True) if expired else UNKNOWN
        unconnected.enter_token(typed)
        expect_refused(shared_stage, unconnected, typed, "rejected the API token: it is wrong, expired or revoked.")
        expect(unconnected.token_alert.locator("q")).to_have_text(words)
        expect_recovery(shared_stage, unconnected)

    def test_a_slow_answer_is_waited_for(self, shared_stage: Stage, unconnected: Panel) -> None:
        shared_stage.double.plan(Fault.slow(seconds=1.5, path="/v1/user"))
        unconnected.enter_token(shared_stage.token)
        expect(unconnected.token_row.get_by_role("button", name="Checking...")).to_be_visible()
        expect(unconnected.token_button("Replace")).to_be_visible()


def test_after_saving_the_next_step_gets_the_focus(shared_stage: Stage, unconnected: Panel) -> None:
    unconnected.connect(shared_stage.token)
    expect(unconnected.action("Register this instance...")).to_be_focused()


def test_a_double_click_on_save_does_not_press_what_is_in_its_place(shared_stage: Stage, unconnected: Panel) -> None:
    unconnected.token_field.fill(shared_stage.token)
    save = unconnected.token_button("Save").bounding_box()
    assert save
    mouse = unconnected.page.mouse
    mouse.click(save["x"] + save["width"] / 2, save["y"] + save["height"] / 2)
    expect(unconnected.token_button("Disconnect...")).to_be_visible()
    for clicks in (2, 1):
        expect(unconnected.question).to_have_count(0)
        mouse.down(click_count=clicks)
        mouse.up(click_count=clicks)
    expect(unconnected.question).to_be_visible()
    unconnected.question.get_by_role("button", name="Cancel").click()


def test_where_to_get_a_token_is_a_link(unconnected: Panel) -> None:
    link = unconnected.token_row.get_by_role("link", name="Get a token")
    expect(link).to_have_attribute("href", "https://comfycontrol.app")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")


class TestPastedTokens:
    @pytest.mark.parametrize("pasted", ["\ufeff Bearer {token} ", 'COMFYCONTROL_TOKEN="{token}"'])
    def test_the_token_in_it_is_taken(self, shared_stage: Stage, unconnected: Panel, pasted: str) -> None:
        unconnected.enter_token(pasted.format(token=shared_stage.token))
        expect(unconnected.token_button("Replace")).to_be_visible()

    def test_what_was_typed_can_be_seen(self, unconnected: Panel) -> None:
        expect(unconnected.token_field).to_have_attribute("type", "password")
        unconnected.token_button("Show").click()
        expect(unconnected.token_field).to_have_attribute("type", "text")
        unconnected.token_button("Hide").click()
        expect(unconnected.token_field).to_have_attribute("type", "password")


class TestWhenTheServiceIsAway:
    @pytest.mark.parametrize(
        ("fault", "sentence"),
        [
            pytest.param(Fault.answer(500, '{"status": 500, "message": "oops"}'), "(HTTP 500)", id="500"),
            pytest.param(Fault.answer(503, "Down", content_type="text/plain"), "(HTTP 503)", id="503"),
            pytest.param(Fault.close_before(times=2), "was refused or lost", id="connection closed"),
            pytest.param(Fault.answer(200, PORTAL, content_type="text/html"), "login or block page", id="portal"),
            pytest.param(Fault.redirect("https://login.example.com"), "responded (HTTP 302)", id="redirect"),
        ],
    )
    def test_it_is_said_and_the_token_can_be_saved_again(
        self, shared_stage: Stage, unconnected: Panel, fault: Fault, sentence: str
    ) -> None:
        shared_stage.double.plan(fault)
        unconnected.enter_token(shared_stage.token)
        expect_refused(shared_stage, unconnected, shared_stage.token, sentence)
        shared_stage.double.no_faults()
        unconnected.token_button("Save").click()
        expect(unconnected.token_button("Replace")).to_be_visible()
        assert stored(shared_stage)


def test_without_a_network_nothing_is_stored(set_stage: SetStage) -> None:
    # A name that by RFC 6761 never resolves.
    stage = set_stage(environment={"COMFYCONTROL_API_URL": "https://comfycontrol.invalid"})
    panel = stage.open_settings()
    panel.enter_token(stage.token)
    expect_refused(stage, panel, stage.token, "it has no internet connection or DNS is not working")


# As ComfyUI's server answers where the file cannot be written, and no answer at all.
NOT_SAVED: dict[str, Callable[[Route], None]] = {
    "ComfyUI could not save its settings, so the token was not stored.": lambda route: route.fulfill(status=500),
    "This ComfyUI is not responding.": lambda route: route.abort(),
}


@pytest.mark.parametrize(("sentence", "answer"), NOT_SAVED.items())
def test_a_token_that_comfyui_cannot_save_is_told_and_can_be_saved_later(
    stage: Stage, sentence: str, answer: Callable[[Route], None]
) -> None:
    panel = stage.open_settings()
    place = f"**/settings/{SETTING}"
    panel.page.route(place, lambda route: answer(route) if route.request.method == "POST" else route.fallback())
    panel.enter_token(stage.token)
    expect(panel.token_alert).to_contain_text(sentence)
    # The page hears only now that the service has taken the token.
    panel.look_again()
    expect(panel.token_alert).to_contain_text(sentence)
    expect(panel.token_field).to_have_value(stage.token)
    assert stored(stage) == ""
    panel.page.unroute(place)
    panel.connect(stage.token)
    expect(panel.state).to_have_text("Not registered")
    assert stored(stage)


@pytest.fixture
def connected(shared_stage: Stage) -> Iterator[Panel]:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
    yield panel
    if panel.token_button("Cancel").count() > 0:
        panel.token_button("Cancel").click()


class TestReplacing:
    def test_cancel_leaves_the_token_that_was(self, shared_stage: Stage, connected: Panel) -> None:
        before = stored(shared_stage)
        connected.token_button("Replace").click()
        expect(connected.token_field).to_be_focused()
        connected.page.keyboard.type("cfc_half")
        connected.token_button("Cancel").click()
        expect(connected.token_row).to_contain_text("Ada Lovelace")
        expect(connected.token_button("Replace")).to_be_focused()
        assert stored(shared_stage) == before

    def test_a_wrong_token_leaves_the_one_that_was(self, shared_stage: Stage, connected: Panel) -> None:
        before = stored(shared_stage)
        connected.token_button("Replace").click()
        connected.enter_token(UNKNOWN)
        expect(connected.token_alert).to_contain_text("rejected the API token")
        connected.look_again()
        expect(connected.token_field).to_have_value(UNKNOWN)
        assert stored(shared_stage) == before
        connected.token_button("Cancel").click()
        expect(connected.token_row).to_contain_text(f"cfc_...{shared_stage.token[-4:]}")
        expect(connected.state).to_have_text("Not registered")

    def test_a_token_of_another_account_is_refused(self, shared_stage: Stage, connected: Panel) -> None:
        double, before = shared_stage.double, stored(shared_stage)
        connected.token_button("Replace").click()
        connected.enter_token(double.add_token(double.add_account("Grace Hopper", tier="free")))
        expect(connected.token_alert).to_contain_text("belongs to another ComfyControl account")
        assert stored(shared_stage) == before

    def test_another_token_of_the_account_takes_its_place(self, shared_stage: Stage, connected: Panel) -> None:
        before = stored(shared_stage)
        other = shared_stage.double.add_token(shared_stage.account)
        connected.token_button("Replace").click()
        connected.enter_token(other)
        expect(connected.token_row).to_contain_text(f"cfc_...{other[-4:]}")
        assert stored(shared_stage) not in {"", before}
        shared_stage.double.revoke(shared_stage.token)
        connected.open_form()
        connected.register()
        connected.expect_registered()


def test_disconnecting_asks_first_and_says_that_the_runner_stays(stage: Stage) -> None:
    panel = stage.open_registered()
    before = stored(stage)
    panel.token_button("Disconnect...").click()
    expect(panel.question).to_contain_text("Disconnect this instance from ComfyControl?")
    expect(panel.question).to_contain_text('The runner "Workstation" (active) stays at ComfyControl')
    panel.question.get_by_role("button", name="Cancel").click()
    expect(panel.question).to_have_count(0)
    expect(panel.token_button("Replace")).to_be_focused()
    assert stored(stage) == before

    panel.disconnect()
    expect(panel.toast("Disconnected. The token was deleted from this instance.")).to_be_visible()
    expect(panel.token_field).to_have_value("")
    expect(panel.instance_row).not_to_contain_text("Workstation")
    assert stored(stage) == ""
    assert stage.runner()["name"] == "Workstation"


class TestWhatStrangersDoToTheSetting:
    @pytest.mark.parametrize(
        ("left", "sentence"),
        [
            pytest.param("", "is not connected to a ComfyControl account", id="wiped"),
            pytest.param("c3RyYW5nZXI", "can no longer be decrypted", id="replaced"),
        ],
    )
    def test_the_token_entered_again_recovers_the_runner(self, shared_stage: Stage, left: str, sentence: str) -> None:
        panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_registered()
        shared_stage.save_settings({SETTING: left})
        panel.reload()
        expect(panel.instance_row).to_contain_text(sentence)
        panel.connect(shared_stage.token)
        panel.expect_registered()
        expect(panel.instance_row).to_contain_text("Workstation")
        assert len(shared_stage.double.runners()) == 1


NOT_OURS = [
    pytest.param("{}", id="an empty object"),
    pytest.param("[]", id="a list"),
    pytest.param("null", id="null"),
    pytest.param('"ok"', id="a text"),
    pytest.param('{"owner_key": null, "sealed_token": "x", "account": {}, "token_hint": ""}', id="no key"),
    pytest.param('{"owner_key": {}, "sealed_token": "x", "account": {}, "token_hint": ""}', id="an object as key"),
    pytest.param('{"owner_key": "please log in", "sealed_token": "x", "account": {}, "token_hint": ""}', id="words"),
    pytest.param(PORTAL, id="a page"),
]


@pytest.mark.parametrize("body", NOT_OURS)
def test_an_answer_that_is_not_ours_becomes_no_owner_key(shared_stage: Stage, unconnected: Panel, body: str) -> None:
    page, place = unconnected.page, "**/comfycontrol/token"
    page.route(place, lambda route: route.fulfill(status=200, body=body, content_type="application/json"))
    try:
        unconnected.enter_token(shared_stage.token)
        expect(unconnected.token_alert).to_contain_text("Something other than the ComfyControl extension responded")
    finally:
        page.unroute(place)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('comfycontrol.ownerKey'))") == []
    assert stored(shared_stage) == ""


@pytest.mark.parametrize("body", ["{}", "null", '{"error": "log in"}'])
def test_an_answer_that_is_not_ours_becomes_no_state(unconnected: Panel, body: str) -> None:
    page, place = unconnected.page, "**/comfycontrol/status*"
    page.route(place, lambda route: route.fulfill(status=200, body=body, content_type="application/json"))
    try:
        unconnected.evaluate_module("instance.mjs", "({ instance }) => instance.update()")
        read = "({ instance }) => [instance.problem.code, instance.status.state]"
        known = unconnected.evaluate_module("instance.mjs", read)
    finally:
        page.unroute(place)
    assert known == ["page_misled", "not_connected"]

"""What is shown when the service refuses, is away, or is not the service; and that pressing again recovers."""

import json
from collections.abc import Iterator

import pytest
from browser.panel import Panel
from browser.stage import Stage
from playwright.sync_api import expect

from service_double import Fault

RUNNERS = "/v1/runner"
ONE_RUNNER = "/v1/runner/*"
PORTAL = "<!DOCTYPE html><title>Welcome to Hotel Wi-Fi</title><form>Log in</form>"
BLOCKED = "<!DOCTYPE html><h1>403 Forbidden</h1><p>Blocked by your administrator.</p>"
SECRET_MARKUP = "<b>bold</b> <img src=x onerror=\"document.title='hit'\">"


def said(status: int, message: str, method: str = "POST", path: str = RUNNERS, **headers: str) -> Fault:
    """The service's own form of an error."""
    body = json.dumps({"status": status, "message": message})
    return Fault.answer(status, body, headers=headers, method=method, path=path)


def page(status: int, html: str, method: str | None = "POST", path: str = RUNNERS, times: int | None = 1) -> Fault:
    return Fault.answer(status, html, content_type="text/html", method=method, path=path, times=times)


@pytest.fixture
def not_registered(shared_stage: Stage) -> Iterator[Panel]:
    """The form of an instance that was never registered."""
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
    panel.open_form()
    panel.field("Name").fill("Workstation")
    yield panel
    shared_stage.double.no_faults()
    panel.close_form()
    shared_stage.forget_runners()
    panel.look_again()
    expect(panel.state).to_have_text("Not registered")


class TestRegistering:
    @pytest.mark.parametrize(
        ("fault", "sentences"),
        [
            pytest.param(
                said(400, "name is on the list of reserved words"),
                ["did not accept these values.", "ComfyControl says:", "name is on the list of reserved words"],
                id="400",
            ),
            pytest.param(said(401, "Token has expired"), ["rejected the API token", "Create a new token"], id="401"),
            pytest.param(
                said(403, "Runner limit exceeded for your tier"),
                [
                    "You have reached your tier's runner limit",
                    "remove one in the ComfyControl dashboard",
                    "upgrade your tier",
                ],
                id="403 limit",
            ),
            pytest.param(said(429, "slow down", **{"Retry-After": "7"}), ["Wait 7 seconds"], id="429"),
            pytest.param(page(429, "<h1>Error 1015</h1>"), ["Wait 10 seconds"], id="429 of a proxy"),
            pytest.param(said(500, "database is away"), ["(HTTP 500)", "database is away"], id="500"),
            pytest.param(page(502, "<h1>Bad gateway</h1>"), ["(HTTP 502)", "wait a minute"], id="502 of a proxy"),
            pytest.param(page(403, BLOCKED), ["Something other than ComfyControl", "(HTTP 403)"], id="block page"),
            pytest.param(
                page(200, PORTAL, method=None, times=None),
                ["Something other than ComfyControl", "login or block page"],
                id="captive portal",
            ),
            pytest.param(Fault.close_before(method="POST"), ["the runner is not in your account"], id="closed before"),
        ],
    )
    def test_it_is_told_at_the_top_and_pressing_again_registers(
        self, shared_stage: Stage, not_registered: Panel, fault: Fault, sentences: list[str]
    ) -> None:
        shared_stage.double.plan(fault)
        not_registered.register()
        for sentence in sentences:
            expect(not_registered.alert).to_contain_text(sentence)
        expect(not_registered.alert).to_be_focused()
        expect(not_registered.alert).to_be_in_viewport()
        expect(not_registered.field("Name")).to_have_value("Workstation")
        assert shared_stage.double.runners() == []
        shared_stage.double.no_faults()
        not_registered.register()
        not_registered.expect_registered()
        assert shared_stage.runner()["name"] == "Workstation"

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param(Fault.close_after(method="POST"), id="connection closed"),
            pytest.param(Fault.answer_after_work(502, "<h1>Bad gateway</h1>", method="POST"), id="502 of a proxy"),
            pytest.param(Fault.answer_after_work(200, PORTAL, method="POST"), id="no answer of the service"),
        ],
    )
    def test_when_the_work_was_done_and_the_answer_lost_it_ends_as_registered(
        self, shared_stage: Stage, not_registered: Panel, fault: Fault
    ) -> None:
        shared_stage.double.plan(fault)
        not_registered.register()
        not_registered.expect_registered()
        assert shared_stage.runner()["name"] == "Workstation"

    def test_when_nobody_knows_whether_it_was_made_pressing_again_offers_it(
        self, shared_stage: Stage, not_registered: Panel
    ) -> None:
        # Of two listings the first comes before the runner is made, and the second looks whether it was.
        shared_stage.double.plan(Fault.slow(seconds=0, method="GET", path=RUNNERS))
        shared_stage.double.plan(Fault.close_after(method="POST"))
        shared_stage.double.plan(page(502, "<h1>Bad gateway</h1>", method="GET"))
        not_registered.register()
        expect(not_registered.alert).to_contain_text("It is not known whether the runner was created")
        not_registered.register()
        not_registered.form.get_by_role("button", name="Take it over").click()
        not_registered.expect_registered()
        assert shared_stage.runner()["name"] == "Workstation"

    def test_words_of_the_service_are_text(self, shared_stage: Stage, not_registered: Panel) -> None:
        shared_stage.double.plan(said(400, SECRET_MARKUP))
        not_registered.register()
        expect(not_registered.alert.locator("q")).to_have_text(SECRET_MARKUP)
        expect(not_registered.form.locator("img, b")).to_have_count(0)
        assert not_registered.page.title() != "hit"


class TestWhenTheAccountHasThisEndpoint:
    def test_one_is_offered_and_taken_over(self, shared_stage: Stage, not_registered: Panel) -> None:
        endpoint = f"{shared_stage.address}/"
        there = shared_stage.double.add_runner(shared_stage.account, name=SECRET_MARKUP, endpoint=endpoint)
        not_registered.register()
        choice = not_registered.form.locator(".comfycontrol-choice")
        expect(choice).to_contain_text("Your account already has a runner with this endpoint")
        expect(choice).to_contain_text(SECRET_MARKUP)
        expect(choice).to_be_focused()
        choice.get_by_role("button", name="Take it over").click()
        not_registered.expect_registered()
        assert shared_stage.runner()["id"] == there["id"]
        assert shared_stage.runner()["name"] == "Workstation"

    def test_the_one_that_was_chosen_of_several_is_taken_over(self, shared_stage: Stage, not_registered: Panel) -> None:
        add, endpoint = shared_stage.double.add_runner, shared_stage.address
        ids = {name: add(shared_stage.account, name=name, endpoint=endpoint)["id"] for name in ("Old", "Older")}
        add(shared_stage.account, name="Elsewhere", endpoint="https://elsewhere.example.com")
        not_registered.register()
        choice = not_registered.form.locator(".comfycontrol-choice")
        expect(choice.get_by_role("listitem")).to_have_count(2)
        choice.get_by_role("button", name="Take it over: Older").click()
        not_registered.expect_registered()
        names = {each["id"]: each["name"] for each in shared_stage.double.runners()}
        assert len(names) == 3
        assert names[ids["Older"]] == "Workstation"
        assert names[ids["Old"]] == "Old"

    def test_a_second_one_is_made_when_asked_for(self, shared_stage: Stage, not_registered: Panel) -> None:
        shared_stage.double.add_runner(shared_stage.account, name="Old", endpoint=shared_stage.address)
        not_registered.register()
        not_registered.button("Create a second runner").click()
        not_registered.expect_registered()
        assert sorted(each["name"] for each in shared_stage.double.runners()) == ["Old", "Workstation"]


@pytest.fixture
def registered(shared_stage: Stage) -> Iterator[Panel]:
    """The form of a runner, with a new name typed."""
    stage = shared_stage
    panel = stage.registered_anew()
    panel.open_form()
    panel.field("Name").fill("Renamed")
    yield panel
    stage.double.no_faults()
    panel.close_form()


class TestChanging:
    @pytest.mark.parametrize(
        ("fault", "sentences"),
        [
            pytest.param(said(401, "Invalid token", "PUT", ONE_RUNNER), ["rejected the API token"], id="401"),
            pytest.param(said(403, "forbidden", "PUT", ONE_RUNNER), ["does not allow this with your token"], id="403"),
            pytest.param(said(429, "slow", "PUT", ONE_RUNNER), ["Wait 10 seconds"], id="429"),
            pytest.param(said(500, "oops", "PUT", ONE_RUNNER), ["(HTTP 500)"], id="500"),
            pytest.param(page(200, PORTAL, "PUT", ONE_RUNNER), ["login or block page"], id="captive portal"),
            pytest.param(page(404, BLOCKED, "PUT", ONE_RUNNER), ["(HTTP 404)"], id="block page"),
            pytest.param(Fault.close_before(method="PUT"), ["was refused or lost"], id="closed before"),
            pytest.param(Fault.close_after(method="PUT"), ["was refused or lost"], id="closed after"),
        ],
    )
    def test_it_is_told_at_the_top_and_pressing_again_changes_it(
        self, shared_stage: Stage, registered: Panel, fault: Fault, sentences: list[str]
    ) -> None:
        shared_stage.double.plan(fault)
        registered.button("Save changes").click()
        for sentence in sentences:
            expect(registered.alert).to_contain_text(sentence)
        expect(registered.field("Name")).to_have_value("Renamed")
        registered.button("Save changes").click()
        registered.expect_registered()
        assert shared_stage.runner()["name"] == "Renamed"

    def test_a_refusal_of_the_one_value_that_was_sent_is_told_at_its_field(
        self, shared_stage: Stage, registered: Panel
    ) -> None:
        shared_stage.double.plan(said(400, "this name is taken", "PUT", ONE_RUNNER))
        registered.button("Save changes").click()
        expect(registered.fault_of("Name")).to_contain_text("this name is taken")
        expect(registered.field("Name")).to_be_focused()
        expect(registered.alert).to_have_count(0)

    def test_a_refusal_of_one_of_several_values_is_told_at_the_top(
        self, shared_stage: Stage, registered: Panel
    ) -> None:
        registered.add_tag("fast")
        shared_stage.double.plan(said(400, "too many of something", "PUT", ONE_RUNNER))
        registered.button("Save changes").click()
        expect(registered.alert).to_contain_text("too many of something")

    def test_a_runner_that_is_gone_can_be_registered_anew_from_the_same_form(
        self, shared_stage: Stage, registered: Panel
    ) -> None:
        shared_stage.double.remove_runner(shared_stage.runner()["id"])
        registered.button("Save changes").click()
        expect(registered.alert).to_contain_text("no longer has this instance's runner")
        registered.register()
        registered.expect_registered()
        assert shared_stage.runner()["name"] == "Renamed"

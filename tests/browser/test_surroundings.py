"""Where ComfyUI's page is not simply at the root of its host: behind proxies, with users, with other switches on."""

from collections.abc import Callable

import requests
from browser.stage import Stage
from playwright.sync_api import BrowserContext, Route, expect

from comfy_host.sub_path_proxy import SubPathProxy
from service_double import Fault

SetStage = Callable[..., Stage]

UNKNOWN = "cfc_thisTokenIsKnownToNobody0000"
AWAY = (
    (Fault.answer(500), "ComfyControl returned an error"),
    (Fault.close_before(), "The connection to ComfyControl was refused or lost"),
    (
        Fault.answer(200, "<!DOCTYPE html><title>Welcome to Hotel Wi-Fi</title>"),
        "Something other than ComfyControl responded",
    ),
)
OWNER_KEYS = "() => Object.keys(localStorage).filter((name) => name.startsWith('comfycontrol.ownerKey')).sort()"


def test_behind_a_sub_path_the_whole_story_works_and_the_endpoint_keeps_the_path(set_stage: SetStage) -> None:
    stage = set_stage(address="")
    with SubPathProxy(stage.host.url, "/gpu/one") as proxy:
        stage.url = proxy.url
        panel = stage.open_connected()
        panel.open_form()
        panel.let_anybody_in()
        panel.form.get_by_role("radio", name=proxy.url.rstrip("/")).check()
        expect(panel.field("Endpoint")).to_have_value(proxy.url.rstrip("/"))
        stage.picture("behind-a-sub-path")
        panel.register()
        expect(panel.state).to_have_text("Not reachable from the internet")
        assert stage.runner()["endpoint"] == proxy.url.rstrip("/")
        panel.reload()
        expect(panel.state).to_have_text("Not reachable from the internet")
        panel.open_form()
        panel.field("Name").fill("Renamed")
        panel.button("Save changes").click()
        expect(panel.instance_row).to_contain_text("Renamed")
        assert panel.faults == []


def test_behind_a_proxy_that_replaces_bad_gateways_every_reason_is_still_told(stage: Stage) -> None:
    with SubPathProxy(stage.host.url, "/gpu/one", replaces_bodies=True) as proxy:
        stage.url = proxy.url
        panel = stage.open_settings()
        panel.enter_token(UNKNOWN)
        expect(panel.token_alert).to_contain_text("ComfyControl rejected the API token")
        for fault, sentence in AWAY:
            stage.double.plan(fault)
            panel.enter_token(stage.token)
            expect(panel.token_alert).to_contain_text(sentence)
            stage.double.no_faults()
        panel.connect(stage.token)
        panel.open_form()
        panel.field("Name").fill("Workstation")
        stage.double.plan(Fault.answer(503, method="POST"))
        panel.register()
        expect(panel.alert).to_contain_text("ComfyControl returned an error")
        stage.double.no_faults()
        panel.register()
        panel.expect_registered()
        stage.double.plan(Fault.answer(401, '{"status": 401, "message": "Unauthorized"}'))
        panel.refresh()
        expect(panel.state).to_have_text("Token rejected")


def test_two_instances_under_one_origin_do_not_lose_each_others_owner(set_stage: SetStage) -> None:
    one, two = set_stage(), set_stage()
    with SubPathProxy(one.host.url, "/gpu/one") as first, SubPathProxy(two.host.url, "/gpu/two") as second:
        gateway = first.url.removesuffix("/gpu/one/")
        behind = second.url.removesuffix("/gpu/two/")
        one.url, two.url = first.url, f"{gateway}/gpu/two/"
        context = one.new_browser()
        _lead(context, f"{gateway}/gpu/two/", f"{behind}/gpu/two/")
        at_one = one.open(context)
        at_one.open_settings()
        at_one.connect(one.token)
        at_two = two.open(context)
        at_two.open_settings()
        expect(at_two.state).to_have_text("Not connected")
        at_two.connect(two.token)
        for panel in (at_one, at_two):
            panel.look_again()
            expect(panel.state).to_have_text("Not registered")
            expect(panel.token_row).to_contain_text("Ada Lovelace")
        assert at_one.page.evaluate(OWNER_KEYS) == ["comfycontrol.ownerKey:/gpu/one", "comfycontrol.ownerKey:/gpu/two"]


def test_with_switches_that_change_every_answer_the_story_works(set_stage: SetStage) -> None:
    # A content security policy, and cross-origin headers.
    stage = set_stage(disable_api_nodes=True, enable_cors_header="*")
    panel = stage.open_registered()
    expect(panel.instance_row).to_contain_text("Workstation")
    expect(panel.instance_row.locator(".comfycontrol-primary")).to_have_css("border-top-left-radius", "8px")
    assert panel.faults == []


def test_each_user_of_comfyui_has_settings_of_their_own(set_stage: SetStage) -> None:
    stage = set_stage(multi_user=True)
    ada, bob = (_add_user(stage, name) for name in ("Ada", "Bob"))
    panel = stage.open(_browser_of(stage, ada, "Ada"))
    panel.open_settings()
    panel.connect(stage.token)
    panel.open_form()
    panel.field("Name").fill("Workstation")
    panel.register()
    panel.expect_registered()
    assert stage.settings(ada)["ComfyControl.ApiToken"]
    assert not stage.settings(bob).get("ComfyControl.ApiToken")

    other = stage.open(_browser_of(stage, bob, "Bob"))
    other.open_settings()
    expect(other.state).to_have_text("Registered")
    expect(other.instance_row).not_to_contain_text("Workstation")
    other.connect(stage.token)
    expect(other.instance_row).to_contain_text("Workstation")
    assert stage.settings(bob)["ComfyControl.ApiToken"] != stage.settings(ada)["ComfyControl.ApiToken"]
    panel.look_again()
    expect(panel.state).to_have_text("Registered")


def _lead(context: BrowserContext, here: str, there: str) -> None:
    """Let requests for one path go elsewhere, as a gateway does. Sockets do not pass; the page works without."""

    def elsewhere(route: Route) -> None:
        route.continue_(url=route.request.url.replace(here, there, 1))

    context.route(f"{here}**", elsewhere)


def _add_user(stage: Stage, name: str) -> str:
    answer = requests.post(f"{stage.host.url}/users", json={"username": name}, timeout=10)
    answer.raise_for_status()
    user = str(answer.json())
    settings = {"Comfy.TutorialCompleted": True}
    stage.save_settings(settings, user)
    return user


def _browser_of(stage: Stage, user: str, name: str) -> BrowserContext:
    """A browser in which this user was chosen on ComfyUI's start page."""
    context = stage.new_browser()
    context.add_init_script(f"localStorage['Comfy.userId'] = '{user}'; localStorage['Comfy.userName'] = '{name}';")
    return context

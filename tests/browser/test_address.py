"""Whether the address in the form leads to this very ComfyUI, with what may stand between it and the internet."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from browser.fronts import Front
from browser.panel import OPENS_FORM, Panel
from browser.setting import ADDRESS
from browser.stage import Stage
from playwright.sync_api import Locator, Route, expect
from units.address_check.certificates import Authority
from units.locale_files import english

from comfycontrol_pack.comfycontrol.address_check.verdicts import MAY_STILL_WORK

SetStage = Callable[..., Stage]

NAME = "comfy.example.com"
IP = "8.8.8.8"
KEY = ("X-Gateway-Key", "open-sesame-4711")


def on_the_internet(front: Front, *, tls: bool = False) -> dict[str, str]:
    """A host's environment in which the name leads to the front."""
    ways = {"names": {NAME: IP}, "ports": {f"{IP}:{443 if tls else 80}": front.port}}
    return {"SMALL_INTERNET": json.dumps(ways)}


def verdict(panel: Panel) -> Locator:
    return panel.form.locator(".comfycontrol-verdict").first


def check(panel: Panel, endpoint: str) -> Locator:
    panel.field("Endpoint").fill(endpoint)
    panel.button("Check").click()
    return verdict(panel)


def open_form(stage: Stage) -> Panel:
    panel = stage.open_connected()
    panel.open_form()
    return panel


def open_form_at_home(stage: Stage) -> Panel:
    """Once it is at rest: the guard is switched on by itself, and the command below then leads to another port."""
    panel = open_form(stage)
    guard = panel.form.get_by_label("Let only ComfyControl in")
    expect(guard).to_be_checked()
    expect(guard).not_to_have_attribute("aria-busy", "true")
    return panel


@pytest.fixture
def set_stage_behind(set_stage: SetStage, tmp_path: Path) -> SetStage:
    """A stage whose host is reached from the internet through a front."""

    def make(
        stack: ExitStack, *, tls: bool = False, check_address: bool = False, address: str = ADDRESS, **front: object
    ) -> Stage:
        if tls:
            front["tls"] = Authority(tmp_path).server(NAME, self_signed=True)
        before = stack.enter_context(Front(**front))  # type: ignore[arg-type]
        environment = on_the_internet(before, tls=tls)
        stage = set_stage(environment=environment, check_address=check_address, address=address)
        before.target = stage.host.url
        return stage

    return make


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_the_address_that_leads_here_is_said_to(set_stage_behind: SetStage, stack: ExitStack) -> None:
    stage = set_stage_behind(stack)
    panel = open_form(stage)
    expect(check(panel, f"http://{NAME}")).to_contain_text("This address leads to this ComfyUI")
    stage.picture("address-proven")


def test_under_a_sub_path_the_right_address_is_found_and_one_click_takes_it(
    set_stage_behind: SetStage, stack: ExitStack
) -> None:
    panel = open_form(set_stage_behind(stack, prefix="/gpu/one"))
    expect(check(panel, f"http://{NAME}/gpu/one")).to_contain_text("This address leads to this ComfyUI")
    expect(check(panel, f"http://{NAME}/gpu/one/api")).to_contain_text("leads to this ComfyUI")
    expect(check(panel, f"http://{NAME}/gpu/one/models")).not_to_contain_text("This address leads to this ComfyUI")
    panel.form.get_by_role("button", name=f"http://{NAME}/gpu/one").click()
    expect(panel.field("Endpoint")).to_have_value(f"http://{NAME}/gpu/one")


def test_a_gateway_that_demands_a_header_says_so_until_it_is_given(
    set_stage_behind: SetStage, stack: ExitStack
) -> None:
    stage = set_stage_behind(stack, demanded=KEY)
    panel = open_form(stage)
    expect(check(panel, f"http://{NAME}")).to_contain_text("header")
    expect(verdict(panel)).not_to_contain_text("This address leads to this ComfyUI")
    stage.picture("address-needs-header")
    panel.add_header(*KEY)
    panel.button("Check").click()
    expect(verdict(panel)).to_contain_text("This address leads to this ComfyUI")


def test_a_certificate_of_ones_own_is_named(set_stage_behind: SetStage, stack: ExitStack) -> None:
    panel = open_form(set_stage_behind(stack, tls=True))
    expect(check(panel, f"https://{NAME}")).to_contain_text("certificate")


def test_a_login_page_is_not_taken_for_comfyui(set_stage_behind: SetStage, stack: ExitStack) -> None:
    page = "<html><form action='/login'><input type='password' name='password'></form></html>"
    panel = open_form(set_stage_behind(stack, page=page))
    expect(check(panel, f"http://{NAME}")).to_be_visible()
    expect(verdict(panel)).not_to_contain_text("This address leads to this ComfyUI")


def test_the_address_of_another_instance_is_recognised(set_stage: SetStage, stack: ExitStack) -> None:
    other = set_stage("1.49.6")
    front = stack.enter_context(Front(other.host.url))
    panel = open_form(set_stage(environment=on_the_internet(front)))
    expect(check(panel, f"http://{NAME}")).to_contain_text("Another ComfyUI with this extension")


def test_registering_checks_first_and_one_more_click_registers_all_the_same(
    set_stage_behind: SetStage, stack: ExitStack
) -> None:
    stage = set_stage_behind(stack, demanded=KEY, check_address=True)
    panel = open_form(stage)
    panel.field("Endpoint").fill(f"http://{NAME}")
    panel.register()
    expect(panel.button("Register anyway")).to_be_visible()
    expect(verdict(panel)).to_contain_text("needs a header")
    # Whoever calls from outside meets the same gateway.
    expect(verdict(panel)).not_to_contain_text("may still be able to reach it")
    stage.picture("address-register-anyway")
    # Enter, pressed without reading, is another check and no more.
    for label in ("Endpoint", "Name"):
        expect(panel.button("Register anyway")).to_be_enabled()
        panel.field(label).focus()
        with panel.page.expect_response("**/comfycontrol/endpoint-check"):
            panel.page.keyboard.press("Enter")
        expect(panel.field("Endpoint")).to_be_focused()
    assert stage.double.runners() == []
    panel.button("Register anyway").click()
    panel.expect_registered()
    assert stage.runner()["endpoint"] == f"http://{NAME}"
    expect(panel.state).to_have_attribute("data-claim", "unproven")
    expect(panel.instance_row).to_contain_text("requires a login")
    stage.picture("row-unproven")


def test_an_address_that_is_proven_registers_with_one_click_and_the_row_says_what_is_known(
    set_stage_behind: SetStage, stack: ExitStack
) -> None:
    stage = set_stage_behind(stack, check_address=True)
    panel = open_form(stage)
    # Of what stands in the field already, it is not said that it is to be used.
    expect(check(panel, f"http://{NAME}")).to_contain_text("This address leads to this ComfyUI.")
    expect(verdict(panel)).not_to_contain_text("Use it as the endpoint")
    panel.register()
    panel.expect_registered()
    assert stage.runner()["endpoint"] == f"http://{NAME}"
    expect(panel.state).to_have_attribute("data-claim", "reached")
    expect(panel.instance_row).to_contain_text("It is not known yet whether ComfyControl can reach it.")
    stage.picture("row-reached")


def test_at_home_the_form_shows_the_way_to_an_address(set_stage: SetStage) -> None:
    stage = set_stage(address="")
    panel = open_form_at_home(stage)
    port = int(stage.host.url.rsplit(":", 1)[1])
    warning = panel.form.get_by_text("Anyone who learns this address can use this ComfyUI.")
    expect(panel.form).to_contain_text("ComfyControl needs a public internet address to reach this ComfyUI.")
    # That of the guarded port, which is on by itself.
    expect(panel.form).not_to_contain_text(f"cloudflared tunnel --url http://localhost:{port}")
    expect(panel.form).to_contain_text("cloudflared tunnel --url http://localhost:")
    expect(warning).to_be_hidden()
    panel.let_anybody_in()
    expect(panel.form).to_contain_text(f"cloudflared tunnel --url http://localhost:{port}")
    panel.form.locator("summary").click()
    expect(warning).to_be_visible()
    expect(panel.field("Endpoint")).to_have_value("")
    stage.picture("form-at-home")
    expect(panel.form.get_by_role("link", name="How to install it")).to_be_visible()
    guide = panel.form.get_by_role("link", name="No public address? How to get one")
    expect(guide).to_have_attribute("href", re.compile(r"^https://.+/docs/using\.md#for-you-at-home$"))
    panel.button("Register").click()
    expect(panel.field("Endpoint")).to_be_focused()
    assert stage.double.runners() == []

    again = panel.form.get_by_role("button", name="Look again")
    again.click()
    expect(panel.toast("No public address found")).to_be_visible()
    expect(again).to_be_focused()

    # Somebody has started a tunnel meanwhile.
    kind = [{"code": "public_name", "severity": "ok", "sentence": "Public hostname."}]
    found = {"url": f"https://{NAME}", "source": "cloudflared", "certainty": "high", "headers": [], "note": ""}
    tunnel = {"run": "cloudflared", "downloads": "https://example.com"}
    answer = {"name": "pc", "endpoints": [{**found, "kind": kind}], "tags": [], "tunnel": tunnel}
    panel.page.route("**/comfycontrol/suggestions*", lambda route: route.fulfill(json=answer))
    again.click()
    expect(panel.field("Endpoint")).to_have_value(f"https://{NAME}")
    expect(panel.field("Endpoint")).to_be_focused()
    expect(panel.form.get_by_text("ComfyControl needs a public internet address to reach this ComfyUI.")).to_be_hidden()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_an_address_that_only_this_computer_can_open_is_never_green(set_stage: SetStage, theme: str) -> None:
    stage = set_stage(address="", check_address=True, theme=theme)
    panel = open_form_at_home(stage)
    expect(check(panel, stage.host.url)).to_contain_text("Only this computer can open this address.")
    expect(verdict(panel)).not_to_contain_text("may still be able to reach it")
    panel.button("Register anyway").or_(panel.button("Register")).click()
    expect(panel.form).to_have_count(0)
    expect(panel.state).to_have_text("Not reachable from the internet")
    expect(panel.toast("ComfyControl cannot send it workflows")).to_be_visible()
    expect(panel.instance_row.locator(".comfycontrol-primary")).to_have_text("Edit...")
    stage.picture("not-reachable")
    panel.reload()
    expect(panel.state).to_have_text("Not reachable from the internet")
    expect(panel.open_details()).to_contain_text("Give it a public internet address")


@pytest.mark.parametrize("code", sorted(MAY_STILL_WORK))
def test_that_comfycontrol_may_still_reach_it_is_said_once(stage: Stage, code: str) -> None:
    panel = open_form(stage)
    found = {"verdict": code, "may_still_work": True, **english()["verdicts"][code]}
    panel.page.route("**/comfycontrol/endpoint-check", lambda route: route.fulfill(json=found))
    told = check(panel, "https://comfy.example.com")
    expect(told).to_contain_text(found["message"])
    assert told.inner_text().count("ComfyControl may still be able to reach it") == 1


def test_what_was_found_out_is_gone_when_the_address_changes(stage: Stage) -> None:
    panel = open_form(stage)
    expect(check(panel, stage.host.url)).to_be_visible()
    panel.field("Endpoint").press_sequentially("x")
    expect(verdict(panel)).to_have_count(0)


def test_a_platform_fills_in_its_address_and_says_where_it_is_from(set_stage: SetStage) -> None:
    stage = set_stage(address="", environment={"RUNPOD_POD_ID": "abc123xyz"})
    panel = open_form(stage)
    port = stage.host.url.rsplit(":", 1)[1]
    expect(panel.field("Endpoint")).to_have_value(f"https://abc123xyz-{port}.proxy.runpod.net")
    pod, page = (panel.addresses.nth(place) for place in range(2))
    expect(pod).to_be_checked()
    expect(pod).to_have_accessible_description(re.compile("RunPod. Certain."))
    stage.picture("address-suggestions")
    page.check()
    expect(page).to_have_accessible_description(re.compile("Not reachable from the internet."))
    expect(panel.field("Endpoint")).to_have_value(stage.host.url)
    panel.field("Endpoint").fill("https://comfy.example.com")
    expect(panel.form.get_by_role("radio", checked=True)).to_have_count(0)


def test_the_best_address_is_checked_by_itself_once(set_stage_behind: SetStage, stack: ExitStack) -> None:
    stage = set_stage_behind(stack, check_address=True, address=f"http://{NAME}")
    panel = stage.open_connected()
    checks: list[str] = []
    panel.page.on("request", lambda request: checks.append(request.url) if request.url.endswith("check") else None)
    panel.open_form()
    expect(verdict(panel)).to_contain_text("This address leads to this ComfyUI")
    panel.form.get_by_role("radio", name=stage.host.url).check()
    panel.form.get_by_role("radio", name=f"http://{NAME}").check()
    expect(verdict(panel)).to_have_count(0)
    assert len(checks) == 1
    panel.close_form()
    panel.open_form()
    expect(verdict(panel)).to_contain_text("This address leads to this ComfyUI")
    panel.register()
    panel.expect_registered()
    # What is known already is not asked again.
    assert len(checks) == 2


def test_what_was_checked_by_itself_in_vain_is_checked_again_before_it_is_registered(
    set_stage_behind: SetStage, stack: ExitStack
) -> None:
    stage = set_stage_behind(stack, demanded=KEY, check_address=True, address=f"http://{NAME}")
    panel = open_form(stage)
    expect(verdict(panel)).to_contain_text("needs a header")
    panel.button("Register").click()
    expect(panel.field("Endpoint")).to_be_focused()
    expect(panel.button("Register anyway")).to_be_visible()
    assert stage.double.runners() == []


def test_an_address_that_changes_is_followed_unless_a_person_does_not_want_it(set_stage: SetStage) -> None:
    # Whoever follows an address never ends.
    stage = set_stage(address="", environment={"RUNPOD_POD_ID": "abc123xyz"}, alone=True)
    panel = open_form(stage)
    pod, page = (panel.addresses.nth(place) for place in range(2))
    expect(panel.keeps_address).to_be_checked()
    page.check()
    expect(panel.keeps_address).not_to_be_checked()
    pod.check()
    expect(panel.keeps_address).to_be_checked()
    panel.register()
    panel.expect_registered()
    setting = panel.page.get_by_role("switch", name="Keep the address up to date")
    expect(setting).to_be_checked()

    panel.open_form()
    expect(panel.keeps_address).to_be_checked()
    panel.keeps_address.uncheck()
    stage.double.forget_calls()
    panel.button("Save changes").click()
    expect(panel.form).to_have_count(0)
    expect(setting).not_to_be_checked()
    assert stage.double.calls_of("PUT") == []
    panel.open_form()
    expect(panel.keeps_address).not_to_be_checked()
    panel.close_form()


def test_what_a_person_typed_is_never_overwritten(set_stage: SetStage) -> None:
    stage = set_stage(address="", environment={"RUNPOD_POD_ID": "abc123xyz"})
    panel = stage.open_connected()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    panel.page.route("**/comfycontrol/suggestions*", hold)
    with panel.page.expect_request("**/comfycontrol/suggestions*"):
        panel.instance_row.locator(OPENS_FORM).first.click()
    panel.field("Endpoint").fill("https://typed.example.com")
    held[0].continue_()
    expect(panel.form.locator(".comfycontrol-addresses")).to_contain_text("RunPod")
    expect(panel.field("Endpoint")).to_have_value("https://typed.example.com")


def test_a_platform_without_a_usable_address_says_what_to_do(set_stage: SetStage) -> None:
    panel = open_form(set_stage(environment={"COLAB_RELEASE_TAG": "release-colab"}))
    expect(panel.form.locator(".comfycontrol-addresses")).to_contain_text("Start a tunnel")


def test_a_header_that_the_address_needs_is_offered_and_not_added_silently(set_stage: SetStage) -> None:
    environment = {
        "COMFYCONTROL_ENDPOINT": "https://quiet-owl.ngrok-free.app",
    }
    panel = open_form(set_stage(environment=environment))
    expect(panel.field("Endpoint")).to_have_value("https://quiet-owl.ngrok-free.app")
    expect(panel.form.locator(".comfycontrol-header")).to_have_count(0)
    panel.button("Add it").click()
    expect(panel.form.get_by_label("Header name")).to_have_value("ngrok-skip-browser-warning")
    expect(panel.form.get_by_label("Header value", exact=True)).to_have_value("1")

"""The guarded port as a person sees it: switched on in the form, proven, changed, and off again."""

import json
import socket
from collections.abc import Callable, Iterator

import pytest
import requests
from browser.panel import Panel
from browser.setting import ADDRESS
from browser.stage import Stage
from playwright.sync_api import Locator, expect

from comfy_host.process import free_port

SetStage = Callable[..., Stage]
KEY = "X-ComfyControl-Key"
SWITCH = "Let only ComfyControl in"
OPEN = "Anyone who finds this address can use this ComfyUI."
GUARDED = "Guarded: only ComfyControl can get in at this address."
NAME = ADDRESS.rpartition("/")[2]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def stage(set_stage: SetStage, port: int) -> Iterator[Stage]:
    """The machine's public name leads to the guarded port, as a tunnel that was pointed there."""
    there = {"ports": {"9.9.9.9:80": port}}
    environment = {"COMFYCONTROL_GATEWAY_PORT": str(port), "SMALL_INTERNET": json.dumps(there)}
    stage = set_stage(check_address=True, environment=environment)
    stage.double.resolve[NAME] = f"127.0.0.1:{port}"
    yield stage
    assert stage.double.complaints == []


def switch(panel: Panel) -> Locator:
    return panel.form.get_by_label(SWITCH)


def open_form(stage: Stage) -> Panel:
    panel = stage.open_connected()
    panel.open_form()
    expect(panel.field("Endpoint")).not_to_have_value("")
    return panel


def register_guarded(stage: Stage, port: int) -> Panel:
    panel = open_form(stage)
    switch(panel).check()
    expect(panel.form).to_contain_text(f"cloudflared tunnel --url http://localhost:{port}")
    panel.register()
    panel.expect_registered()
    return panel


def status_without_key(port: int) -> int:
    return requests.get(f"http://127.0.0.1:{port}/prompt", timeout=10).status_code


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_only_comfycontrol_gets_in_and_runs_a_workflow(set_stage: SetStage, port: int, theme: str) -> None:
    there = {"ports": {"9.9.9.9:80": port}}
    environment = {"COMFYCONTROL_GATEWAY_PORT": str(port), "SMALL_INTERNET": json.dumps(there)}
    stage = set_stage(check_address=True, environment=environment, theme=theme)
    stage.double.resolve[NAME] = f"127.0.0.1:{port}"
    panel = open_form(stage)
    switch(panel).check()
    expect(panel.form).to_contain_text(f"cloudflared tunnel --url http://localhost:{port}")
    panel.button("Check").click()
    expect(panel.form).to_contain_text(GUARDED)
    stage.picture("guard-form")
    panel.register()
    panel.expect_registered()
    assert stage.runner()["headers"].keys() == {KEY}
    expect(panel.instance_row).to_contain_text(GUARDED)
    stage.picture("guard-row")
    assert status_without_key(port) == 401
    panel.action("Send a test workflow").click()
    panel.test_run.get_by_role("button", name="Send a test workflow").click()
    expect(panel.test_run).to_contain_text("ComfyControl ran a workflow here.")
    panel.close_dialogs()
    panel.open_details()
    expect(panel.details).to_contain_text("Guarded port")
    expect(panel.details).to_contain_text("Rejected since ComfyUI started")
    stage.picture("guard-details")
    # Nothing of the key is in the page.
    assert stage.runner()["headers"][KEY] not in panel.page.content()
    assert panel.faults == []


def test_an_address_that_leads_to_comfyuis_own_port_says_so(set_stage: SetStage) -> None:
    stage = set_stage(check_address=True)
    panel = open_form(stage)
    panel.button("Check").click()
    expect(panel.form).to_contain_text(OPEN)
    stage.picture("guard-open-form")
    panel.register()
    panel.expect_registered()
    expect(panel.instance_row).to_contain_text(OPEN)
    stage.picture("guard-open-row")


def test_switched_on_for_a_runner_that_is_there_its_headers_stay(stage: Stage, port: int) -> None:
    panel = open_form(stage)
    panel.add_header("X-Gate", "abc")
    panel.button("Register").click()
    panel.button("Register anyway").click()
    panel.expect_registered()
    panel.open_form()
    switch(panel).check()
    panel.button("Save changes").click()
    panel.expect_registered()
    assert stage.runner()["headers"]["X-Gate"] == "abc"
    assert KEY in stage.runner()["headers"]
    assert status_without_key(port) == 401


def test_a_new_key_opens_and_the_old_one_no_longer(stage: Stage, port: int) -> None:
    panel = register_guarded(stage, port)
    old = stage.runner()["headers"][KEY]
    panel.open_details().get_by_role("button", name="New key").click()
    expect(panel.toast("ComfyControl has a new key")).to_be_visible()
    new = stage.runner()["headers"][KEY]
    answers = [requests.get(f"http://127.0.0.1:{port}/prompt", headers={KEY: key}, timeout=10) for key in (old, new)]
    assert [answer.status_code for answer in answers] == [401, 200]


def test_turned_off_the_key_is_gone_and_the_port_is_closed(stage: Stage, port: int) -> None:
    panel = register_guarded(stage, port)
    panel.open_details().get_by_role("button", name="Turn off").click()
    expect(panel.toast("The guarded port is closed.")).to_be_visible()
    assert stage.runner()["headers"] == {}
    with pytest.raises(requests.ConnectionError):
        status_without_key(port)
    expect(panel.details).not_to_contain_text("Rejected since")


def test_what_comfycontrol_asked_for_in_vain_is_listed_and_can_be_opened(stage: Stage, port: int) -> None:
    panel = register_guarded(stage, port)
    key = stage.runner()["headers"][KEY]
    asked = f"http://127.0.0.1:{port}/settings"
    assert requests.get(asked, headers={KEY: key}, timeout=10).status_code == 403
    panel.open_details()
    expect(panel.details).to_contain_text("GET /settings (1 times)")
    panel.details.get_by_label("Give ComfyControl access to the whole API").check()
    panel.page.wait_for_function("() => !document.querySelector('comfycontrol-guarded-port [aria-busy=true]')")
    expect(panel.details.get_by_label("Give ComfyControl access to the whole API")).to_be_checked()
    panel.details.get_by_role("button", name="Close").click()
    panel.open_details()
    expect(panel.details.get_by_label("Give ComfyControl access to the whole API")).to_be_checked()
    assert requests.get(asked, headers={KEY: key}, timeout=10).status_code == 200
    assert requests.get(asked, timeout=10).status_code == 401


def test_a_port_that_is_taken_is_said_and_the_switch_goes_back(stage: Stage, port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        panel = open_form(stage)
        switch(panel).click()
        expect(panel.form.locator("comfycontrol-guard-field")).to_contain_text(str(port))
        expect(switch(panel)).not_to_be_checked()
    switch(panel).click()
    expect(panel.form).to_contain_text(f"cloudflared tunnel --url http://localhost:{port}")


def test_at_home_it_is_on_and_the_command_leads_to_it(set_stage: SetStage, port: int) -> None:
    stage = set_stage(address="", environment={"COMFYCONTROL_GATEWAY_PORT": str(port)})
    panel = stage.open_connected()
    panel.open_form()
    expect(switch(panel)).to_be_checked()
    expect(panel.form.locator("comfycontrol-endpoint-field")).to_contain_text(
        f"cloudflared tunnel --url http://localhost:{port}"
    )
    stage.picture("guard-home")


def test_after_a_restart_it_is_open_again(stage: Stage, port: int) -> None:
    panel = register_guarded(stage, port)
    with stage.away(panel):
        stage.host.restart()
    panel.open_settings()
    panel.refresh()
    expect(panel.instance_row).to_contain_text(GUARDED)
    assert status_without_key(port) == 401

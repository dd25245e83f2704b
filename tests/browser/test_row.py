"""The rows in ComfyUI's Settings: in their order, whole, and each thing said once."""

from collections.abc import Callable

import pytest
from browser.stage import VERSIONS, Stage
from browser.told_states import tell, told
from playwright.sync_api import expect

SetStage = Callable[..., Stage]

ROWS = ["API token", "This instance", "Check the address before registering", "Keep the address up to date"]
LABELS = """(names) => [...document.querySelectorAll(".setting-item")]
  .filter((item) => item.checkVisibility())
  .sort((one, other) => one.getBoundingClientRect().top - other.getBoundingClientRect().top)
  .flatMap(({ innerText }) => names.filter((name) => innerText.trim().startsWith(name)))"""
CUT_OFF = "(parts) => parts.filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.textContent)"


@pytest.mark.parametrize("frontend", VERSIONS)
def test_they_are_in_their_order_and_a_search_finds_them_so(set_stage: SetStage, frontend: str) -> None:
    panel = set_stage(frontend).open_settings()
    assert panel.page.evaluate(LABELS, ROWS) == ROWS
    search = panel.page.get_by_role("dialog").get_by_placeholder("Search").first
    search.fill("comfycontrol")
    # 1.21 has one order for a search and the other for a category.
    expected = ROWS[::-1] if frontend == VERSIONS[0] else ROWS
    panel.page.wait_for_function(f"([names, rows]) => ({LABELS})(names).join() === rows.join()", arg=[ROWS, expected])
    # As the search has left them, Settings would stay for whoever uses this page next.
    search.fill("")
    panel.close_settings()


def test_name_and_address_of_the_runner_are_whole(shared_stage: Stage) -> None:
    panel = shared_stage.panels[0] if shared_stage.panels else shared_stage.open_connected()
    tell(panel, "registered", "ran")
    runner = panel.instance_row.locator(".comfycontrol-runner > *")
    expect(runner).to_have_text([told("registered")["runner"][name] for name in ("name", "endpoint")])
    assert runner.evaluate_all(CUT_OFF) == []
    panel.page.unroute_all()


def test_that_nothing_is_connected_is_said_once(stage: Stage) -> None:
    panel = stage.open_settings()
    expect(panel.state).to_have_text("Not connected")
    expect(panel.instance_row).to_contain_text("Enter an API token from your account.")
    expect(panel.instance_row).not_to_contain_text("is not connected to a ComfyControl account")


def test_an_owner_who_opened_the_other_name_of_this_computer_is_told_where_the_key_is(stage: Stage) -> None:
    port = stage.host.url.rpartition(":")[2]
    tabs = {"127.0.0.1": stage.open_settings()}
    stage.url = f"http://localhost:{port}"
    tabs["localhost"] = stage.open_settings()
    for here, there in (("localhost", "127.0.0.1"), ("127.0.0.1", "localhost")):
        tabs[there].be_connected(stage.token)
        row = tabs[here].instance_row
        tabs[here].look_again()
        expect(row).to_contain_text(f"You opened ComfyUI at {here}:{port}.")
        expect(row).to_contain_text(f"If you registered it at {there}:{port}, open it there")
        stage.picture(f"row-{here}")
        tabs[there].disconnect()
    stage.url = ""

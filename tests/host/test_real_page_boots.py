"""The page of every version, in Chromium, with a pack whose settings row draws itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from host.fixture_types import WritePack
from playwright.sync_api import Browser, Page

from comfy_host import surroundings
from comfy_host.process import HostOptions, HostProcess, start_small_host
from comfy_host.sub_path_proxy import SubPathProxy

pytestmark = pytest.mark.browser

SOURCE = 'WEB_DIRECTORY = "./web"\nNODE_CLASS_MAPPINGS = {}\n'

ROW = """
import { app } from "../../scripts/app.js";

class Row extends HTMLElement {
  connectedCallback() { this.textContent = "the row is here"; }
}
if (!customElements.get("tiny-row")) customElements.define("tiny-row", Row);
app.registerExtension({
  name: "tiny.pack",
  settings: [{
    id: "Tiny.Row", name: "A row", category: ["Tiny", "Group", "Row"], defaultValue: null,
    type: () => document.createElement("tiny-row"),
  }],
});
"""


@pytest.fixture(params=surroundings.versions())
def host(request: pytest.FixtureRequest, write_pack: WritePack, user_directory: Path) -> Iterator[HostProcess]:
    (user_directory / "default").mkdir(parents=True)
    # Else the templates cover the page at its first start.
    (user_directory / "default" / "comfy.settings.json").write_text(json.dumps({"Comfy.TutorialCompleted": True}))
    options = HostOptions(
        pack=write_pack("tiny-pack", SOURCE, web__row_js=ROW),
        user_directory=user_directory,
        frontend=surroundings.frontends()[request.param],
        pack_name="tiny-pack",
    )
    with start_small_host(options) as started:
        yield started


def test_a_settings_row_of_its_own_shows(host: HostProcess, chromium: Browser) -> None:
    _assert_row_shows(chromium, host.url)


def test_it_shows_behind_a_sub_path_too(host: HostProcess, chromium: Browser) -> None:
    with SubPathProxy(host.url, "/gpu/one") as proxy:
        _assert_row_shows(chromium, proxy.url)


def _assert_row_shows(chromium: Browser, url: str) -> None:
    page = chromium.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        page.goto(url)
        page.wait_for_function("window.app?.extensionManager", timeout=60_000)
        _open_settings(page)
        page.get_by_text("the row is here").wait_for()
        # The page's own: 1.28.9 reads a node that a machine without nodes does not have.
        assert [error for error in errors if "reading 'id'" not in error] == []
    finally:
        page.close()


def _open_settings(page: Page) -> None:
    page.evaluate("window.app.extensionManager.command.execute('Comfy.ShowSettingsDialog')")
    # By its text: the versions before 1.49 have no test ids.
    page.get_by_role("dialog").get_by_text("Tiny", exact=True).first.click()

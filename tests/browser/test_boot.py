"""What the page loads and when, and that an update is seen at once."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from browser.stage import PACK, Stage
from playwright.sync_api import expect

SetStage = Callable[..., Stage]

PANEL = PACK / "web" / "panel"
# ComfyUI's page asks there for its own news, and for the models of the workflow that it begins with.
COMFYUIS_OWN = (".comfy.org", "huggingface.co")
LONG_AGO = 1_600_000_000
# Files of ours, and calls to our routes.
OURS = re.compile(r"/extensions/comfyui-comfycontrol/|/comfycontrol/")


def test_every_file_of_the_panel_is_asked_for_past_the_cache() -> None:
    listed = json.loads((PANEL / "files.json").read_text(encoding="utf-8"))
    assert listed == sorted(file.name for file in PANEL.iterdir() if file.name != "files.json")


def test_at_boot_two_scripts_are_loaded_and_the_panel_when_it_is_looked_at(stage: Stage) -> None:
    context = stage.new_browser()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    panel = stage.open(context)
    panel.page.wait_for_load_state("networkidle")
    assert [urlsplit(url).path.rsplit("/", 1)[-1] for url in asked if OURS.search(url)] == [
        "comfycontrol.js",
        "placeholders.js",
    ]

    panel.open_settings()
    panel.connect(stage.token)
    panel.open_form()
    expect(panel.field("Name")).not_to_have_value("")
    panel.register()
    panel.expect_registered()
    loaded = {urlsplit(url).path.rsplit("/panel/", 1)[-1] for url in asked if "/panel/" in url}
    assert loaded == {file.name for file in PANEL.iterdir()}
    own = urlsplit(stage.host.url).netloc
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:"))}
    assert {host for host in hosts - {own} if not host.endswith(COMFYUIS_OWN)} == set()
    assert panel.faults == []


def test_at_boot_an_owner_loads_no_more_than_anybody(stage: Stage) -> None:
    panel = stage.open_connected()
    asked: list[str] = []
    panel.page.on("request", lambda request: asked.append(request.url))
    panel.reload_page()
    panel.page.wait_for_load_state("networkidle")
    assert [url for url in asked if "/panel/" in url or "/comfycontrol/" in urlsplit(url).path] == []


def test_a_command_says_so_when_the_panel_cannot_be_loaded(stage: Stage) -> None:
    panel = stage.open(stage.new_browser())
    panel.page.route("**/comfycontrol/texts*", lambda route: route.abort())
    panel.run_command("ComfyControl.RegisterInstance")
    expect(panel.toast("The ComfyControl panel failed to load. Restart ComfyUI")).to_be_visible()
    panel.page.unroute("**/comfycontrol/texts*")
    panel.run_command("ComfyControl.RegisterInstance")
    expect(panel.form).to_be_visible()


def test_an_update_is_seen_at_the_next_load_of_the_page(set_stage: SetStage) -> None:
    stage = set_stage(alone=True)
    row = stage.host.pack_folder / "web" / "panel" / "token_row.mjs"
    # So old that a browser would keep it for weeks without asking.
    _write(row, row.read_text(encoding="utf-8"), LONG_AGO)
    panel = stage.open_settings()
    expect(panel.token_row).to_contain_text("Create one at comfycontrol.app")
    updated = row.read_text(encoding="utf-8").replace("texts.tokenWhere", '"As of the next version."')
    _write(row, updated, LONG_AGO + 60)
    panel.reload()
    expect(panel.token_row).to_contain_text("As of the next version.")


def test_a_second_copy_of_the_panel_defines_nothing_twice(stage: Stage) -> None:
    panel = stage.open_settings()
    expect(panel.state).to_have_text("Not connected")
    for file in ("token_row.mjs", "instance_row.mjs", "runner_form.mjs", "tags_field.mjs", "headers_field.mjs"):
        panel.evaluate_module(f"{file}?of=an-update", "(module) => Object.keys(module).length")
    assert panel.faults == []
    panel.connect(stage.token)
    panel.open_form()
    expect(panel.tags_field).to_have_count(1)


def _write(file: Path, text: str, modified: int) -> None:
    file.write_text(text, encoding="utf-8")
    os.utime(file, (modified, modified))

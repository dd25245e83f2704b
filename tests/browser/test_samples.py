"""The sample workflows: found by who looks for ComfyControl, with a note that says what to do."""

import json
from collections.abc import Callable

import pytest
from browser.graph import Graph
from browser.stage import PACK, VERSIONS, Stage
from playwright.sync_api import expect

SetStage = Callable[..., Stage]

SAMPLES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in (PACK / "workflows").glob("*.json")}
# What a page makes of a node that it knows; of others it keeps neither widgets nor their values.
NOTES = """() => window.app.graph._nodes
  .filter(({ type }) => type === "MarkdownNote" && window.LiteGraph.registered_node_types[type])
  .map(({ widgets }) => widgets[0].value)"""
EXPORTED = "async () => JSON.stringify((await window.app.graphToPrompt()).output)"


@pytest.mark.parametrize("frontend", VERSIONS)
def test_each_has_a_note_that_every_page_can_show_and_no_template_gets(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend)
    panel = stage.open()
    graph = Graph(panel.page)
    for name, sample in SAMPLES.items():
        graph.clear()
        graph.open(sample)
        (note,) = panel.page.evaluate(NOTES)
        for said in ("**Run**", "**Extensions**, **Save as ComfyControl template...**", "Run the template"):
            assert said in note
        assert "MarkdownNote" not in panel.page.evaluate(EXPORTED)
        stage.picture(f"sample-{name}")


# 1.21 has no search.
@pytest.mark.parametrize("frontend", VERSIONS[1:])
def test_a_search_for_comfycontrol_finds_them_in_the_template_browser(set_stage: SetStage, frontend: str) -> None:
    stage = set_stage(frontend)
    panel = stage.open()
    panel.run_command("Comfy.BrowseTemplates")
    dialog = panel.page.get_by_role("dialog").last
    search = dialog.get_by_placeholder("Search")
    for text, found in (("aquarelle", 0), ("ComfyControl", len(SAMPLES))):
        search.fill(text)
        expect(dialog.get_by_text("comfycontrol_", exact=False)).to_have_count(found)
    # There, Escape does not close it.
    stage.spent = frontend == "1.28.9"

"""The nodes in ComfyUI's page: what is typed on them is what the exported workflow asks for."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from browser.graph import Graph
from browser.panel import Panel
from browser.pool import StagePool, lent_stage
from browser.stage import NEWEST, VERSIONS
from playwright.sync_api import expect

CASES = json.loads((Path(__file__).parent.parent / "placeholder_cases.json").read_text(encoding="utf-8"))
NODES_2 = "Comfy.VueNodes.Enabled"
WITHOUT_SUBGRAPHS = ("1.21.7",)
EXPORTED: dict[str, dict[str, Any]] = {
    "ComfyControlText": {"key": "prompt", "default": "a red fox", "value": "$text(prompt, a red fox)"},
    "ComfyControlNumber": {"key": "steps", "default": "20", "value": "$text(steps, 20)"},
    "ComfyControlChoice": {"key": "sampler", "options": "euler\nddim", "value": "$choice(sampler, euler, ddim)"},
    "ComfyControlSeed": {"value": "$random()"},
    "ComfyControlTimestamp": {"value": "$timestamp()"},
}


class Look(NamedTuple):
    """A version of ComfyUI's page, and which of its two ways to draw nodes."""

    frontend: str
    newer: bool

    def __str__(self) -> str:
        return f"{self.frontend}-{'newer' if self.newer else 'classic'}"


LOOKS = [Look(version, newer=False) for version in VERSIONS] + [Look("1.49.6", newer=True), Look(NEWEST, newer=True)]


@pytest.fixture(scope="module", params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest, host_kind: str, stage_pool: StagePool) -> Iterator[Panel]:
    """The page with one look for all tests that use it."""
    settings = {NODES_2: request.param.newer, "Comfy.PromptFilename": False}
    for stage in lent_stage(host_kind, stage_pool, request.session, request.param.frontend, settings=settings):
        yield stage.open()


@pytest.fixture
def panel(look: Panel) -> Panel:
    look.faults.clear()
    return look


@pytest.fixture
def graph(panel: Panel) -> Graph:
    """An empty one."""
    graph = Graph(panel.page)
    graph.begin()
    return graph


def fill_all(graph: Graph) -> None:
    for node_type, inputs in EXPORTED.items():
        graph.add(node_type, **{name: value for name, value in inputs.items() if name != "value"})


def inputs_by_type(exported: dict[str, Any]) -> dict[str, Any]:
    return {node["class_type"]: node["inputs"] for node in exported.values()}


def test_what_is_filled_in_is_what_is_exported(panel: Panel, graph: Graph) -> None:
    fill_all(graph)
    assert inputs_by_type(graph.prompt()) == EXPORTED
    assert inputs_by_type(graph.export()) == EXPORTED

    # Saved and opened again, as a file of today and as one whose placeholders somebody has changed.
    saved = graph.workflow()
    for node in saved["nodes"]:
        node["widgets_values"] = [
            "$text(stale)" if str(value).startswith("$") else value for value in node["widgets_values"]
        ]
    graph.clear()
    graph.open(saved)
    assert inputs_by_type(graph.prompt()) == EXPORTED

    graph.cut_and_paste()
    assert inputs_by_type(graph.prompt()) == EXPORTED
    assert panel.faults == []


def test_a_number_keeps_its_digits_also_when_saved_and_opened(panel: Panel, graph: Graph) -> None:
    # The last as workflows have it from before the default was text.
    numbers: list[Any] = [str(2**64 - 1), str(2**53 + 1), "0.0001", "0.1234567890123456789", 20]
    for number in numbers:
        graph.add("ComfyControlNumber", key="n", default=number)
    kept = [(number, f"$text(n, {number})") for number in numbers]
    assert [(node["inputs"]["default"], node["inputs"]["value"]) for node in graph.prompt().values()] == kept
    graph.open(graph.workflow())
    assert [(node["inputs"]["default"], node["inputs"]["value"]) for node in graph.prompt().values()] == kept
    assert panel.faults == []


def test_a_picture_asks_for_an_upload(panel: Panel, graph: Graph) -> None:
    graph.add("ComfyControlImage", key="portrait")
    (inputs,) = (node["inputs"] for node in graph.prompt().values())
    assert (inputs["key"], inputs["value"]) == ("portrait", "$file(portrait)")
    assert panel.page.evaluate("() => window.app.graph._nodes[0].widgets.some(({ type }) => type === 'button')")
    assert panel.faults == []


def test_the_node_shows_what_will_be_exported(graph: Graph) -> None:
    node = graph.add("ComfyControlText", key="prompt", default="a red fox")
    assert graph.shown_on(node) == "$text(prompt, a red fox)"
    graph.fill(node, default="a fox, a hare")
    said = '(id) => app.graph.getNodeById(id).widgets.at(-1).value === "$text(prompt) - default left out"'
    graph.page.wait_for_function(said, arg=node)
    assert graph.values() == ["$text(prompt)"]
    # No field can be made of it; the node itself says why when it is run.
    graph.fill(node, key="my prompt")
    assert graph.shown_on(node) == ""
    assert graph.values() == [None]


@pytest.mark.parametrize("look", [look for look in LOOKS if look.newer], ids=str, indirect=True)
def test_typed_into_the_newer_nodes_it_is_exported_too(panel: Panel, graph: Graph) -> None:
    graph.add("ComfyControlText")
    node = panel.page.locator("[data-node-id]").filter(has_text="ComfyControl Text")
    node.locator("input").first.fill("subject")
    node.locator("textarea").fill("a red fox")
    expect(node.locator("input").last).to_have_value("$text(subject, a red fox)")
    expect(node.locator("input").last).not_to_be_editable()
    assert graph.values() == ["$text(subject, a red fox)"]
    assert panel.faults == []


def test_a_default_that_another_node_gives_is_not_guessed(panel: Panel, graph: Graph) -> None:
    time = graph.add("ComfyControlTimestamp")
    text = graph.add("ComfyControlText", key="name", default="a red fox")
    assert graph.link(time, 1, text, "default")
    inputs = inputs_by_type(graph.prompt())["ComfyControlText"]
    assert inputs == {"key": "name", "default": [str(time), 1], "value": "$text(name)"}
    assert graph.shown_on(text) == "$text(name)"
    assert panel.faults == []


def test_a_choice_fits_what_has_a_list_of_choices(graph: Graph) -> None:
    # The only list of a node of ours; a real ComfyUI has samplers, and runs the sample workflows.
    choice = graph.add("ComfyControlChoice")
    image = graph.add("ComfyControlImage")
    assert graph.link(choice, 0, image, "image")
    assert inputs_by_type(graph.prompt())["ComfyControlImage"]["image"] == [str(choice), 0]


@pytest.mark.parametrize(
    "look", [look for look in LOOKS if look.frontend not in WITHOUT_SUBGRAPHS], ids=str, indirect=True
)
def test_in_a_subgraph_each_use_of_it_asks_for_its_own(panel: Panel, graph: Graph) -> None:
    node = graph.add("ComfyControlText", key="prompt", default="a red fox")
    outer = graph.wrap(node, "key", "default")
    assert graph.values() == ["$text(prompt, a red fox)"]

    graph.fill(outer, key="subject", default="a hare")
    assert graph.values() == ["$text(subject, a hare)"]
    graph.open(graph.workflow())
    assert graph.values() == ["$text(subject, a hare)"]

    panel.page.evaluate("() => { app.canvas.selectItems(app.graph._nodes); app.canvas.copyToClipboard(); }")
    panel.page.evaluate("() => { app.canvas.pasteFromClipboard(); }")
    copy = panel.page.evaluate("() => app.graph._nodes.at(-1).id")
    graph.fill(copy, key="background", default="a wood")
    assert graph.values() == ["$text(subject, a hare)", "$text(background, a wood)"]
    assert panel.faults == []


@pytest.mark.parametrize("look", [Look(NEWEST, newer=False)], ids=str, indirect=True)
def test_the_page_writes_what_the_server_reads(panel: Panel) -> None:
    address = "performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/placeholders.js')).name"
    script = "({ placeholder }, cases) => cases.map(({ node, values }) => placeholder(node, values) ?? null)"
    written = panel.page.evaluate(f"async (cases) => ({script})(await import({address}), cases)", CASES)
    assert written == [case["placeholder"] for case in CASES]

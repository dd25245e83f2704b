"""A right click on a widget of any node puts the node of ours before it that asks for its value."""

from collections.abc import Iterator
from typing import Any

import pytest
from browser.anew import choose
from browser.graph import Graph
from browser.panel import Panel
from browser.pool import StagePool, lent_stage
from browser.test_nodes import LOOKS, NODES_2, WITHOUT_SUBGRAPHS, Look
from playwright.sync_api import expect

ASK = "Ask for this in ComfyControl"
SAMPLER: dict[str, Any] = {
    "seed": ["INT", {"default": 7, "min": 0, "max": 2**53, "control_after_generate": True}],
    "cfg": ["FLOAT", {"default": 7.5, "min": 0, "max": 100, "step": 0.1, "round": 0.01}],
    "sampler name": [["euler", "ddim", "dpm (2)", "lms", "heun", "uni"], {}],
    "words": ["STRING", {"default": "a fox"}],
    "fast": ["BOOLEAN", {"default": True}],
}
WITH_SUBGRAPHS = [look for look in LOOKS if look.frontend not in WITHOUT_SUBGRAPHS]

LABELLED = """([id, label]) =>
  app.canvas.getNodeMenuOptions(app.graph.getNodeById(id)).some((item) => item?.content === label)"""
# Pairs of nodes of which one covers a part of the other, as they are drawn.
OVERLAPS = """() => {
  const height = ({ id, size }) => document.querySelector(`[data-node-id="${id}"]`)?.clientHeight ?? size[1];
  const nodes = app.graph._nodes.map(({ id, pos, size }, place, all) => ({
    id, left: pos[0], right: pos[0] + size[0], top: pos[1] - 30, bottom: pos[1] - 30 + height(all[place]),
  }));
  return nodes.flatMap((one) => nodes.filter((other) => one.id < other.id && one.left < other.right
    && other.left < one.right && one.top < other.bottom && other.top < one.bottom).map((other) => [one, other]));
}"""


@pytest.fixture(scope="module", params=LOOKS, ids=str)
def look(request: pytest.FixtureRequest, host_kind: str, stage_pool: StagePool) -> Iterator[tuple[Panel, Look]]:
    settings = {NODES_2: request.param.newer}
    for stage in lent_stage(host_kind, stage_pool, request.session, request.param.frontend, settings=settings):
        yield stage.open(), request.param


@pytest.fixture
def graph(look: tuple[Panel, Look]) -> Graph:
    panel, _ = look
    panel.faults.clear()
    graph = Graph(panel.page)
    graph.begin()
    graph.know("Sampler", SAMPLER, ["LATENT"])
    graph.know("Loader", {"image": [["fox.png", "hare.png"], {"image_upload": True}]}, ["IMAGE", "MASK"])
    graph.know("Viewer", {"mask": ["MASK", {}], "images": ["IMAGE", {}]}, [])
    return graph


def open_menu(graph: Graph, look: Look, node: Any, widget: str = "") -> None:
    # As people do: somewhere else first.
    graph.page.mouse.click(640, 860)
    if not look.newer:
        graph.right_click(node, widget)
        return
    shown = graph.page.locator(f"[data-node-id='{node}']")
    row = shown.locator(".lg-node-widget").nth(list(SAMPLER).index(widget)) if widget else shown
    row.click(button="right", position={"x": 60, "y": 10})


def ask(graph: Graph) -> None:
    graph.page.get_by_text(ASK, exact=True).click()


def before(graph: Graph, node: Any) -> dict[str, Any]:
    """What stands before a node, by the name of its input: the class and the inputs of the one that gives it."""
    prompt = graph.prompt()
    linked = {name: value for name, value in prompt[str(node)]["inputs"].items() if isinstance(value, list)}
    return {
        name: (prompt[source]["class_type"], slot, prompt[source]["inputs"]) for name, (source, slot) in linked.items()
    }


@pytest.mark.parametrize(
    ("widget", "asks"),
    [
        ("seed", ("ComfyControlNumber", 0, {"key": "seed", "default": "7", "value": "$text(seed, 7)"})),
        ("cfg", ("ComfyControlNumber", 1, {"key": "cfg", "default": "7.5", "value": "$text(cfg, 7.5)"})),
        ("words", ("ComfyControlText", 0, {"key": "words", "default": "a fox", "value": "$text(words, a fox)"})),
        (
            "sampler name",
            (
                "ComfyControlChoice",
                0,
                {
                    "key": "sampler_name",
                    "options": "euler\nddim\nlms\nheun",
                    "value": "$choice(sampler_name, euler, ddim, lms, heun)",
                },
            ),
        ),
    ],
)
def test_the_fitting_node_is_put_before_the_widget(
    look: tuple[Panel, Look], graph: Graph, widget: str, asks: Any
) -> None:
    panel, how = look
    sampler = graph.add("Sampler")
    open_menu(graph, how, sampler, widget)
    ask(graph)
    expect(panel.toast(f'ComfyControl will ask for "{asks[2]["key"]}".').last).to_be_visible()
    assert before(graph, sampler) == {widget: asks}
    assert panel.faults == []


def test_two_of_one_name_become_two_fields(look: tuple[Panel, Look], graph: Graph) -> None:
    _, how = look
    other = graph.add("ComfyControlText", key="words", default="a hare")
    # Else it would lie over the next one.
    graph.page.evaluate("(id) => { window.app.graph.getNodeById(id).pos = [500, 500]; }", other)
    sampler = graph.add("Sampler")
    open_menu(graph, how, sampler, "words")
    ask(graph)
    graph.page.wait_for_function("() => window.app.graph._nodes.length === 3")
    assert before(graph, sampler)["words"][2]["key"] == "words_2"


def test_beside_the_widgets_one_of_them_is_chosen(look: tuple[Panel, Look], graph: Graph) -> None:
    _, how = look
    sampler = graph.add("Sampler")
    graph.know("Giver", {}, ["INT"])
    assert graph.link(graph.add("Giver"), 0, sampler, "seed")
    open_menu(graph, how, sampler)
    ask(graph)
    offered = graph.page.locator(".litecontextmenu").last.locator(".litemenu-entry")
    # One has its value from another node, and on or off can be asked for by none of ours.
    expect(offered).to_have_text(["cfg", "sampler name", "words"])
    offered.filter(has_text="words").click()
    graph.page.wait_for_function("() => window.app.graph._nodes.length === 3")
    assert before(graph, sampler)["words"][0] == "ComfyControlText"


def test_a_picture_takes_the_place_of_the_node_that_loads_one(look: tuple[Panel, Look], graph: Graph) -> None:
    _, how = look
    loader = graph.add("Loader", image="hare.png")
    viewer = graph.add("Viewer")
    assert graph.link(loader, 0, viewer, "images")
    assert graph.link(loader, 1, viewer, "mask")
    open_menu(graph, how, loader)
    ask(graph)
    graph.page.wait_for_function("() => window.app.graph._nodes.length === 3")
    given = before(graph, viewer)
    assert {name: (node, slot) for name, (node, slot, _) in given.items()} == {
        "images": ("ComfyControlImage", 0),
        "mask": ("ComfyControlImage", 1),
    }
    assert given["images"][2]["value"] == "$file(image)"


def test_what_has_no_field_is_said_of_the_widget_that_was_clicked(look: tuple[Panel, Look], graph: Graph) -> None:
    panel, how = look
    sampler = graph.add("Sampler")
    open_menu(graph, how, sampler, "fast")
    ask(graph)
    expect(panel.toast("ComfyControl cannot ask for this value.").last).to_be_visible()
    assert before(graph, sampler) == {}


@pytest.mark.parametrize(("value", "default"), [(8.100000000000001, "8.1"), (0.1234567890123456, "0.1234567890123456")])
def test_a_decimal_keeps_its_digits_and_not_those_of_the_pages_rounding(
    look: tuple[Panel, Look], graph: Graph, value: float, default: str
) -> None:
    _, how = look
    graph.know("Exact", {"strength": ["FLOAT", {"default": 1.0, "round": False}]}, ["LATENT"])
    exact = graph.add("Exact")
    graph.page.evaluate("([id, value]) => { app.graph.getNodeById(id).widgets[0].value = value; }", [exact, value])
    open_menu(graph, how, exact)
    ask(graph)
    graph.page.wait_for_function("() => window.app.graph._nodes.length === 2")
    assert before(graph, exact)["strength"][2]["default"] == default


def test_what_is_put_before_a_node_covers_nothing(look: tuple[Panel, Look], graph: Graph) -> None:
    _, how = look
    sampler = graph.add("Sampler")
    graph.page.evaluate("(id) => { window.app.graph.getNodeById(id).pos = [600, 200]; }", sampler)
    for count, widget in enumerate(("seed", "cfg", "words"), start=2):
        open_menu(graph, how, sampler)
        ask(graph)
        graph.page.locator(".litecontextmenu").last.get_by_text(widget, exact=True).click()
        graph.page.wait_for_function("(count) => window.app.graph._nodes.length === count", arg=count)
    assert graph.page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("look", WITH_SUBGRAPHS, ids=str, indirect=True)
def test_a_widget_that_a_subgraph_shows_is_asked_for_there(look: tuple[Panel, Look], graph: Graph) -> None:
    panel, _ = look
    outer = graph.wrap(graph.add("Sampler"), "words", "cfg")
    graph.ask_beside(outer).get_by_text("words", exact=True).click()
    assert "$text(words, a fox)" in graph.values()
    assert panel.faults == []


@pytest.mark.parametrize("look", WITH_SUBGRAPHS, ids=str, indirect=True)
def test_in_a_subgraph_what_it_shows_is_left_to_it(look: tuple[Panel, Look], graph: Graph) -> None:
    graph.wrap(graph.add("Sampler"), "seed", "words")
    offered = graph.ask_beside(graph.enter_subgraph())
    expect(offered).to_have_text(["cfg", "sampler name"])
    offered.get_by_text("cfg", exact=True).click()
    assert "$text(cfg, 7.5)" in graph.values()


@pytest.mark.parametrize("look", WITH_SUBGRAPHS, ids=str, indirect=True)
def test_a_picture_is_taken_over_before_a_subgraph(look: tuple[Panel, Look], graph: Graph) -> None:
    panel, _ = look
    loader = graph.add("Loader", image="hare.png")
    viewer = graph.add("Viewer")
    assert graph.link(loader, 0, viewer, "images")
    graph.wrap(viewer)
    graph.ask_beside(loader)
    prompt = graph.prompt()
    given = [node["inputs"]["images"][0] for node in prompt.values() if node["class_type"] == "Viewer"]
    assert [prompt[source]["class_type"] for source in given] == ["ComfyControlImage"]
    assert panel.faults == []


def test_our_own_nodes_and_those_without_widgets_do_not_offer_it(graph: Graph) -> None:
    for node_type in ("ComfyControlText", "Viewer"):
        node = graph.add(node_type)
        items = "(id) => app.canvas.getNodeMenuOptions(app.graph.getNodeById(id)).map((item) => item?.content)"
        offered = graph.page.evaluate(items, node)
        assert ASK not in offered
        assert len(offered) > 1
    assert ASK in graph.page.evaluate(items, graph.add("Sampler"))


@pytest.mark.parametrize("look", [LOOKS[-1]], ids=str, indirect=True)
def test_it_is_offered_in_the_language_of_comfyui(look: tuple[Panel, Look], graph: Graph) -> None:
    panel, how = look
    before_that = choose(panel, {"Comfy.Locale": "fr"})
    try:
        panel.reload_page()
        graph.begin()
        graph.know("Sampler", SAMPLER, ["LATENT"])
        sampler = graph.add("Sampler")
        # The first that is pressed in this page may be the node: on the way there, the label has come.
        panel.page.mouse.move(400, 700)
        graph.page.wait_for_function(LABELLED, arg=[sampler, "Demander ceci dans ComfyControl"])
        open_menu(graph, how, sampler, "words")
        graph.page.get_by_text("Demander ceci dans ComfyControl", exact=True).click()
        graph.page.wait_for_function("() => window.app.graph._nodes.length === 2")
    finally:
        choose(panel, before_that)
        panel.reload_page()

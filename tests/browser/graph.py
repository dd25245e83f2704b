"""The open workflow, as a person works on it."""

import json
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

_ADD = """([type, values, title]) => {
  const node = window.LiteGraph.createNode(type);
  const { graph } = window.app;
  node.pos = [60 + (graph._nodes.length % 3) * 420, 100 + Math.floor(graph._nodes.length / 3) * 300];
  if (title) node.title = title;
  graph.add(node);
  for (const [name, value] of Object.entries(values)) {
    const widget = node.widgets.find((each) => each.name === name);
    widget.value = value;
    widget.callback?.(value);
  }
  return node.id;
}"""
_SHOWN = """(id) => window.app.graph.getNodeById(id).widgets.find(({ name }) => name === "value").value"""
_LINK = """([from, slot, to, name]) => {
  const target = window.app.graph.getNodeById(to);
  const place = target.inputs.findIndex((input) => input.name === name);
  return Boolean(window.app.graph.getNodeById(from).connect(slot, target, place));
}"""
# A node of somebody else's, which the page knows as if the server had told it.
_KNOW = """async ([name, inputs, outputs]) => {
  if (window.LiteGraph.registered_node_types[name]) return;
  await window.app.registerNodeDef(name, {
    name, display_name: name, category: "others", description: "", python_module: "nodes", output_node: true,
    input: { required: inputs }, input_order: { required: Object.keys(inputs) },
    output: outputs, output_name: outputs, output_is_list: outputs.map(() => false),
  });
}"""
# Drawn once before, because only then a widget has its place.
_PLACE = """async ([id, name]) => {
  const { canvas, graph } = window.app;
  const node = graph.getNodeById(id);
  canvas.draw(true, true);
  const widget = node.widgets.find((each) => each.name === name);
  const [x, y] = canvas.ds.convertOffsetToCanvas([
    node.pos[0] + node.size[0] / 2,
    node.pos[1] + (widget ? widget.y + 8 : -12),
  ]);
  const { left, top } = canvas.canvas.getBoundingClientRect();
  return [left + x, top + y];
}"""
_SINK, _SINK_INPUTS = "Sink", 9
_COPY_ALL = """() => {
  const { canvas, graph } = window.app;
  canvas.selectItems(graph._nodes);
  canvas.copyToClipboard();
  graph.clear();
  canvas.pasteFromClipboard();
}"""
# Both of the node's own widgets shown on the subgraph's, as a person connects them to its edge.
_WRAP = """([id, promoted]) => {
  const { graph } = window.app;
  const { subgraph, node } = graph.convertToSubgraph(new Set([graph.getNodeById(id)]));
  const [inner] = subgraph.nodes;
  for (const name of promoted) {
    const slot = inner.inputs.find((input) => input.name === name);
    subgraph.addInput(name, slot.type).connect(slot, inner);
  }
  return node.id;
}"""
# As the menu of a node does that was opened beside its widgets.
_ASK_BESIDE = """async (id) => {
  const { canvas } = window.app;
  document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  const items = canvas.getNodeMenuOptions(canvas.graph.getNodeById(id));
  await items.find((item) => item?.content === "Ask for this in ComfyControl").callback();
}"""
_ENTER = """() => {
  const { canvas, graph } = window.app;
  const [subgraph] = (window.app.rootGraph ?? graph).subgraphs.values();
  canvas.setGraph(subgraph);
  return subgraph.nodes[0].id;
}"""
_SET = """([id, values]) => {
  const node = window.app.graph.getNodeById(id);
  for (const [name, value] of Object.entries(values)) {
    const widget = node.widgets.find((each) => each.name === name);
    widget.value = value;
    widget.callback?.(value);
  }
}"""


@dataclass
class Graph:
    page: Page

    def begin(self) -> None:
        """An empty workflow beside those of other tests: 1.49.6 remembers what stood on the nodes of a cleared one."""
        self.page.evaluate("() => window.app.extensionManager.command.execute('Comfy.NewBlankWorkflow')")
        self.page.wait_for_function("window.app.graph._nodes.length === 0")

    def clear(self) -> None:
        self.page.evaluate("() => { window.app.graph.clear(); }")

    def add(self, node_type: str, title: str = "", **values: Any) -> Any:
        """Add a node and fill in its widgets; gives its id."""
        return self.page.evaluate(_ADD, [node_type, values, title])

    def fill(self, node: Any, **values: Any) -> None:
        self.page.evaluate(_SET, [node, values])

    def link(self, source: Any, slot: int, target: Any, name: str) -> bool:
        return bool(self.page.evaluate(_LINK, [source, slot, target, name]))

    def know(self, node_type: str, inputs: dict[str, Any], outputs: list[str]) -> None:
        """Have the page know a node that is none of ours."""
        self.page.evaluate(_KNOW, [node_type, inputs, outputs])

    def use(self, *nodes: Any) -> None:
        """Connect what these nodes give to a node that is none of ours."""
        self.know(_SINK, {f"input_{place}": ["*", {}] for place in range(_SINK_INPUTS)}, [])
        sink = self.add(_SINK)
        for place, node in enumerate(nodes):
            assert self.link(node, 0, sink, f"input_{place}")

    def right_click(self, node: Any, widget: str = "") -> None:
        """On a widget of a classic node, or on its title."""
        x, y = self.page.evaluate(_PLACE, [node, widget])
        self.page.mouse.click(x, y, button="right")

    def ask_beside(self, node: Any) -> Locator:
        """Choose *Ask for this in ComfyControl* in the node's menu; gives the widgets that are offered, if several."""
        self.page.evaluate(_ASK_BESIDE, node)
        return self.page.locator(".litecontextmenu").last.locator(".litemenu-entry")

    def enter_subgraph(self) -> Any:
        """Look at the one subgraph; gives the id of the first node in it."""
        return self.page.evaluate(_ENTER)

    def shown_on(self, node: Any) -> str:
        """What the node shows of its placeholder."""
        return str(self.page.evaluate(_SHOWN, node))

    def prompt(self) -> dict[str, Any]:
        """The API format, as *Run* queues it."""
        output: dict[str, Any] = self.page.evaluate("async () => (await window.app.graphToPrompt()).output")
        return output

    def values(self) -> list[Any]:
        """What the API format holds in the input `value`, node by node."""
        return [node["inputs"].get("value") for node in self.prompt().values()]

    def export(self) -> dict[str, Any]:
        """The file that *Export (API)* gives. Needs the setting that asks for no file name."""
        with self.page.expect_download() as download:
            self.page.evaluate("() => { window.app.extensionManager.command.execute('Comfy.ExportWorkflowAPI'); }")
        exported: dict[str, Any] = json.loads(download.value.path().read_text(encoding="utf-8"))
        return exported

    def workflow(self) -> dict[str, Any]:
        """What *Save* writes."""
        # As text: on its way out of the page, what is undefined would become null.
        saved: dict[str, Any] = json.loads(
            self.page.evaluate("async () => JSON.stringify((await window.app.graphToPrompt()).workflow)")
        )
        return saved

    def open(self, workflow: dict[str, Any]) -> None:
        self.page.evaluate("(workflow) => window.app.loadGraphData(workflow)", workflow)

    def cut_and_paste(self) -> None:
        self.page.evaluate(_COPY_ALL)

    def wrap(self, node: Any, *promoted: str) -> Any:
        """Turn the node into a subgraph of its own; gives the id of the node in its place."""
        return self.page.evaluate(_WRAP, [node, list(promoted)])

/** Puts the node of ours before a widget of another one that makes ComfyControl ask for its value. */

import { keyFrom, keysIn } from "./field_keys.mjs";
import { problemOf } from "./instance.mjs";
import { noteChange } from "./open_workflow.mjs";
import { toast } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/** @typedef {{ type: string, output: number, values: Record<string, unknown>, tells?: string }} Asking */
/** @typedef {{ pressed?: Event, x: number, y: number }} Spot - what was pressed last, and where on the canvas the mouse is */

const GAP = 60;
const MOST_OPTIONS = 4;
/** Ends an option for a reader that does not match parentheses. */
const ENDS_A_PART = /[,()\r\n]/;

/** @returns {any} ComfyUI's own, which its page gives to all */
const liteGraph = () => /** @type {any} */ (window).LiteGraph;

/**
 * From the menu of a node: for the widget that was clicked, else for one that is chosen from a list.
 * @param {any} node
 * @param {Spot} spot
 */
export function askFor(node, spot) {
  try {
    const clicked = widgetAt(node, spot);
    const free = freeInputs(node);
    const offered = isInput(node, clicked) ? free.filter((name) => name === clicked) : free;
    if (offered.length === 1) put(node, offered[0] ?? "");
    else if (offered.length > 1) choose(node, offered, spot);
    else refuse();
  } catch (error) {
    tell(error);
  }
}

/** @param {unknown} error */
function tell(error) {
  const { message, next_step } = problemOf(error);
  toast("error", message, next_step);
}

const refuse = () => toast("warn", texts.ask.none.message, texts.ask.none.next_step);

/**
 * The newer nodes are elements beside the canvas, and a widget's row has its name or the place of its input.
 * @param {any} node
 * @param {Spot} spot
 * @returns {string | undefined}
 */
function widgetAt(node, { pressed, x, y }) {
  const { target } = pressed ?? {};
  if (target instanceof HTMLCanvasElement) return node.getWidgetOnPos?.(x, y, true)?.name;
  const row = target instanceof Element ? target.closest(".lg-node-widget") : null;
  const named = row?.closest("[data-widget-name]")?.getAttribute("data-widget-name");
  const place = /\d+$/.exec(row?.querySelector("[data-slot-key]")?.getAttribute("data-slot-key") ?? "");
  return named ?? (place ? node.inputs?.[Number(place[0])]?.widget?.name : undefined);
}

/** @param {any} node @param {string | undefined} name @returns {boolean} */
const isInput = (node, name) => node.inputs?.some((/** @type {any} */ { widget }) => widget?.name === name);

/**
 * What is connected to an input. A subgraph's own method looks at its outputs.
 * @param {any} node
 * @param {number} slot
 */
const linkTo = (node, slot) => liteGraph().LGraphNode.prototype.getInputLink.call(node, slot);

/** The widgets that another node may give the value of, and none does yet. @param {any} node @returns {string[]} */
function freeInputs(node) {
  return (node.inputs ?? [])
    .filter((/** @type {any} */ { widget }, /** @type {number} */ slot) => widget && !linkTo(node, slot))
    .map((/** @type {any} */ { widget }) => widget.name)
    .filter((/** @type {string} */ name) => askingFor(node, name));
}

/**
 * @param {any} node
 * @param {string[]} names
 * @param {Spot} spot
 */
function choose(node, names, { pressed }) {
  const items = names.map((name) => ({ content: labelOf(node, name), callback: () => put(node, name) }));
  new (liteGraph().ContextMenu)(items, { event: pressed, title: texts.ask.label });
}

/** @param {any} node @param {string} name */
const widgetOf = (node, name) => node.widgets?.find((/** @type {any} */ widget) => widget.name === name);

/** @param {any} node @param {string} name @returns {string} */
const labelOf = (node, name) => String(widgetOf(node, name)?.label || name);

/**
 * @param {any} node
 * @param {string} name
 * @returns {Asking | undefined} undefined if ComfyControl has no field for such a value
 */
function askingFor(node, name) {
  const widget = widgetOf(node, name);
  const input = node.inputs.find((/** @type {any} */ each) => each.widget?.name === name);
  if (!widget || !input || widget.type === "button") return undefined;
  if (isPicture(node, name)) return { type: "ComfyControlImage", output: 0, values: { image: widget.value } };
  if (widget.type === "combo" || Array.isArray(input.type) || input.type === "COMBO") return choiceOf(widget, node);
  const types = String(input.type).split(",");
  const value = String(widget.value ?? "");
  if (types.includes("INT")) return { type: "ComfyControlNumber", output: 0, values: { default: value } };
  if (types.includes("FLOAT")) return { type: "ComfyControlNumber", output: 1, values: { default: decimal(widget.value) } };
  return types.includes("STRING") ? { type: "ComfyControlText", output: 0, values: { default: value } } : undefined;
}

/**
 * Old versions of the page round by multiplying, and leave 8.100000000000001 for 8.1. Of a number that was meant, rounding
 * takes one digit or two.
 * @param {unknown} value
 */
function decimal(value) {
  if (typeof value !== "number") return String(value ?? "");
  const rounded = String(Number(value.toPrecision(15)));
  return String(value).length - rounded.length > 2 ? rounded : String(value);
}

/**
 * Of a node like Load Image.
 * @param {any} node
 * @param {string} name
 */
function isPicture(node, name) {
  const { inputs, input } = node.constructor.nodeData ?? {};
  const options = inputs?.[name] ?? input?.required?.[name]?.[1];
  return Boolean(options?.image_upload) && outputOf(node, "IMAGE") >= 0;
}

/** @param {any} node @param {string} type @returns {number} */
const outputOf = (node, type) => node.outputs?.findIndex((/** @type {any} */ output) => output.type === type) ?? -1;

/**
 * The value that is chosen, and as many of the others as a choice can offer.
 * @param {any} widget
 * @param {any} node
 * @returns {Asking}
 */
function choiceOf(widget, node) {
  const { values } = widget.options ?? {};
  const listed = typeof values === "function" ? values(widget, node) : values;
  const all = [...new Set([widget.value, ...(Array.isArray(listed) ? listed : [])].map(String))];
  const fit = all.filter((option, place) => place === 0 || !ENDS_A_PART.test(option));
  return {
    type: "ComfyControlChoice",
    output: 0,
    values: { options: fit.slice(0, MOST_OPTIONS).join("\n") },
    tells: fit.length > MOST_OPTIONS || fit.length < all.length ? texts.ask.some : undefined,
  };
}

/**
 * @param {any} node
 * @param {string} name
 */
function put(node, name) {
  try {
    const asking = askingFor(node, name);
    const made = asking && liteGraph().createNode(asking.type);
    if (!made) return refuse();
    const { graph } = node;
    const key = keyFrom(labelOf(node, name), name, keysIn(graph.rootGraph ?? graph));
    graph.beforeChange?.();
    made.pos = placeBefore(node, made, widgetOf(node, name));
    graph.add(made);
    for (const [each, value] of Object.entries({ ...asking.values, key })) {
      const widget = widgetOf(made, each);
      widget.value = value;
      widget.callback?.(value);
    }
    const connected = asking.type === "ComfyControlImage" ? standIn(made, node) : connect(made, asking.output, node, name);
    if (!connected) graph.remove(made);
    graph.afterChange?.();
    graph.setDirtyCanvas?.(true, true);
    noteChange();
    if (!connected) return refuse();
    toast("success", fill(texts.ask.done, { key }), asking.tells);
  } catch (error) {
    tell(error);
  }
}

/** @param {any} made @param {number} output @param {any} node @param {string} name */
function connect(made, output, node, name) {
  const slot = node.inputs.findIndex((/** @type {any} */ input) => input.widget?.name === name);
  return Boolean(made.connect(output, node, slot));
}

/** A name of a file cannot come out of our node, but the picture can: it takes the other's place. @param {any} made @param {any} node */
function standIn(made, node) {
  for (const other of [...node.graph._nodes]) {
    for (const slot of (other.inputs ?? []).keys()) {
      const link = linkTo(other, slot);
      if (link?.origin_id !== node.id) continue;
      const output = outputOf(made, node.outputs[link.origin_slot].type);
      if (output >= 0) made.connect(output, other, slot);
    }
  }
  return true;
}

/**
 * To the left of the widget, below what stands there already.
 * @param {any} node
 * @param {any} made
 * @param {any} widget
 * @returns {[number, number]}
 */
function placeBefore(node, made, widget) {
  const [width, height] = made.size;
  const left = node.pos[0] - width - GAP;
  // The newer nodes are higher than the canvas takes them to be.
  const bottomOf = (/** @type {any} */ { id, pos, size }) =>
    pos[1] + Math.max(size[1], document.querySelector(`[data-node-id="${id}"]`)?.clientHeight ?? 0);
  let top = node.pos[1] + (widget?.y ?? 0);
  for (let moved = true; moved; ) {
    const inTheWay = node.graph._nodes.find(
      (/** @type {any} */ other) =>
        other.pos[0] < left + width &&
        left < other.pos[0] + other.size[0] &&
        other.pos[1] < top + height + GAP &&
        top < bottomOf(other) + GAP,
    );
    moved = Boolean(inTheWay);
    if (inTheWay) top = bottomOf(inTheWay) + GAP;
  }
  return [left, top];
}

/**
 * The nodes' widget that shows what the exported workflow holds, and composes it whenever the page makes the API format.
 * `comfycontrol/templates/placeholders.py` reads it; `tests/placeholder_cases.json` tests both.
 */

/** @typedef {import("../tests/page_types/nodes.js").Place} Place */

/** A value that another node gives, not known before the run. */
export const LINKED = Symbol("linked");

const KEY = /^[A-Za-z0-9_-]{1,255}$/;
// Ends a default or an option for a reader that does not match parentheses.
const ENDS_A_PART = /[,()\r\n]/;

/**
 * @param {unknown} text
 * @returns {string} the default as it goes into the placeholder; empty if it might not arrive unchanged
 */
const carried = (text) => {
  const plain = typeof text === "number" ? String(text) : text;
  if (typeof plain !== "string") return "";
  const trimmed = plain.trim();
  return ENDS_A_PART.test(trimmed) ? "" : trimmed;
};

/** @param {Record<string, unknown>} values */
function textPlaceholder({ key, default: given }) {
  const text = carried(given);
  return text ? `$text(${key}, ${text})` : `$text(${key})`;
}

/** @param {Record<string, unknown>} values */
function choicePlaceholder({ key, options }) {
  const offered = typeof options === "string" ? options.split(/\r?\n/).map((line) => line.trim()).filter(Boolean) : [];
  const fits = offered.length >= 2 && offered.length <= 4 && new Set(offered).size === offered.length;
  return fits && !offered.some((option) => ENDS_A_PART.test(option)) ? `$choice(${[key, ...offered].join(", ")})` : undefined;
}

/** @type {Record<string, (values: Record<string, unknown>) => string | undefined>} */
const WRITERS = {
  ComfyControlText: textPlaceholder,
  ComfyControlNumber: textPlaceholder,
  ComfyControlChoice: choicePlaceholder,
  ComfyControlImage: ({ key }) => `$file(${key})`,
};
/** @type {Record<string, string>} */
const WITHOUT_KEY = { ComfyControlSeed: "$random()", ComfyControlTimestamp: "$timestamp()" };

/**
 * @param {string} nodeId
 * @param {Record<string, unknown>} values - of the node's widgets
 * @returns {string | undefined} undefined if none can be made of the values; the node says why when it runs
 */
export function placeholder(nodeId, values) {
  const key = typeof values.key === "string" ? values.key.trim() : "";
  return WITHOUT_KEY[nodeId] ?? (KEY.test(key) ? WRITERS[nodeId]?.({ ...values, key }) : undefined);
}

/**
 * The widget's own value, that of the subgraph's widget it is promoted to, or none if it is connected to a node.
 * @param {Place} place
 * @param {string} name
 */
function valueOf(place, name) {
  const slot = place.inputs?.findIndex((input) => input.name === name) ?? -1;
  if (slot >= 0) {
    const resolved = place.resolveInput ? place.resolveInput(slot) : resolvedByOldPage(place, slot);
    if (resolved) return resolved.widgetInfo ? resolved.widgetInfo.value : LINKED;
  }
  return place.widgets?.find((widget) => widget.name === name)?.value;
}

/**
 * Before 1.24 the page passes the node itself, as we do for what the node shows. A Primitive has already put its value
 * into the widget.
 * @param {Place} node
 * @param {number} slot
 * @returns {{ widgetInfo?: { value: unknown } } | undefined}
 */
function resolvedByOldPage(node, slot) {
  // While a workflow is being opened, a node gets its links before its graph.
  const origin = node.graph ? node.getInputNode?.(slot) : undefined;
  return origin && origin.type !== "PrimitiveNode" ? {} : undefined;
}

/** @param {Place} place */
const placeholderOf = (place) =>
  placeholder(
    place.comfyClass ?? "",
    Object.fromEntries(["key", "default", "options"].map((name) => [name, valueOf(place, name)])),
  );

/** Whether the placeholder leaves out the default that was typed. @param {Place} node */
const losesDefault = (node) => {
  const given = valueOf(node, "default");
  return typeof given === "string" && ENDS_A_PART.test(given.trim());
};

/**
 * For ComfyUI's `getCustomWidgets`: the widget of the inputs of this type.
 * @param {() => Promise<string>} withoutDefault - the text for a placeholder that leaves the default out
 */
export const placeholderWidgets = (withoutDefault) => ({
  /**
   * @param {any} node
   * @param {string} name
   */
  COMFYCONTROL_PLACEHOLDER(node, name) {
    const widget = node.addWidget("text", name, "", () => {}, {
      // A connected value would no longer be a placeholder.
      socketless: true,
      read_only: true,
    });
    // The classic renderer has no `read_only`, and does not show the text of a disabled widget.
    widget.onClick = () => {};
    // Saved like any other, though never read: versions of the page disagree on the places of widgets behind one that is
    // not.
    widget.serializeValue = (/** @type {Place | undefined} */ place) => placeholderOf(place ?? node);
    const show = () => {
      const text = placeholderOf(node) ?? "";
      // The page takes every assignment for a change of the workflow.
      if (!text || !losesDefault(node)) {
        if (widget.value !== text) widget.value = text;
        return;
      }
      if (!String(widget.value).startsWith(`${text} `)) widget.value = text;
      withoutDefault().then(
        (words) => {
          if (placeholderOf(node) === text && losesDefault(node)) widget.value = `${text} - ${words}`;
        },
        () => {},
      );
    };
    for (const other of node.widgets) {
      if (other === widget) continue;
      const { callback } = other;
      other.callback = function (/** @type {unknown[]} */ ...told) {
        const answer = callback?.apply(this, told);
        show();
        return answer;
      };
    }
    for (const happening of ["onConfigure", "onConnectionsChange", "onWidgetChanged"]) {
      const before = node[happening];
      node[happening] = function (/** @type {unknown[]} */ ...told) {
        const answer = before?.apply(this, told);
        show();
        return answer;
      };
    }
    // The node gets its place in the graph only after its widgets.
    queueMicrotask(show);
    return { widget };
  },
});

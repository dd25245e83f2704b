/** The form that ComfyControl will show for a workflow, as a list, and what is wrong with it. */

import { button, element } from "./elements.mjs";
import { fill, texts } from "./texts.mjs";

/**
 * @typedef {{ kind: "text" | "choice" | "file", key: string, default: string, options: string[], nodes: string[] }} Field
 * @typedef {{ code: string, message: string, node: string, blocks: boolean }} Flaw
 * @typedef {{ fields: Field[], filled_in: { random: number, timestamp: number }, problems: Flaw[] }} Form
 */

/** Whether there is nothing that ComfyControl would replace. @param {Form} form */
export const isEmpty = ({ fields, filled_in: { random, timestamp } }) => fields.length + random + timestamp === 0;

/** Whether it cannot be saved as a template like this. @param {Form} form */
export const isBlocked = ({ problems }) => problems.some(({ blocks }) => blocks);

/** @param {Form} form */
export function templateFields({ fields, filled_in: { random, timestamp }, problems }) {
  const blocking = problems.filter(({ blocks }) => blocks);
  const intro = fields.length > 0 ? texts.template.intro : texts.template.introEmpty;
  return element(
    "div",
    { className: "comfycontrol-stack" },
    ...flaws(texts.template.correct, blocking),
    // What is wrong may be why there are no fields yet.
    (fields.length > 0 || blocking.length === 0) && element("p", {}, intro),
    // Focusable, because it scrolls by itself, which keeps the fields below it in sight.
    fields.length > 0 && element("ul", { className: "comfycontrol-template-fields", tabindex: 0 }, ...fields.map(row)),
    random > 0 && element("p", { className: "comfycontrol-help" }, fill(texts.template.seeds, { count: random })),
    timestamp > 0 && element("p", { className: "comfycontrol-help" }, fill(texts.template.times, { count: timestamp })),
    ...flaws(texts.template.mind, problems.filter(({ blocks }) => !blocks), "comfycontrol-choice"),
  );
}

/**
 * What to do if there is nothing to list.
 * @param {Form} form
 * @param {() => unknown} openExample
 */
export function howToAsk({ problems }, openExample) {
  return element(
    "div",
    { className: "comfycontrol-stack" },
    element("p", { className: "comfycontrol-problem-message" }, texts.template.none),
    ...flaws(texts.template.unread, problems, "comfycontrol-choice"),
    element("p", {}, texts.template.noneHow),
    element("p", {}, fill(texts.template.noneAsk, { label: texts.ask.label })),
    element("div", {}, button(texts.template.example, openExample)),
  );
}

/** @param {Field} field */
function row({ kind, key, default: given, options, nodes }) {
  return element(
    "li",
    {},
    element("strong", { dir: "auto" }, key),
    element("span", { className: "comfycontrol-tier" }, texts.template.kinds[kind]),
    element("span", { className: "comfycontrol-template-value" }, beginning(kind, given, options)),
    element("span", { className: "comfycontrol-help" }, fill(texts.template.nodes, { nodes: nodes.join(", ") })),
  );
}

/**
 * @param {Field["kind"]} kind
 * @param {string} given
 * @param {string[]} options
 */
function beginning(kind, given, options) {
  if (kind === "file") return texts.template.upload;
  if (kind === "choice") return fill(texts.template.offers, { options: options.join(", ") });
  return given ? fill(texts.template.begins, { default: given }) : texts.template.beginsEmpty;
}

/**
 * @param {string} heading
 * @param {Flaw[]} told
 * @param {string} [look]
 */
function flaws(heading, told, look = "") {
  if (told.length === 0) return [];
  const lines = told.map(({ node, message }) => element("li", {}, element("strong", { dir: "auto" }, node), ` ${message}`));
  return [
    element(
      "div",
      { className: `comfycontrol-problem comfycontrol-flaws ${look}` },
      element("p", { className: "comfycontrol-problem-message" }, heading),
      element("ul", {}, ...lines),
    ),
  ];
}

/** What the environment of this ComfyUI decides: shown, but not editable. */

import { element, freshId } from "./elements.mjs";
import { instance } from "./instance.mjs";
import { fill, texts } from "./texts.mjs";

/** @param {string} field - as in `from_environment` */
export const isDecided = (field) => Boolean(instance.status?.from_environment?.includes(field));

/** Says which values come from there, if any do. */
export function decidedSentences() {
  const { label, values, none, names } = texts.environment;
  const { source, from_environment: decided = [] } = instance.status ?? {};
  if (source !== "environment") return [];
  /** @type {Record<string, string>} */
  const known = names;
  const listed = decided.map((field) => known[field] ?? field).join(", ");
  const sentence = listed ? fill(values, { values: listed }) : none;
  return [element("p", { className: "comfycontrol-help" }, element("strong", {}, label), ` ${sentence}`)];
}

/**
 * Takes the place of the field.
 * @param {string} label
 * @param {string} value
 */
export function decidedField(label, value) {
  const reason = element("p", { className: "comfycontrol-help", id: freshId() }, texts.environment.field);
  // A read-only input rather than text, so that people who use Tab come across it.
  const input = element("input", { id: freshId(), type: "text", readonly: true, value, "aria-describedby": reason.id, dir: "auto" });
  return element("div", { className: "comfycontrol-field" }, element("label", { for: input.id }, label), input, reason);
}

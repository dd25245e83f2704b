/** A line of text with its label, its help, and what is wrong with it. */

import { element, freshId } from "./elements.mjs";

/**
 * @param {string} label
 * @param {string} help
 * @param {Record<string, unknown>} settings
 */
export function textField(label, help, settings) {
  return labelled(label, help, (ids) => element("input", { ...ids, type: "text", ...settings }));
}

/**
 * The same for more than one line.
 * @param {string} label
 * @param {string} help
 * @param {Record<string, unknown>} settings
 */
export function textArea(label, help, settings) {
  return labelled(label, help, (ids) => element("textarea", { ...ids, rows: 2, ...settings }));
}

/**
 * What the panel has filled in is selected when a person comes to the field: typing replaces it.
 * @param {HTMLInputElement} input
 * @param {() => boolean} isFilledIn - false once a person has typed
 */
export function selectFilledIn(input, isFilledIn) {
  const select = () => {
    if (isFilledIn() && input.selectionStart === input.selectionEnd) input.select();
  };
  input.addEventListener("focus", select);
  // A press of the mouse puts the caret in its place after the focus; one on a selection does so after the click.
  input.addEventListener("pointerdown", () => {
    if (document.activeElement !== input) input.addEventListener("click", () => setTimeout(select), { once: true });
  });
}

/**
 * @template {HTMLInputElement | HTMLTextAreaElement} Input
 * @param {string} label
 * @param {string} help
 * @param {(settings: Record<string, unknown>) => Input} build
 */
function labelled(label, help, build) {
  const fault = element("p", { className: "comfycontrol-fault", id: freshId(), role: "alert" });
  const note = element("p", { className: "comfycontrol-help", id: freshId() }, help);
  const input = build({
    id: freshId(),
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${fault.id} ${note.id}`,
  });
  const whole = element("div", { className: "comfycontrol-field" }, element("label", { for: input.id }, label), input, fault, note);
  /** @param {string | undefined} text */
  const showFault = (text) => {
    fault.textContent = text ?? "";
    input.setAttribute("aria-invalid", String(Boolean(text)));
  };
  return { whole, input, note, showFault, focus: () => input.focus() };
}

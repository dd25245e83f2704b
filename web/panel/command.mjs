/** A command for a terminal, with a button that copies it. */

import { button, element } from "./elements.mjs";
import { toast } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/** @param {string} text */
export function commandElement(text) {
  const code = element("code", { dir: "ltr" }, text);
  return element(
    "div",
    { className: "comfycontrol-command" },
    code,
    button(texts.copy, () => copy(text, code), { "aria-label": fill(texts.copyThis, { text }) }),
  );
}

/**
 * @param {string} text
 * @param {HTMLElement} shown
 */
async function copy(text, shown) {
  try {
    await navigator.clipboard.writeText(text);
    toast("success", texts.copied);
  } catch {
    // Not there on a page without https; what is selected can be copied by hand.
    document.getSelection()?.selectAllChildren(shown);
  }
}

/** What to do without a public address, which is the normal case at home: a tunnel, with the commands to copy. */

import { button, element } from "./elements.mjs";
import { toast } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/** @typedef {{ run: string, install?: string, downloads: string }} QuickTunnel */

export class NoAddress {
  element = element("div", { className: "comfycontrol-no-address", hidden: true });
  // Of an address that is there, its kind says already what is wrong.
  #heading = element("p", { className: "comfycontrol-problem-message" }, texts.needsAddress);

  /**
   * Once: the commands stay the same, and so does the button that has the focus.
   * @param {QuickTunnel} tunnel
   * @param {() => Promise<unknown>} lookAgain
   */
  build({ run, install, downloads }, lookAgain) {
    if (this.element.firstChild) return;
    const link = element("a", { href: downloads, target: "_blank", rel: "noopener noreferrer" }, texts.tunnelDownloads);
    this.element.replaceChildren(
      this.#heading,
      element("p", {}, texts.tunnelRun),
      command(run),
      element("details", {}, element("summary", {}, texts.tunnelInstall), install && command(install), link),
      element("p", { className: "comfycontrol-warning" }, texts.tunnelOpen),
      button(texts.lookAgain, async () => {
        await lookAgain();
        // The button is gone with the rest: the focus goes to the field, where the address is now.
        if (this.element.hidden) this.element.parentElement?.querySelector("input")?.focus();
        else toast("info", texts.noAddressYet);
      }),
    );
  }

  /**
   * @param {{ isNeeded: boolean, isEmpty: boolean }} field
   * @returns {boolean} whether there is anything to show
   */
  show({ isNeeded, isEmpty }) {
    const isShown = isNeeded && Boolean(this.element.firstChild);
    this.element.hidden = !isShown;
    this.#heading.hidden = !isEmpty;
    return isShown;
  }
}

/** @param {string} text */
function command(text) {
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

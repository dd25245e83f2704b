/** What to do without a public address, which is the normal case at home: a tunnel, with the commands to copy. */

import { commandElement } from "./command.mjs";
import { button, element, linkElement } from "./elements.mjs";
import { HOME_GUIDE } from "./links.mjs";
import { toast } from "./problem.mjs";
import { texts } from "./texts.mjs";
import { TunnelView } from "./tunnel.mjs";

/** @typedef {{ run: string }} QuickTunnel */

export class NoAddress {
  element = element("div", { className: "comfycontrol-no-address", hidden: true });
  // Of an address that is there, its kind says already what is wrong.
  #heading = element("p", { className: "comfycontrol-problem-message" }, texts.needsAddress);
  #open = element("p", { className: "comfycontrol-warning" }, texts.tunnelOpen);
  #tunnel = new TunnelView();
  #run = "";

  /**
   * Anew only for other commands, so that a button keeps the focus.
   * @param {QuickTunnel} tunnel
   * @param {() => Promise<unknown>} lookAgain
   */
  build({ run }, lookAgain) {
    if (this.#run === run) return;
    this.#run = run;
    this.#tunnel.opened = lookAgain;
    this.element.replaceChildren(
      this.#heading,
      linkElement(texts.noAddressGuide, HOME_GUIDE),
      this.#tunnel,
      element("details", {}, element("summary", {}, texts.tunnelByHand), element("p", {}, texts.tunnelRun), commandElement(run)),
      this.#open,
      button(texts.lookAgain, async () => {
        this.#tunnel.look();
        await lookAgain();
        // The button is gone with the rest: the focus goes to the field, where the address is now.
        if (this.element.hidden) this.element.parentElement?.querySelector("input")?.focus();
        else toast("info", texts.noAddressYet);
      }),
    );
  }

  /**
   * @param {{ isNeeded: boolean, isEmpty: boolean, isGuarded: boolean }} field
   * @returns {boolean} whether there is anything to show
   */
  show({ isNeeded, isEmpty, isGuarded }) {
    const isShown = isNeeded && Boolean(this.element.firstChild);
    this.element.hidden = !isShown;
    this.#heading.hidden = !isEmpty;
    this.#open.hidden = isGuarded;
    return isShown;
  }
}

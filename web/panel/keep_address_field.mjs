/** The question of the form whether the runner is to follow this machine's address: the preference that Settings show too. */

import { define, element, freshId } from "./elements.mjs";
import { isDecided } from "./environment_fields.mjs";
import { instance } from "./instance.mjs";
import { texts } from "./texts.mjs";

/** The events `input` and `change` of its box bubble. */
export class KeepAddressField extends HTMLElement {
  #isTurned = false;
  #help = element("p", { className: "comfycontrol-help", id: freshId() }, texts.keepAddressHelp);
  #box = element("input", { type: "checkbox", "aria-describedby": this.#help.id, oninput: () => (this.#isTurned = true) });

  connectedCallback() {
    // Whoever keeps the runner true by variables follows the address in any case.
    this.hidden = isDecided("endpoint");
    if (!this.firstChild) this.append(element("label", { className: "comfycontrol-check" }, this.#box, texts.keepAddress), this.#help);
  }

  /** How it stands, and on where the address will change; not once somebody has said otherwise. @param {boolean} changes */
  suggest(changes) {
    if (!this.#isTurned) this.#box.checked = changes || isOn();
  }

  /** What is to be stored; nothing where it stands so already. @returns {{ keep_address: boolean } | undefined} */
  get wanted() {
    return this.hidden || this.#box.checked === isOn() ? undefined : { keep_address: this.#box.checked };
  }
}

const isOn = () => Boolean(instance.status?.preferences?.keep_address);

define("comfycontrol-keep-address-field", KeepAddressField);

/** What the extension may do by itself. Kept on the server, because anybody can write ComfyUI's settings. */

import { define, element } from "./elements.mjs";
import { instance, problemOf } from "./instance.mjs";
import { problemElement } from "./problem.mjs";
import { markLanguage, texts } from "./texts.mjs";

/** @typedef {"keep_address" | "check_address"} Name */

class PreferenceRow extends HTMLElement {
  #update = () => this.#show();
  #problem = element("div");
  #help = element("span", { className: "comfycontrol-help" });
  #box = element("input", { type: "checkbox", role: "switch", className: "comfycontrol-switch", onchange: () => this.#set() });
  #saving = false;

  /** @returns {Name} */
  get preference() {
    throw new Error("which one it is, each row says itself");
  }

  connectedCallback() {
    markLanguage(this);
    this.#box.setAttribute("aria-label", this.preference === "keep_address" ? texts.keepAddress : texts.checkAddress);
    if (!this.firstChild) this.append(element("div", { className: "comfycontrol-line" }, this.#help, this.#box), this.#problem);
    instance.addEventListener("change", this.#update);
    this.#show();
    if (!instance.status) instance.update();
  }

  disconnectedCallback() {
    instance.removeEventListener("change", this.#update);
  }

  #show() {
    if (this.#saving) return;
    const { owner, preferences } = instance.status ?? {};
    const may = Boolean(owner && preferences);
    this.#box.checked = Boolean(preferences?.[this.preference]);
    this.#box.disabled = !may;
    this.#help.textContent = may || !instance.status ? "" : texts.ownersOnly;
  }

  async #set() {
    this.#saving = true;
    this.#problem.replaceChildren();
    try {
      await instance.prefer({ [this.preference]: this.#box.checked });
    } catch (error) {
      this.#problem.replaceChildren(problemElement(problemOf(error)));
    } finally {
      this.#saving = false;
      this.#show();
    }
  }
}

class KeepAddressRow extends PreferenceRow {
  /** @returns {Name} */
  get preference() {
    return "keep_address";
  }
}

class CheckAddressRow extends PreferenceRow {
  /** @returns {Name} */
  get preference() {
    return "check_address";
  }
}

define("comfycontrol-keep-address-row", KeepAddressRow);
define("comfycontrol-check-address-row", CheckAddressRow);

/** What the panel's forms share: the token comes first, one request at a time, and a refusal is shown where it belongs. */

import { element } from "./elements.mjs";
import { ClosedEvent, DoneEvent } from "./events.mjs";
import { instance, problemOf } from "./instance.mjs";
import { problemElement } from "./problem.mjs";
import { markLanguage } from "./texts.mjs";
import { TokenRow } from "./token_row.mjs";
import { UnsavedChanges } from "./unsaved_changes.mjs";

/** @typedef {{ showFault: (text: string) => void, focus: () => void }} Field */

/** Fires `done` when the dialog may close, and `closed` when it has. */
export class PanelForm extends HTMLElement {
  /** Where errors are shown. */
  top = element("div");
  form = element("form", {
    novalidate: true,
    onsubmit: (/** @type {Event} */ event) => {
      event.preventDefault();
      this.#attempt(() => this.submit());
    },
  });
  #token = new TokenRow();
  #begun = false;
  #changes = new UnsavedChanges(this, () => this.hasChanges, () => this.done());
  #update = () => this.#show();

  constructor() {
    super();
    this.#token.isInDialog = true;
  }

  /** Whether closing the dialog would lose what somebody has entered. */
  get hasChanges() {
    return false;
  }

  /** Called once, when there is an owner and the form is on the page; `cameFromToken` says that a token came first. */
  begin(/** @type {{ cameFromToken: boolean }} */ _how) {}

  /** Called whenever more may be known about the instance. */
  refresh() {}

  /** @returns {Promise<void> | void} */
  submit() {}

  connectedCallback() {
    markLanguage(this);
    instance.addEventListener("change", this.#update);
    this.#changes.connect();
    this.#show();
    if (!instance.status) instance.update();
  }

  disconnectedCallback() {
    instance.removeEventListener("change", this.#update);
    this.#changes.disconnect();
    this.dispatchEvent(new ClosedEvent());
  }

  get begun() {
    return this.#begun;
  }

  /** @param {boolean} busy */
  markBusy(busy) {
    this.form.setAttribute("aria-busy", String(busy));
  }

  done() {
    this.dispatchEvent(new DoneEvent());
  }

  /** Close the dialog, or ask first where that would lose something. */
  leave() {
    this.#changes.leave();
  }

  /** @param {HTMLElement} message */
  tell(message) {
    this.top.replaceChildren(message);
    message.scrollIntoView({ block: "nearest" });
    message.focus();
  }

  /**
   * Show a refusal at the field it concerns.
   * @param {import("./api.mjs").Problem} problem
   * @param {Record<string, Field>} fields
   * @returns {boolean} whether it concerns one of them
   */
  showAtField(problem, fields) {
    const field = fields[problem.field ?? ""];
    field?.showFault([problem.message, problem.service_message, problem.next_step].filter(Boolean).join(" "));
    field?.focus();
    return Boolean(field);
  }

  #show() {
    const { status } = instance;
    const ready = Boolean(status?.owner && status.connected);
    if (!ready && !this.#begun) {
      if (!this.#token.isConnected) this.replaceChildren(this.#token);
      return;
    }
    const cameFromToken = this.#token.isConnected;
    if (!this.form.isConnected) {
      this.form.append(this.#changes.element);
      this.replaceChildren(this.form);
    }
    if (!this.#begun) {
      this.#begun = true;
      this.#attempt(() => this.begin({ cameFromToken }));
    }
    this.#attempt(() => this.refresh());
  }

  /** Whatever goes wrong ends in words, and leaves a form that can be used. @param {() => unknown} deed */
  async #attempt(deed) {
    try {
      await deed();
    } catch (error) {
      this.markBusy(false);
      this.tell(problemElement(problemOf(error)));
    }
  }
}

/** The question before disconnecting: what is forgotten here, and what stays at ComfyControl. */

import { button, define, element, freshId } from "./elements.mjs";
import { ClosedEvent, DoneEvent } from "./events.mjs";
import { instance, problemOf } from "./instance.mjs";
import { problemElement, toast } from "./problem.mjs";
import { runnerStatus } from "./runner_facts.mjs";
import { fill, markLanguage, texts } from "./texts.mjs";

/** The states in which the runner is ours, and ComfyControl there to be asked to disable it. */
const CAN_DISABLE = new Set(["registered", "address_changed"]);

/** Fires `done` when it has been answered, either way. */
export class Disconnect extends HTMLElement {
  #busy = false;
  #place = element("div");
  #disable = element("input", { type: "checkbox", id: freshId() });
  #confirm = button(texts.disconnect, () => this.#disconnect(), { className: "comfycontrol-button comfycontrol-danger" });

  connectedCallback() {
    markLanguage(this);
    if (!this.firstChild) this.#build();
    // In the token's row; a dialog looks for `autofocus` by itself, and later.
    queueMicrotask(() => this.focus());
  }

  disconnectedCallback() {
    this.dispatchEvent(new ClosedEvent());
  }

  focus() {
    const cancel = this.querySelector("button:not(.comfycontrol-danger)");
    if (cancel instanceof HTMLElement) cancel.focus();
  }

  #build() {
    const { status } = instance;
    const runner = status?.state === "runner_gone" ? undefined : status?.runner;
    const question = element("p", { className: "comfycontrol-problem-message", id: freshId() }, texts.disconnectQuestion);
    const offers = runner?.status === "active" && CAN_DISABLE.has(status?.state ?? "");
    this.setAttribute("role", "group");
    this.setAttribute("aria-labelledby", question.id);
    this.append(
      question,
      element("p", {}, texts.disconnectForgets),
      element("ul", { className: "comfycontrol-points" }, ...forgotten().map((text) => element("li", {}, text))),
      runner ? element("p", {}, fill(texts.disconnectStays, { runner: runner.name, status: runnerStatus(runner.status) })) : "",
      offers
        ? element("label", { className: "comfycontrol-check", for: this.#disable.id }, this.#disable, texts.disableFirst)
        : "",
      this.#place,
      element(
        "div",
        { className: "comfycontrol-footer" },
        button(texts.cancel, () => this.#done(), { autofocus: true }),
        this.#confirm,
      ),
    );
  }

  async #disconnect() {
    if (this.#busy) return;
    this.#setBusy(true);
    this.#place.replaceChildren();
    try {
      if (this.#disable.checked && !(await this.#disabled())) return;
      const left = await instance.disconnect();
      const stays = left && fill(texts.disconnectStays, { runner: left.name, status: runnerStatus(left.status) });
      toast("success", texts.disconnected, stays || undefined);
      this.#done();
    } catch (error) {
      this.#place.replaceChildren(problemElement(problemOf(error)));
    } finally {
      this.#setBusy(false);
    }
  }

  /** @returns {Promise<boolean>} whether the runner was disabled; if not, disconnecting is offered all the same */
  async #disabled() {
    try {
      await instance.change({ status: "disabled" });
      return true;
    } catch (error) {
      const why = element("p", {}, texts.disableFailed);
      this.#place.replaceChildren(problemElement(problemOf(error), why));
      this.#disable.checked = false;
      this.#confirm.textContent = texts.disconnectAnyway;
      return false;
    }
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.#confirm.setAttribute("aria-disabled", String(busy));
    this.#confirm.setAttribute("aria-busy", String(busy));
  }

  #done() {
    this.dispatchEvent(new DoneEvent());
  }
}

const forgotten = () => [texts.forgetsToken, texts.forgetsOwners, texts.forgetsRunner];

define("comfycontrol-disconnect", Disconnect);

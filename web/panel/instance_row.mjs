/** How this instance stands, in one chip and a line, and the button that opens the form. */

import { button, define, element } from "./elements.mjs";
import { instance, problemOf } from "./instance.mjs";
import { problemElement, toast } from "./problem.mjs";
import { openRunnerForm } from "./runner_dialog.mjs";
import { texts } from "./texts.mjs";

export class InstanceRow extends HTMLElement {
  #chip = element("span", { className: "comfycontrol-state", role: "status" });
  #runner = element("span", { className: "comfycontrol-runner" });
  #open = button(texts.registerButton, () => openRunnerForm(), { className: "comfycontrol-button comfycontrol-primary" });
  #switch = button(texts.disable, () => this.#toggle());
  #problem = element("div");
  #hint = element("p", { className: "comfycontrol-help" });
  #update = () => this.#show();

  connectedCallback() {
    instance.addEventListener("change", this.#update);
    if (!this.firstChild) {
      const buttons = element("span", { className: "comfycontrol-buttons" }, this.#switch, this.#open);
      const line = element("div", { className: "comfycontrol-line" }, this.#chip, this.#runner, buttons);
      this.append(line, this.#hint, this.#problem);
    }
    this.#show();
    this.#ask();
  }

  disconnectedCallback() {
    instance.removeEventListener("change", this.#update);
  }

  /** What is remembered stands at once; what ComfyControl says of it follows. */
  async #ask() {
    await instance.update();
    if (instance.status?.owner && instance.status.runner) await instance.update({ refresh: true });
  }

  #show() {
    const { status } = instance;
    const problem = instance.problem ?? status?.problem;
    const state = status?.state ?? "not_connected";
    const runner = status?.runner;
    this.#chip.textContent = status ? texts.states[state] : texts.asking;
    this.#chip.dataset.state = state;
    this.#runner.replaceChildren(
      ...(runner ? [element("strong", {}, runner.name), element("span", { title: runner.endpoint }, runner.endpoint)] : []),
    );
    const ready = Boolean(status?.owner && status.connected);
    this.#open.textContent = status?.registered && problem?.code !== "runner_gone" ? texts.editButton : texts.registerButton;
    this.#open.disabled = !ready;
    this.#hint.textContent = status && !ready && !problem ? texts.enterTokenFirst : "";
    this.#switch.hidden = !ready || !runner || (state !== "registered" && state !== "disabled");
    this.#switch.textContent = state === "disabled" ? texts.enable : texts.disable;
    this.#problem.replaceChildren(...(problem ? [problemElement(problem)] : []));
  }

  async #toggle() {
    const status = instance.status?.state === "disabled" ? "active" : "disabled";
    this.#switch.disabled = true;
    try {
      const runner = await instance.change({ status });
      toast("success", texts.changed(runner.name));
    } catch (error) {
      const { message, next_step } = problemOf(error);
      toast("error", message, next_step);
    } finally {
      this.#switch.disabled = false;
    }
  }
}

define("comfycontrol-instance-row", InstanceRow);

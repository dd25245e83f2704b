/** The state of this instance in a chip and a line, with the next steps and a button for everything else. */

import { ActionButtons } from "./action_buttons.mjs";
import { openInstance } from "./dialogs.mjs";
import { button, define, element } from "./elements.mjs";
import { instance } from "./instance.mjs";
import { retry } from "./retry.mjs";
import { isProven, StateView } from "./state_view.mjs";
import { markLanguage, texts } from "./texts.mjs";

/** A test workflow, where there is one to send, is one more. @param {import("./api.mjs").Action[]} actions */
const shown = (actions) => actions.slice(0, actions.includes("test_run") ? 3 : 2);

export class InstanceRow extends HTMLElement {
  #state = new StateView({ isBrief: true });
  #runner = element("span", { className: "comfycontrol-runner" });
  #actions = new ActionButtons();
  #details = button(texts.details, () => openInstance());
  #update = () => this.#show();

  connectedCallback() {
    markLanguage(this);
    if (!this.firstChild) {
      const buttons = element("span", { className: "comfycontrol-buttons" }, this.#actions.element, this.#details);
      this.append(element("div", { className: "comfycontrol-line" }, this.#state.chip, this.#runner, this.#state.sentences, buttons));
    }
    instance.addEventListener("change", this.#update);
    retry.addEventListener("change", this.#update);
    this.#actions.connect();
    this.#show();
    retry.look();
  }

  disconnectedCallback() {
    instance.removeEventListener("change", this.#update);
    retry.removeEventListener("change", this.#update);
    this.#actions.disconnect();
    retry.lookAway();
  }

  focus() {
    const first = this.querySelector("button");
    if (first) first.focus();
  }

  #show() {
    const { status } = instance;
    const runner = status?.runner;
    this.#state.show();
    this.#runner.replaceChildren(
      ...(runner
        ? [
            element("strong", { dir: "auto" }, runner.name),
            element("span", { dir: "ltr" }, runner.endpoint),
          ]
        : []),
    );
    this.#actions.show(shown(status?.actions ?? []), { isGood: isProven(status) });
  }
}

define("comfycontrol-instance-row", InstanceRow);

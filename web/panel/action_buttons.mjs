/** The buttons for what the server offers to do, the right next step first. */

import { doing } from "./actions.mjs";
import { button, element, iconElement } from "./elements.mjs";
import { texts } from "./texts.mjs";

/** @typedef {import("./api.mjs").Action} Action */

export class ActionButtons {
  element = element("span", { className: "comfycontrol-buttons" });
  /** @type {Map<Action, HTMLButtonElement>} */
  #buttons = new Map();
  #update = () => this.#showDoing();

  connect() {
    doing.addEventListener("change", this.#update);
  }

  disconnect() {
    doing.removeEventListener("change", this.#update);
  }

  /**
   * @param {Action[]} actions
   * @param {{ isGood: boolean }} how - whether nothing has to be done
   */
  show(actions, { isGood }) {
    if (actions.join() !== [...this.#buttons.keys()].join()) this.#replace(actions);
    for (const [action, each] of this.#buttons) each.classList.toggle("comfycontrol-primary", action === actions[0] && !isGood);
  }

  focus() {
    this.element.querySelector("button")?.focus();
  }

  /** @param {Action[]} actions */
  #replace(actions) {
    const before = this.#buttons;
    const hadFocus = [...before.values()].find((each) => each === document.activeElement);
    this.#buttons = new Map(actions.map((action) => [action, before.get(action) ?? this.#make(action)]));
    const buttons = [...this.#buttons.values()];
    this.element.replaceChildren(...buttons);
    this.#showDoing();
    // Moved in the document, a button loses the focus; and where it is gone, the next step is where to go on.
    if (hadFocus) (buttons.find((each) => each === hadFocus) ?? buttons[0])?.focus();
  }

  /** @param {Action} action */
  #make(action) {
    const made = button(texts.actions[action] ?? action, () => doing.start(action, made), { "data-action": action });
    return made;
  }

  /** Not disabled while something is done: that would lose the focus. */
  #showDoing() {
    for (const [action, each] of this.#buttons) {
      const busy = doing.action === action;
      each.setAttribute("aria-disabled", String(Boolean(doing.action)));
      each.setAttribute("aria-busy", String(busy));
      each.querySelector("i")?.remove();
      if (busy) each.prepend(iconElement("spinner"));
    }
  }
}

/** The switch of the form that lets only ComfyControl in: at a second port, with a key that is a header of the runner. */

import { call } from "./api.mjs";
import { commandElement } from "./command.mjs";
import { isDecided } from "./environment_fields.mjs";
import { define, element, freshId } from "./elements.mjs";
import { instance, problemOf } from "./instance.mjs";
import { problemElement } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/**
 * @typedef {{ state: "off" | "open" | "failed", address: string, port?: number, instead_of?: number,
 *   problem?: import("./api.mjs").Problem, tunnel?: string, whole_api: boolean, refused: { wrong_keys: number,
 *   without_key: number, paths: { method: string, path: string, times: number }[] } }} GuardedPort
 */

/** Fires `change` when the switch has been turned, once the port is as it says. */
export class GuardField extends HTMLElement {
  /** Whether the form has the command for a tunnel elsewhere. @type {() => boolean} */
  tunnelIsShown = () => false;
  #begun = false;
  /** Whether it is as somebody wants it. */
  #turned = false;
  #box = element("input", { type: "checkbox", role: "switch", className: "comfycontrol-switch", id: freshId(), onchange: () => this.#turn() });
  #more = element("div", { className: "comfycontrol-stack", role: "status" });

  connectedCallback() {
    if (this.firstChild) return;
    const help = element("p", { className: "comfycontrol-help", id: freshId() }, texts.guard.help);
    this.#box.setAttribute("aria-describedby", help.id);
    this.append(
      element("div", { className: "comfycontrol-line" }, element("label", { for: this.#box.id }, texts.guard.switch), this.#box),
      help,
      this.#more,
    );
  }

  /** Whether only ComfyControl is to get in. */
  get on() {
    return this.#box.checked;
  }

  /** How it stands when the form begins; nothing is opened for it. @param {boolean} on */
  begin(on) {
    if (this.#begun) return;
    this.#begun = true;
    this.#box.checked = on;
    this.#box.disabled = isDecided("gateway");
    this.#turned = on;
    if (on || this.#box.disabled) this.#load(call("GET", "guarded-port"));
  }

  /** Turn it on where nobody has said anything yet. */
  async suggest() {
    if (this.#turned || this.#box.disabled) return;
    this.#box.checked = true;
    await this.#turn();
  }

  focus() {
    this.#box.focus();
  }

  async #turn() {
    this.#turned = true;
    const on = this.#box.checked;
    this.#box.setAttribute("aria-busy", "true");
    // Of a runner that is guarded, saving takes the key away and closes the port.
    const closes = !on && !instance.status?.runner;
    if (on) await this.#load(call("PATCH", "guarded-port", { is_on: true }));
    else if (closes) await this.#load(call("PATCH", "guarded-port", { is_on: false }));
    else this.#more.replaceChildren();
    this.#box.removeAttribute("aria-busy");
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Promise<{ guarded_port: GuardedPort }>} answer */
  async #load(answer) {
    try {
      const { guarded_port } = await answer;
      if (guarded_port.problem) this.#box.checked = false;
      else if (this.#box.disabled) this.#box.checked = guarded_port.state === "open";
      this.#more.replaceChildren(...told(guarded_port, this.tunnelIsShown()));
    } catch (error) {
      this.#box.checked = false;
      this.#more.replaceChildren(problemElement(problemOf(error)));
    }
  }
}

/**
 * @param {GuardedPort} guardedPort
 * @param {boolean} tunnelIsShown
 */
function told({ problem, port, instead_of, tunnel }, tunnelIsShown) {
  if (problem) return [problemElement(problem)];
  if (!port) return [];
  return [
    ...(instead_of ? [element("p", { className: "comfycontrol-warning" }, fill(texts.guard.insteadOf, { port: instead_of }))] : []),
    ...(tunnel && !tunnelIsShown ? [element("p", {}, fill(texts.guard.forward, { port })), commandElement(tunnel)] : []),
  ];
}

define("comfycontrol-guard-field", GuardField);

/** The guarded port in the dialog of this instance: what it refused, what it lets in, its key. */

import { call } from "./api.mjs";
import { button, define, element, freshId } from "./elements.mjs";
import { instance, problemOf } from "./instance.mjs";
import { problemElement, toast } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/** @typedef {import("./guard_field.mjs").GuardedPort} GuardedPort */

export class GuardedPortSection extends HTMLElement {
  #busy = false;
  #place = element("div", { className: "comfycontrol-stack" });
  #wholeApi = element("input", { type: "checkbox", role: "switch", className: "comfycontrol-switch", id: freshId(), onchange: () => this.#change({ whole_api: this.#wholeApi.checked }) });
  #newKey = button(texts.guard.newKey, () => this.#change({ new_key: true }, texts.guard.newKeyDone));
  #off = button(texts.guard.off, () => this.#change({ is_on: false }, texts.guard.offDone));
  #problem = element("div");

  connectedCallback() {
    if (this.firstChild) return;
    const help = element("p", { className: "comfycontrol-help", id: freshId() }, texts.guard.wholeApiHelp);
    this.#wholeApi.setAttribute("aria-describedby", help.id);
    this.append(
      element("h3", {}, texts.guard.title),
      this.#place,
      element("div", { className: "comfycontrol-line" }, element("label", { for: this.#wholeApi.id }, texts.guard.wholeApi), this.#wholeApi),
      help,
      element("div", { className: "comfycontrol-buttons" }, this.#newKey, this.#off),
      this.#problem,
    );
    this.#load(call("GET", "guarded-port"));
  }

  /**
   * @param {object} change
   * @param {string} [done]
   */
  async #change(change, done) {
    if (this.#busy) return;
    this.#busy = true;
    const changed = await this.#load(call("PATCH", "guarded-port", change));
    this.#busy = false;
    if (changed && done) toast("success", done);
    await instance.update();
  }

  /** @param {Promise<{ guarded_port: GuardedPort }>} answer */
  async #load(answer) {
    try {
      const { guarded_port } = await answer;
      this.#problem.replaceChildren();
      this.#show(guarded_port);
      return true;
    } catch (error) {
      this.#problem.replaceChildren(problemElement(problemOf(error)));
      return false;
    }
  }

  /** @param {GuardedPort} guardedPort */
  #show({ port, address, whole_api, refused, problem }) {
    const { paths, wrong_keys, without_key } = refused;
    this.#wholeApi.checked = whole_api;
    this.#place.replaceChildren(
      ...(problem ? [problemElement(problem)] : []),
      ...(port ? [element("p", {}, fill(texts.guard.listens, { place: `${address}:${port}` }))] : []),
      element("p", { className: "comfycontrol-help" }, fill(texts.guard.turnedAway, { wrong: wrong_keys, without: without_key })),
      ...(paths.length > 0 ? [element("p", {}, texts.guard.refused), element("ul", {}, ...paths.map(refusedPath))] : []),
    );
  }
}

/** @param {GuardedPort["refused"]["paths"][number]} path */
const refusedPath = ({ method, path, times }) =>
  element("li", {}, element("code", { dir: "ltr" }, `${method} ${path}`), ` ${fill(texts.guard.times, { times })}`);

define("comfycontrol-guarded-port", GuardedPortSection);

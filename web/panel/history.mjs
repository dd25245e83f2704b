/** The latest workflows that this instance's runner ran. Loaded when it is opened, and again on request. */

import { call } from "./api.mjs";
import { button, define, element } from "./elements.mjs";
import { problemOf } from "./instance.mjs";
import { timeElement } from "./moment.mjs";
import { problemElement } from "./problem.mjs";
import { texts } from "./texts.mjs";

/** @typedef {{ id: string, name: string, status: string, created_at: string, started_at: string, completed_at: string }} Workflow */

export class History extends HTMLElement {
  #list = element("div");
  #reload = button(texts.historyReload, () => this.#load());
  #loading = false;

  connectedCallback() {
    if (!this.firstChild) {
      this.append(
        element("div", { className: "comfycontrol-heading" }, element("h3", {}, texts.history), this.#reload),
        this.#list,
      );
    }
    this.#load();
  }

  async #load() {
    if (this.#loading) return;
    this.#setLoading(true);
    if (!this.#list.firstChild) this.#list.append(note(texts.historyLoading));
    try {
      const { workflows } = await call("GET", "history");
      this.#list.replaceChildren(
        workflows.length > 0 ? element("ul", { className: "comfycontrol-workflows" }, ...workflows.map(row)) : note(texts.historyEmpty),
      );
    } catch (error) {
      this.#list.replaceChildren(problemElement(problemOf(error)));
    } finally {
      this.#setLoading(false);
    }
  }

  /** @param {boolean} loading */
  #setLoading(loading) {
    this.#loading = loading;
    this.#reload.setAttribute("aria-disabled", String(loading));
    this.#list.setAttribute("aria-busy", String(loading));
  }
}

/** @param {string} text */
const note = (text) => element("p", { className: "comfycontrol-help" }, text);

/** @param {Workflow} workflow */
function row({ name, id, status, created_at, started_at, completed_at }) {
  const when = completed_at || started_at || created_at;
  return element(
    "li",
    {},
    element("bdi", { className: "comfycontrol-workflow-name" }, name || id),
    element(
      "span",
      { className: "comfycontrol-workflow-end" },
      element("span", { className: "comfycontrol-workflow-status", "data-status": status }, inWords(status)),
      when && element("span", { className: "comfycontrol-help" }, timeElement(when)),
    ),
  );
}

/** @param {string} status */
const inWords = (status) => texts.workflowStatus[/** @type {keyof typeof texts.workflowStatus} */ (status)] ?? status;

define("comfycontrol-history", History);

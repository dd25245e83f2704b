/** The account's runners, to take one over: loaded once, then searched and paged here. */

import { announce } from "./announcement.mjs";
import { call } from "./api.mjs";
import { button, define, element, freshId } from "./elements.mjs";
import { ClosedEvent, DoneEvent, RunnerChosenEvent } from "./events.mjs";
import { instance, problemOf } from "./instance.mjs";
import { agoElement } from "./moment.mjs";
import { problemElement } from "./problem.mjs";
import { chips, runnerStatus } from "./runner_facts.mjs";
import { fill, markLanguage, texts } from "./texts.mjs";

/** @typedef {import("./api.mjs").Runner} Runner */

const PAGE_LENGTH = 10;

/** Fires `chosen` with a runner, `done` when the dialog may close without one, and `closed` when it has. */
export class RunnerList extends HTMLElement {
  /** @type {Runner[]} */
  #runners = [];
  #page = 0;
  #search = element("input", {
    id: freshId(),
    type: "search",
    placeholder: texts.listSearchPlaceholder,
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => this.#onSearch(),
  });
  #count = element("p", { className: "comfycontrol-help" });
  #list = element("ul", { className: "comfycontrol-runners" });
  #previous = button(texts.listPrevious, () => this.#turn(-1));
  #next = button(texts.listNext, () => this.#turn(1));
  #pageOf = element("span", { className: "comfycontrol-help" });
  #pages = element("div", { className: "comfycontrol-pages" }, this.#previous, this.#pageOf, this.#next);
  #body = element("div", { className: "comfycontrol-stack" });

  connectedCallback() {
    markLanguage(this);
    if (this.firstChild) return;
    this.append(
      element("p", {}, texts.listHelp),
      this.#body,
      element(
        "div",
        { className: "comfycontrol-footer" },
        button(texts.cancel, () => this.dispatchEvent(new DoneEvent()), { autofocus: true }),
      ),
    );
    this.#load();
  }

  disconnectedCallback() {
    this.dispatchEvent(new ClosedEvent());
  }

  async #load() {
    this.#body.replaceChildren(element("p", { className: "comfycontrol-help" }, texts.listLoading));
    try {
      const { runners, truncated } = await call("GET", "runners");
      this.#runners = runners;
      this.#showAll(truncated);
    } catch (error) {
      const again = button(texts.actions.retry, () => this.#load());
      this.#body.replaceChildren(problemElement(problemOf(error), again));
    }
  }

  /** @param {boolean} truncated */
  #showAll(truncated) {
    if (this.#runners.length === 0) {
      this.#body.replaceChildren(element("p", {}, texts.listEmpty));
      announce(texts.listEmpty);
      return;
    }
    this.#body.replaceChildren(
      element("div", { className: "comfycontrol-field" }, element("label", { for: this.#search.id }, texts.listSearch), this.#search),
      this.#count,
      truncated ? element("p", { className: "comfycontrol-help comfycontrol-warning" }, texts.listTruncated) : "",
      this.#list,
      this.#pages,
    );
    this.#show();
    // So far the person has only waited for this.
    if (!this.contains(document.activeElement) || document.activeElement?.matches("[autofocus]")) this.#search.focus();
  }

  #onSearch() {
    this.#page = 0;
    this.#show();
    announce(this.#count.textContent ?? "");
  }

  /** @param {number} by */
  #turn(by) {
    const page = this.#page + by;
    if (page < 0 || page >= pagesOf(this.#found())) return;
    this.#page = page;
    this.#show();
    announce(this.#pageOf.textContent ?? "");
  }

  /** Those with every word of the search in their name, address or tags. */
  #found() {
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.#runners.filter(({ name, endpoint, tags }) => {
      const text = [name, endpoint, ...tags].join("\n").toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  #show() {
    const found = this.#found();
    const pages = pagesOf(found);
    const shown = found.slice(this.#page * PAGE_LENGTH, (this.#page + 1) * PAGE_LENGTH);
    this.#count.textContent =
      found.length > 0 ? fill(texts.listCount, { found: found.length, all: this.#runners.length }) : texts.listNothingFound;
    this.#list.replaceChildren(...shown.map((runner) => this.#row(runner)));
    this.#pageOf.textContent = fill(texts.listPage, { page: this.#page + 1, pages });
    this.#pages.hidden = pages < 2;
    // Not disabled: the one that was pressed would lose the focus.
    this.#previous.setAttribute("aria-disabled", String(this.#page === 0));
    this.#next.setAttribute("aria-disabled", String(this.#page >= pages - 1));
  }

  /** @param {Runner} runner */
  #row(runner) {
    const created = Date.parse(runner.created_at);
    const own = runner.id === instance.status?.runner?.id;
    return element(
      "li",
      {},
      element(
        "div",
        { className: "comfycontrol-runner" },
        element("strong", { dir: "auto" }, runner.name),
        element("span", {}, element("bdi", {}, runner.endpoint)),
        element(
          "span",
          {},
          runnerStatus(runner.status),
          !Number.isNaN(created) && " · ",
          !Number.isNaN(created) && agoElement(texts.listCreated, created),
          own && ` · ${texts.listOwn}`,
        ),
        runner.tags.length > 0 && chips(runner.tags),
      ),
      button(texts.takeOver, () => this.dispatchEvent(new RunnerChosenEvent(runner)), {
        "aria-label": fill(texts.takeOverRunner, { name: runner.name }),
      }),
    );
  }
}

/** @param {Runner[]} runners */
const pagesOf = (runners) => Math.ceil(runners.length / PAGE_LENGTH);

define("comfycontrol-runner-list", RunnerList);

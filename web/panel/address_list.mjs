/** The addresses that this machine may have, one of them to be chosen: where each is from, how sure, what it needs. */

import { isPublic } from "./address_note.mjs";
import { button, element, freshId, iconElement } from "./elements.mjs";
import { fill, texts } from "./texts.mjs";

/**
 * @typedef {{ name: string, value: string, known: boolean }} Header
 * @typedef {{ url: string | null, source: string, certainty: "high" | "medium" | "low", kind: import("./address_note.mjs").Kind[],
 *   headers: Header[], note: string, changes?: boolean }} Suggestion
 */

export class AddressList {
  element = element("div", { className: "comfycontrol-addresses", hidden: true });
  /** Called with the address that was chosen. @type {(url: string) => void} */
  onChosen = () => {};
  /** Called with a header that the chosen address needs, and that is to be added. @type {(header: Header) => void} */
  onHeader = () => {};
  /** What is shown: rebuilt only when this changes, so that a choice keeps the focus. */
  #shown = "";
  /** @type {{ suggestion: Suggestion, radio: HTMLInputElement, offers: HTMLElement }[]} */
  #choices = [];

  /** @param {Suggestion[]} suggestions - best first */
  show(suggestions) {
    const shown = JSON.stringify(suggestions);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const heading = element("p", { className: "comfycontrol-help", id: freshId() }, texts.endpointsSuggested);
    const choices = element("div", { role: "radiogroup", "aria-labelledby": heading.id });
    const group = freshId();
    this.#choices = suggestions.filter(({ url }) => url).map((suggestion) => this.#choice(suggestion, group));
    choices.append(...this.#choices.map(({ radio, offers }) => element("div", {}, radio.parentElement, offers)));
    this.element.hidden = suggestions.length === 0;
    this.element.replaceChildren(
      ...(this.#choices.length > 0 ? [heading, choices] : []),
      ...suggestions.filter(({ url }) => !url).map(advice),
    );
  }

  /**
   * Mark the address that stands in the field, and offer the headers that it needs.
   * @param {string} endpoint
   * @param {string[]} there - the names of the headers that are added already
   */
  mark(endpoint, there) {
    for (const { suggestion, radio, offers } of this.#choices) {
      radio.checked = suggestion.url === endpoint;
      const missing = radio.checked ? suggestion.headers.filter(({ name }) => !there.includes(name)) : [];
      offers.replaceChildren(...missing.map((header) => this.#offer(header)));
    }
  }

  /**
   * @param {Suggestion} suggestion
   * @param {string} name - of the group
   */
  #choice(suggestion, name) {
    const url = element("span", { id: freshId(), dir: "ltr" }, suggestion.url);
    const about = element("span", { className: "comfycontrol-help", id: freshId() }, ...described(suggestion));
    const radio = element("input", {
      type: "radio",
      name,
      "aria-labelledby": url.id,
      "aria-describedby": about.id,
      onchange: () => this.onChosen(suggestion.url ?? ""),
    });
    element("label", { className: "comfycontrol-address" }, radio, element("span", {}, url, about));
    return { suggestion, radio, offers: element("div") };
  }

  /** @param {Header} header */
  #offer(header) {
    return element(
      "p",
      { className: "comfycontrol-help" },
      `${fill(header.known ? texts.needsKnownHeader : texts.needsHeader, { name: header.name })} `,
      button(texts.addIt, () => this.onHeader(header)),
    );
  }
}

/** @param {Suggestion} suggestion */
const described = ({ source, certainty, kind, note }) => [
  `${fill(texts.suggestedBy, { source })} ${texts.certainty[certainty]} ${note} `,
  !isPublic(kind) && element("strong", { className: "comfycontrol-unreachable" }, iconElement("exclamation-triangle"), ` ${texts.addressNotPublic}`),
];

/** What to do on a platform without a usable address. @param {Suggestion} suggestion */
const advice = ({ source, note }) => element("p", { className: "comfycontrol-help" }, element("strong", {}, source), ` ${note}`);

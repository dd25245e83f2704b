/** The field for the endpoint: suggestions with their sources, the kind of the address, and whether it leads here. */

import { AddressNote, isPublic } from "./address_note.mjs";
import { call } from "./api.mjs";
import { button, define, element, freshId } from "./elements.mjs";
import { HeaderEvent } from "./events.mjs";
import { problemOf } from "./instance.mjs";
import { endpointFault, faultText } from "./limits.mjs";
import { NoAddress } from "./no_address.mjs";
import { fill, texts } from "./texts.mjs";
import { verdictElements } from "./verdict_view.mjs";

/**
 * @typedef {{ url: string | null, source: string, certainty: "high" | "medium" | "low", kind: import("./address_note.mjs").Kind[],
 *   headers: { name: string, value: string, known: boolean }[], note: string }} Suggestion
 */

/** Fires `change` when the address has changed, and `header` with a header that a picked suggestion needs. */
export class EndpointField extends HTMLElement {
  /** What a person typed is never overwritten. */
  #typed = false;
  /** @type {Suggestion[]} */
  #suggestions = [];
  /** What was checked last, so that nothing is checked twice. */
  #checked = "";
  #fault = element("p", { className: "comfycontrol-fault", id: freshId(), role: "alert" });
  #note = new AddressNote();
  #noAddress = new NoAddress();
  #list = element("ul", { className: "comfycontrol-addresses", "aria-label": texts.endpointsSuggested });
  #verdict = element("div", { role: "status" });
  #check = button(texts.check, () => this.check());
  #input = element("input", {
    id: freshId(),
    type: "text",
    inputmode: "url",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": `${this.#fault.id} ${this.#note.element.id}`,
    oninput: () => this.#onInput(),
  });
  /** The headers of the form, which the check sends along. @type {() => Record<string, string>} */
  headers = () => ({});
  /** Whether only ComfyControl is to get in. @type {() => boolean} */
  isGuarded = () => false;
  /** Those whose values the server fills in. @type {() => string[]} */
  machineHeaders = () => [];

  connectedCallback() {
    if (this.firstChild) return;
    this.append(
      element("label", { for: this.#input.id }, texts.endpoint),
      element("div", { className: "comfycontrol-line" }, this.#input, this.#check),
      this.#fault,
      this.#note.element,
      this.#verdict,
      this.#noAddress.element,
      this.#list,
    );
    this.#note.onJudged = (kinds) => this.#offerTunnel(kinds);
    this.#note.judge(this.value, this.#suggestions);
  }

  get value() {
    return this.#input.value.trim();
  }

  /** Fill in a suggested address. */
  set value(endpoint) {
    this.#input.value = endpoint;
    this.#note.judge(this.value, this.#suggestions);
    this.#showList();
  }

  /**
   * Show where the address may come from, best first.
   * @param {Suggestion[]} suggestions
   * @param {import("./no_address.mjs").QuickTunnel} tunnel - what to do where none of them is public
   * @param {() => Promise<unknown>} lookAgain
   */
  suggest(suggestions, tunnel, lookAgain) {
    this.#suggestions = suggestions;
    this.#noAddress.build(tunnel, lookAgain);
    const best = suggestions.find(({ kind }) => isPublic(kind));
    if (best?.url && !this.#typed && !this.value) {
      this.#input.value = best.url;
      this.showFault("");
    }
    this.#note.judge(this.value, this.#suggestions);
    this.#showList();
  }

  /** @param {string} text */
  showFault(text) {
    this.#fault.textContent = text;
    this.#input.setAttribute("aria-invalid", String(Boolean(text)));
  }

  focus() {
    this.#input.focus();
  }

  get showsTunnel() {
    return !this.#noAddress.element.hidden;
  }

  /** Whether this machine has no address on the internet, as far as is known. */
  get isAtHome() {
    return !this.#suggestions.some(({ kind }) => isPublic(kind));
  }

  /** @returns {string | undefined} the code of what is wrong */
  finish() {
    const fault = endpointFault(this.value);
    this.showFault(faultText(fault));
    return fault;
  }

  /** Whether this very address, with these headers, has been checked already. */
  get isChecked() {
    return this.#checked === this.#toCheck();
  }

  /**
   * Ask this instance's server whether the address leads to it.
   * @returns {Promise<boolean>} whether it was proven
   */
  async check() {
    if (this.finish()) {
      this.focus();
      return false;
    }
    const asked = this.#toCheck();
    this.#verdict.replaceChildren(element("p", { className: "comfycontrol-help" }, texts.checking));
    this.#check.setAttribute("aria-disabled", "true");
    /** @type {import("./verdict_view.mjs").Verdict} */
    let verdict;
    try {
      verdict = await call("POST", "endpoint-check", {
        endpoint: this.value,
        headers: this.headers(),
        machine_headers: this.machineHeaders(),
      });
    } catch (error) {
      verdict = { verdict: "not_checked", ...problemOf(error) };
    }
    this.#check.removeAttribute("aria-disabled");
    // If the address has been changed meanwhile, this is not about it any more.
    if (asked !== this.#toCheck()) {
      this.#verdict.replaceChildren();
      return false;
    }
    this.#checked = asked;
    this.#verdict.replaceChildren(...verdictElements(verdict, (address) => this.#pick(address)));
    return verdict.verdict === "proven";
  }

  /** @param {import("./address_note.mjs").Kind[]} kinds - of what stands in the field */
  #offerTunnel(kinds) {
    const isEmpty = !this.value;
    const isElsewhere = kinds.length > 0 && !isPublic(kinds);
    const isNeeded = (isEmpty || isElsewhere) && this.isAtHome;
    this.#note.element.hidden = this.#noAddress.show({ isNeeded, isEmpty, isGuarded: this.isGuarded() }) && isEmpty;
  }

  #toCheck() {
    return JSON.stringify([this.value, this.headers(), this.machineHeaders()]);
  }

  #onInput() {
    this.#typed = true;
    this.#changed();
    this.finish();
  }

  #changed() {
    this.#verdict.replaceChildren();
    this.#note.judge(this.value, this.#suggestions);
    this.#showList();
    this.dispatchEvent(new Event("change"));
  }

  #showList() {
    const shown = this.#suggestions.filter(({ url }) => url !== this.value);
    const current = this.#suggestions.find(({ url }) => url && url === this.value);
    this.#list.replaceChildren(
      ...(current ? [element("li", { className: "comfycontrol-help" }, sourceOf(current), ...this.#offers(current))] : []),
      ...shown.map((suggestion) => this.#suggestion(suggestion)),
    );
  }

  /** @param {Suggestion} suggestion */
  #suggestion(suggestion) {
    const { url, source, note } = suggestion;
    // A platform without a usable address: say what to do instead.
    if (!url) return element("li", { className: "comfycontrol-help" }, element("strong", {}, source), ` ${note}`);
    return element(
      "li",
      {},
      button(url, () => this.#pick(url), { className: "comfycontrol-address", title: texts.useAddress, dir: "ltr" }),
      element("span", { className: "comfycontrol-help" }, sourceOf(suggestion)),
    );
  }

  /** @param {string} url */
  #pick(url) {
    this.#input.value = url;
    this.showFault("");
    this.#changed();
    this.focus();
  }

  /** @param {Suggestion} suggestion */
  #offers({ headers }) {
    const there = [...Object.keys(this.headers()), ...this.machineHeaders()];
    return headers.filter(({ name }) => !there.includes(name)).map((header) =>
      element(
        "p",
        {},
        `${fill(header.known ? texts.needsKnownHeader : texts.needsHeader, { name: header.name })} `,
        button(texts.addIt, () => {
          this.dispatchEvent(new HeaderEvent(header));
          this.#showList();
        }),
      ),
    );
  }
}

/** @param {Suggestion} suggestion */
const sourceOf = ({ source, certainty, note }) =>
  [
    fill(texts.suggestedBy, { source }),
    certainty === "high" ? "" : texts.certainty[certainty],
    note,
  ]
    .filter(Boolean)
    .join(" ");

define("comfycontrol-endpoint-field", EndpointField);

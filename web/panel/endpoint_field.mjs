/** The field for the endpoint: suggestions with their sources, the kind of the address, and whether it leads here. */

import { AddressList } from "./address_list.mjs";
import { AddressNote, isPublic } from "./address_note.mjs";
import { call } from "./api.mjs";
import { button, define, element, freshId } from "./elements.mjs";
import { CheckedEvent, HeaderEvent } from "./events.mjs";
import { problemOf } from "./instance.mjs";
import { endpointFault, faultText } from "./limits.mjs";
import { NoAddress } from "./no_address.mjs";
import { selectFilledIn } from "./text_field.mjs";
import { texts } from "./texts.mjs";
import { verdictElements } from "./verdict_view.mjs";

/** @typedef {import("./address_list.mjs").Suggestion} Suggestion */

const UNCHECKED = { what: "", isProven: false, isAsked: false };

/** Fires `change` when the address has changed, `checked` when it was, and `header` with a header that a suggestion needs. */
export class EndpointField extends HTMLElement {
  /** What a person typed is never overwritten. */
  #typed = false;
  /** @type {Suggestion[]} */
  #suggestions = [];
  /** What was checked last, what came of it, and whether somebody had asked for that. */
  #checked = UNCHECKED;
  /** @type {{ what: string, proves: Promise<boolean> } | undefined} */
  #underWay;
  #hasCheckedByItself = false;
  #fault = element("p", { className: "comfycontrol-fault", id: freshId(), role: "alert" });
  #note = new AddressNote();
  #noAddress = new NoAddress();
  #list = new AddressList();
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
  /** Whether a suggestion that is filled in is checked without being asked. @type {() => boolean} */
  checksByItself = () => false;

  connectedCallback() {
    if (this.firstChild) return;
    this.append(
      element("label", { for: this.#input.id }, texts.endpoint),
      element("div", { className: "comfycontrol-line" }, this.#input, this.#check),
      this.#fault,
      this.#note.element,
      this.#verdict,
      this.#noAddress.element,
      this.#list.element,
    );
    selectFilledIn(this.#input, () => !this.#typed);
    this.#list.onChosen = (url) => this.#choose(url);
    this.#list.onHeader = (header) => {
      this.dispatchEvent(new HeaderEvent(header));
      this.#mark();
    };
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
    this.#mark();
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
    this.#list.show(suggestions);
    this.#mark();
    if (best?.url === this.value && this.checksByItself() && !this.#hasCheckedByItself) {
      this.#hasCheckedByItself = true;
      this.check({ isAsked: false });
    }
  }

  /** @param {string} text */
  showFault(text) {
    this.#fault.textContent = text;
    this.#input.setAttribute("aria-invalid", String(Boolean(text)));
  }

  focus() {
    this.#input.focus();
  }

  /** Whether the next tunnel or machine has another address than the one in the field. */
  get changes() {
    return Boolean(this.#suggestions.find(({ url }) => url === this.value)?.changes);
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

  /** Whether this very address, with these headers, is known to lead here. */
  get isProven() {
    return this.#checked.isProven && this.#checked.what === this.#toCheck();
  }

  /** Whether somebody has seen that it is not. */
  get isUnproven() {
    const { what, isProven, isAsked } = this.#checked;
    return isAsked && !isProven && what === this.#toCheck();
  }

  /**
   * Ask this instance's server whether the address leads to it.
   * @param {{ isAsked?: boolean }} [how] - whether somebody asked for it
   * @returns {Promise<boolean>} whether it was proven
   */
  async check({ isAsked = true } = {}) {
    if (this.finish()) {
      if (isAsked) this.focus();
      return false;
    }
    const what = this.#toCheck();
    if (this.#underWay?.what !== what) this.#underWay = { what, proves: this.#ask(what) };
    const isProven = await this.#underWay.proves;
    // If the address has been changed meanwhile, this is not about it any more.
    if (what !== this.#toCheck()) return false;
    this.#checked = { what, isProven, isAsked };
    this.dispatchEvent(new CheckedEvent());
    return isProven;
  }

  /** @param {string} what */
  async #ask(what) {
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
    if (this.#underWay?.what === what) this.#underWay = undefined;
    this.#check.removeAttribute("aria-disabled");
    const told = what === this.#toCheck() ? verdictElements(verdict, (address) => this.#pick(address)) : [];
    this.#verdict.replaceChildren(...told);
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
    this.#checked = UNCHECKED;
    this.#note.judge(this.value, this.#suggestions);
    this.#mark();
    this.dispatchEvent(new Event("change"));
  }

  /** An address of a verdict: the field is where to go on. @param {string} url */
  #pick(url) {
    this.#choose(url);
    this.focus();
  }

  /** @param {string} url */
  #choose(url) {
    this.#input.value = url;
    this.showFault("");
    this.#changed();
  }

  #mark() {
    this.#list.mark(this.value, [...Object.keys(this.headers()), ...this.machineHeaders()]);
  }
}

define("comfycontrol-endpoint-field", EndpointField);

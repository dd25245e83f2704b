/** The fields of a runner: what they begin with, what is wrong with them, and what is in them. */

import { call } from "./api.mjs";
import { decidedField, isDecided } from "./environment_fields.mjs";
import { EndpointField } from "./endpoint_field.mjs";
import { HeaderEvent } from "./events.mjs";
import { GuardField } from "./guard_field.mjs";
import { HeadersField } from "./headers_field.mjs";
import { problemOf } from "./instance.mjs";
import { KeepAddressField } from "./keep_address_field.mjs";
import { faultText, nameFault } from "./limits.mjs";
import { TagsField } from "./tags_field.mjs";
import { selectFilledIn, textField } from "./text_field.mjs";
import { texts } from "./texts.mjs";

/** @typedef {import("./form_purpose.mjs").Purpose} Purpose */

/** Fires `change` when a person has changed one of them. */
export class RunnerFields extends EventTarget {
  name = textField(texts.name, texts.nameHelp, { autofocus: true, oninput: () => this.#onName() });
  endpoint = new EndpointField();
  keep = new KeepAddressField();
  guard = new GuardField();
  tags = new TagsField();
  headers = new HeadersField();
  elements = [this.name.whole, this.endpoint, this.keep, this.guard, this.tags, this.headers];
  #typed = new Set();
  /** @type {Purpose} */
  #purpose;

  /** @param {Purpose} purpose */
  constructor(purpose) {
    super();
    this.#purpose = purpose;
    const { name, endpoint, keep, guard, tags, headers } = this;
    selectFilledIn(name.input, () => !this.#typed.has("name"));
    tags.addEventListener("change", () => this.#onType("tags"));
    headers.addEventListener("change", () => this.#onType("headers"));
    endpoint.addEventListener("change", () => {
      this.#onType("endpoint");
      this.#suggestKeeping();
    });
    keep.addEventListener("input", () => this.#onType("keep"));
    guard.addEventListener("input", () => this.#onType("guard"));
    // Another port has other addresses.
    guard.addEventListener("change", () => this.#suggest());
    endpoint.addEventListener(HeaderEvent.type, (event) => {
      if (event instanceof HeaderEvent) headers.offer(event.header);
    });
    endpoint.isGuarded = () => guard.on;
    guard.tunnelIsShown = () => endpoint.showsTunnel;
    endpoint.headers = () => headers.headers ?? {};
    endpoint.machineHeaders = () => headers.ofMachine;
  }

  /** Whether a person has changed any of them. */
  get areTyped() {
    return this.#typed.size > 0;
  }

  /** What they are for, whenever more is known of that. */
  set purpose(/** @type {Purpose} */ purpose) {
    this.#purpose = purpose;
    this.#suggestKeeping();
  }

  /** Fill in the initial values, but leave alone what a person has typed. */
  begin() {
    const { name, endpoint, tags, kept, guard } = this.#purpose.beginning;
    if (!this.#typed.has("name")) this.name.input.value = name;
    if (!this.#typed.has("endpoint")) this.endpoint.value = endpoint;
    if (!this.#typed.has("tags")) this.tags.tags = tags;
    if (!this.#typed.has("headers")) this.headers.kept = kept;
    this.guard.begin(guard);
    this.#close();
    this.#suggest();
  }

  /** Give the focus to the field where the person is to begin. @param {string | undefined} field */
  focus(field) {
    const place = { endpoint: this.endpoint, headers: this.headers }[field ?? ""];
    // After the dialog has focused what it takes for the first element.
    if (place) requestAnimationFrame(() => place.focus());
  }

  /** @returns {boolean} whether all fields are valid; if not, the first that is not gets the focus */
  check() {
    const faults = {
      name: nameFault(this.name.input.value),
      endpoint: this.endpoint.finish(),
      tags: this.tags.finish(),
    };
    this.name.showFault(faultText(faults.name));
    this.tags.showFault(faultText(faults.tags));
    const headers = this.headers.finish();
    if (faults.name) this.name.focus();
    else if (faults.endpoint) this.endpoint.focus();
    else if (faults.tags) this.tags.focus();
    else return !headers;
    return false;
  }

  /** @returns {import("./form_purpose.mjs").Values} */
  get values() {
    return {
      name: this.name.input.value.trim(),
      endpoint: this.endpoint.value,
      tags: this.tags.tags,
      headers: this.headers.headers,
      machineHeaders: this.headers.ofMachine,
      headersChanged: this.headers.changed,
      guard: this.guard.on,
    };
  }

  /** Replace the fields that the environment decides. The hidden ones keep their initial values, so nothing is sent. */
  #close() {
    const { name, endpoint, tags, kept } = this.#purpose.beginning;
    if (isDecided("name")) this.name.whole.replaceWith(decidedField(texts.name, name));
    if (isDecided("endpoint")) this.endpoint.replaceWith(decidedField(texts.endpoint, endpoint));
    if (isDecided("tags")) this.tags.replaceWith(decidedField(texts.tags, tags.join(", ")));
    if (isDecided("headers")) this.headers.replaceWith(decidedField(texts.headers, kept.join(", ")));
  }

  /** Fill in what the machine knows about itself, after the form is on the screen and never over what was typed. */
  async #suggest() {
    try {
      const { name, endpoints, tags, tunnel } = await call("GET", `suggestions?page=${encodeURIComponent(location.href)}`);
      if (!this.#typed.has("name") && !this.name.input.value) this.#fillInName(name);
      const { notHere } = this.#purpose;
      const here = endpoints.filter((/** @type {{ url: string | null }} */ { url }) => !url || url !== notHere);
      this.endpoint.suggest(here, tunnel, () => this.#suggest());
      this.#suggestKeeping();
      this.tags.suggested = tags;
      // Whoever has to open a way in anyway is best led to the port that is guarded.
      if (this.#purpose.isNew && this.endpoint.isAtHome) await this.guard.suggest();
    } catch (error) {
      // The form works without suggestions; why there are none is shown when it is sent.
      problemOf(error);
    }
  }

  /** A person who is in the field already can replace it by typing. @param {string} name */
  #fillInName(name) {
    this.name.input.value = name;
    if (this.name.input.matches(":focus")) this.name.input.select();
  }

  /** Of a runner that is there, only a person changes what it does. */
  #suggestKeeping() {
    this.keep.suggest(!this.#purpose.isEdit && this.endpoint.changes);
  }

  #onName() {
    this.name.showFault(faultText(nameFault(this.name.input.value)));
    this.#onType("name");
  }

  /** @param {string} field */
  #onType(field) {
    this.#typed.add(field);
    this.dispatchEvent(new Event("change"));
  }
}

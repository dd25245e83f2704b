/** The field for headers: rows of name and value. Values are masked, and forgotten once they are sent. */

import { button, define, element, focusFirst, freshId, iconElement } from "./elements.mjs";
import { faultText, headersFault } from "./limits.mjs";
import { headerIn } from "./spellings.mjs";
import { texts } from "./texts.mjs";

class HeaderRow {
  /**
   * @param {string} name
   * @param {boolean} ofMachine - whether the server fills the value in
   * @param {{ changed: () => void, removed: (row: HeaderRow) => void }} owner
   */
  constructor(name, ofMachine, owner) {
    const fault = element("p", { className: "comfycontrol-fault", id: freshId(), role: "alert" });
    const common = {
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      "aria-describedby": fault.id,
      oninput: owner.changed,
      onchange: () => this.#showHeader(),
    };
    this.fault = fault;
    this.ofMachine = ofMachine;
    this.name = element("input", { type: "text", value: name, placeholder: texts.headerName, "aria-label": texts.headerName, ...common, readonly: ofMachine });
    this.value = element("input", {
      type: "password",
      placeholder: ofMachine ? texts.headerOfMachine : texts.headerValue,
      "aria-label": ofMachine ? texts.headerOfMachine : texts.headerValue,
      ...common,
      readonly: ofMachine,
      autocomplete: "new-password",
    });
    this.reveal = button("", () => this.#toggle(), { className: "comfycontrol-icon-button", "aria-label": texts.headerReveal });
    this.reveal.append(iconElement("eye"));
    this.reveal.hidden = ofMachine;
    const remove = button("", () => owner.removed(this), { className: "comfycontrol-icon-button", "aria-label": texts.headerRemove });
    remove.append(iconElement("trash"));
    this.element = element("li", { className: "comfycontrol-header" }, this.name, this.value, this.reveal, remove, fault);
  }

  get header() {
    return headerIn(this.name.value.trim(), this.value.value.trim());
  }

  get empty() {
    return !this.name.value.trim() && !this.value.value.trim();
  }

  /** @param {string} code */
  showFault(code) {
    this.fault.textContent = faultText(code);
    const value = code === "header_value_invalid" || code === "header_value_is_line";
    this.name.setAttribute("aria-invalid", String(Boolean(code) && !value));
    this.value.setAttribute("aria-invalid", String(value));
    if (code) (value ? this.value : this.name).focus();
  }

  /** Somebody who pasted a whole line sees how it was understood. */
  #showHeader() {
    const { name, value } = this.header;
    this.name.value = name;
    this.value.value = value;
  }

  #toggle() {
    const shown = this.value.type === "text";
    this.value.type = shown ? "password" : "text";
    this.reveal.setAttribute("aria-label", shown ? texts.headerReveal : texts.headerHide);
    this.reveal.replaceChildren(iconElement(shown ? "eye" : "eye-slash"));
  }
}

/** Fires `change` while a person types. */
export class HeadersField extends HTMLElement {
  /** @type {HeaderRow[]} */
  #rows = [];
  /** The names that are set at ComfyControl and stay as they are, until the person asks to change them. @type {string[]} */
  #kept = [];
  #changing = true;
  #list = element("ul", { className: "comfycontrol-headers" });
  #fault = element("p", { className: "comfycontrol-fault", role: "alert" });
  #below = element("div");

  connectedCallback() {
    if (this.firstChild) return;
    const label = element("span", { className: "comfycontrol-label", id: freshId() }, texts.headers);
    this.setAttribute("role", "group");
    this.setAttribute("aria-labelledby", label.id);
    this.append(label, this.#list, this.#fault, this.#below);
    this.#show();
  }

  /** Show the names of headers that are set already; the values are not known here. @param {string[]} names */
  set kept(names) {
    this.#kept = names;
    this.#changing = names.length === 0;
    this.#rows = [];
    this.#show();
  }

  /** What to send: all headers, or nothing where they stay as they are. @returns {Record<string, string> | undefined} */
  get headers() {
    if (!this.#changing) return undefined;
    return Object.fromEntries(this.#typed.map((row) => [row.header.name, row.header.value]));
  }

  /** The names of those that the server fills in. @returns {string[]} */
  get ofMachine() {
    return this.#changing ? this.#rows.filter((row) => row.ofMachine).map((row) => row.header.name) : [];
  }

  /** Whether the person has asked for other headers than those that are set. */
  get changed() {
    return this.#changing && (this.#kept.length > 0 || this.#filled.length > 0);
  }

  /** Check all rows, and focus the first that is wrong. @returns {string | undefined} the code of what is wrong */
  finish() {
    for (const row of this.#rows) row.showFault("");
    const rows = this.#typed;
    const fault = headersFault(rows.map((row) => row.header));
    if (fault) rows[fault.place]?.showFault(fault.code);
    return fault?.code;
  }

  /** @param {string} text */
  showFault(text) {
    this.#fault.textContent = text;
  }

  focus() {
    focusFirst(this);
  }

  /**
   * Add a header that an address needs. The server fills in values that the machine knows; otherwise, the person is led
   * to the field.
   * @param {{ name: string, value: string, known: boolean }} header
   */
  offer({ name, value, known }) {
    if (!this.#changing) this.#change(true);
    const isIt = (/** @type {HeaderRow} */ row) => row.header.name.toLowerCase() === name.toLowerCase();
    if (known) this.#rows = this.#rows.filter((row) => !isIt(row));
    const row = this.#rows.find(isIt) ?? this.#add(name, known);
    if (!row.ofMachine) row.value.value = value;
    if (!value && !row.ofMachine) row.value.focus();
    this.#changed();
  }

  get #filled() {
    return this.#rows.filter((row) => !row.empty);
  }

  get #typed() {
    return this.#filled.filter((row) => !row.ofMachine);
  }

  /**
   * @param {string} [name]
   * @param {boolean} [ofMachine]
   */
  #add(name = "", ofMachine = false) {
    const row = new HeaderRow(name, ofMachine, {
      changed: () => {
        row.showFault("");
        this.#changed();
      },
      removed: (removed) => {
        this.#rows = this.#rows.filter((other) => other !== removed);
        this.#show();
        this.#changed();
        this.#below.querySelector("button")?.focus();
      },
    });
    this.#rows.push(row);
    this.#show();
    return row;
  }

  #changed() {
    this.showFault("");
    this.dispatchEvent(new Event("change"));
  }

  /** @param {boolean} changing */
  #change(changing) {
    this.#changing = changing;
    this.#rows = [];
    if (changing) for (const name of this.#kept) this.#add(name);
    this.#show();
    (changing ? this.#rows[0]?.value : this.#below.querySelector("button"))?.focus();
    this.#changed();
  }

  #show() {
    if (!this.#changing) {
      const names = this.#kept.map((name) => element("li", { className: "comfycontrol-chip" }, name));
      this.#list.replaceChildren(...names);
      this.#list.className = "comfycontrol-chips";
      this.#below.replaceChildren(
        element("p", { className: "comfycontrol-help" }, texts.headersKept),
        button(texts.headersChange, () => this.#change(true)),
      );
      return;
    }
    this.#list.className = "comfycontrol-headers";
    this.#list.replaceChildren(...this.#rows.map((row) => row.element));
    const keep = button(texts.headersKeep, () => this.#change(false));
    this.#below.replaceChildren(
      button(texts.headersAdd, () => this.#add().name.focus()),
      ...(this.#kept.length > 0 ? [keep] : []),
      element("p", { className: "comfycontrol-help" }, this.#kept.length > 0 ? texts.headersReplace : texts.headersHelp),
    );
  }
}

define("comfycontrol-headers-field", HeadersField);

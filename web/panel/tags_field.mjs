/** The field for tags: chips, a field to add one, and suggestions that are never added by themselves. */

import { button, define, element, freshId, iconElement } from "./elements.mjs";
import { COMMAS, faultText, tagsFault } from "./limits.mjs";
import { isWholeList, tagsIn } from "./spellings.mjs";
import { fill, texts } from "./texts.mjs";

/** Fires `change` when the tags have changed. */
export class TagsField extends HTMLElement {
  /** @type {string[]} */
  #tags = [];
  /** @type {string[]} */
  #suggested = [];
  #label = element("label", { for: freshId() }, texts.tags);
  #chips = element("ul", { className: "comfycontrol-chips", "aria-label": texts.tags });
  #fault = element("p", { className: "comfycontrol-fault", id: freshId(), role: "alert" });
  #help = element("p", { className: "comfycontrol-help", id: freshId() });
  #suggestions = element("div", { className: "comfycontrol-suggestions" });
  #input = element("input", {
    id: this.#label.htmlFor,
    type: "text",
    placeholder: texts.tagsPlaceholder,
    autocomplete: "off",
    "aria-describedby": `${this.#fault.id} ${this.#help.id}`,
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#onKey(event),
    oninput: () => this.#onInput(),
  });

  connectedCallback() {
    if (this.firstChild) return;
    this.append(this.#label, this.#chips, this.#input, this.#fault, this.#suggestions, this.#help);
    this.#show();
  }

  get tags() {
    return [...this.#tags];
  }

  set tags(tags) {
    this.#tags = [...tags];
    this.#show();
  }

  /** @param {string[]} tags */
  set suggested(tags) {
    this.#suggested = tags;
    this.#show();
  }

  /**
   * Add what is still being typed, too: somebody who types a tag and presses Register means it.
   * @returns {string | undefined} the code of what is wrong
   */
  finish() {
    return this.#add(this.#input.value) ?? tagsFault(this.#tags);
  }

  /** @param {string} text */
  showFault(text) {
    this.#fault.textContent = text;
    this.#input.toggleAttribute("aria-invalid", Boolean(text));
    if (text) this.#input.setAttribute("aria-invalid", "true");
  }

  focus() {
    this.#input.focus();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.isComposing) return;
    if (event.key === "Enter" && this.#input.value.trim()) {
      event.preventDefault();
      this.#add(this.#input.value);
    } else if (event.key === "Backspace" && !this.#input.value && this.#tags.length > 0) {
      this.#remove(this.#tags.length - 1);
    }
  }

  #onInput() {
    this.showFault("");
    // Pasted or typed lists: a comma ends a tag, as it does where workflows ask for tags.
    const text = this.#input.value;
    if (!isWholeList(text)) return;
    const isJson = /^\s*\[/.test(text);
    const parts = isJson ? tagsIn(text) : text.split(COMMAS);
    // The last is still being typed, unless the list has an end.
    const whole = isJson ? parts.length : parts.length - 1;
    let added = 0;
    while (added < whole && !this.#add(parts[added] ?? "")) added += 1;
    // What could not be added stays, with what follows it, to be corrected.
    this.#input.value = parts.slice(added).join(",").trimStart();
  }

  /**
   * @param {string} typed - a tag, or several as `tagsIn` understands them
   * @returns {string | undefined}
   */
  #add(typed) {
    for (const tag of tagsIn(typed)) {
      const fault = this.#addOne(tag);
      if (fault) return fault;
    }
    return undefined;
  }

  /**
   * @param {string} tag
   * @returns {string | undefined}
   */
  #addOne(tag) {
    const fault = tagsFault([...this.#tags, tag]);
    this.showFault(faultText(fault));
    if (fault) return fault;
    this.#input.value = "";
    this.#tags.push(tag);
    this.#changed();
    return undefined;
  }

  /** @param {number} place */
  #remove(place) {
    this.#tags.splice(place, 1);
    this.showFault("");
    this.#changed();
    this.#input.focus();
  }

  #changed() {
    this.#show();
    this.dispatchEvent(new Event("change"));
  }

  #show() {
    this.#chips.replaceChildren(
      ...this.#tags.map((tag, place) =>
        element(
          "li",
          { className: "comfycontrol-chip" },
          element("bdi", {}, tag),
          button("", () => this.#remove(place), { className: "comfycontrol-chip-button", "aria-label": fill(texts.tagRemove, { tag }) }),
        ),
      ),
    );
    for (const remove of this.#chips.querySelectorAll("button")) remove.append(iconElement("times"));
    const open = this.#suggested.filter((tag) => !this.#tags.includes(tag));
    this.#suggestions.replaceChildren(
      ...(open.length > 0 ? [element("span", {}, texts.tagsSuggested)] : []),
      ...open.map((tag) =>
        button(`+ ${tag}`, () => this.#add(tag), { className: "comfycontrol-suggestion", "aria-label": fill(texts.tagAdd, { tag }) }),
      ),
    );
    this.#help.textContent = this.#tags.length > 0 ? texts.tagsHelp : texts.tagsNone;
  }
}

define("comfycontrol-tags-field", TagsField);

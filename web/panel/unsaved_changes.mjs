/**
 * Asks before a dialog with changes in it is closed, by whatever way: Cancel, Escape or the dialog's own button. Of the last
 * two ComfyUI's page tells nobody, so the events are met before they reach it.
 */

import { button, element, freshId } from "./elements.mjs";
import { texts } from "./texts.mjs";

export class UnsavedChanges {
  element = element("div", { className: "comfycontrol-leaving", role: "group", hidden: true });
  #content;
  #hasChanges;
  #close;
  #keep = button(texts.leave.keep, () => this.#stay());
  /** What had the focus before the question. @type {Element | null} */
  #focused = null;
  #onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Escape" || event.isComposing || !this.#isOnTop(event.target)) return;
    this.#meet(event, () => (this.element.hidden ? this.#ask() : this.#stay()));
  };
  #onClick = (/** @type {MouseEvent} */ event) => {
    const pressed = event.target instanceof Element ? event.target.closest("button") : null;
    if (this.#dialog?.contains(pressed) && !this.#content.contains(pressed)) this.#meet(event, () => this.#ask());
  };

  /**
   * @param {HTMLElement} content - of the dialog
   * @param {() => boolean} hasChanges
   * @param {() => void} close
   */
  constructor(content, hasChanges, close) {
    this.#content = content;
    this.#hasChanges = hasChanges;
    this.#close = close;
    const question = element("p", { className: "comfycontrol-problem-message", id: freshId() }, texts.leave.question);
    const discard = button(texts.leave.discard, close, { className: "comfycontrol-button comfycontrol-danger" });
    this.element.setAttribute("aria-labelledby", question.id);
    this.element.append(question, element("div", { className: "comfycontrol-buttons" }, this.#keep, discard));
  }

  connect() {
    addEventListener("keydown", this.#onKey, true);
    addEventListener("click", this.#onClick, true);
  }

  disconnect() {
    removeEventListener("keydown", this.#onKey, true);
    removeEventListener("click", this.#onClick, true);
  }

  /** Close, or ask first. */
  leave() {
    if (this.#hasChanges()) this.#ask();
    else this.#close();
  }

  get #dialog() {
    return this.#content.closest("[role=dialog]");
  }

  /** Whether a key that is pressed there is meant for this dialog. @param {EventTarget | null} target */
  #isOnTop(target) {
    const isNowhere = target === document.body && [...document.querySelectorAll("[role=dialog]")].at(-1) === this.#dialog;
    return isNowhere || (target instanceof Node && Boolean(this.#dialog?.contains(target)));
  }

  /**
   * @param {Event} event - which would close the dialog
   * @param {() => void} instead
   */
  #meet(event, instead) {
    if (!this.#hasChanges()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    instead();
  }

  #ask() {
    if (this.element.hidden) this.#focused = document.activeElement;
    this.element.hidden = false;
    this.#keep.focus();
  }

  #stay() {
    this.element.hidden = true;
    const isInside = this.#focused && this.#content.contains(this.#focused);
    const place = isInside ? this.#focused : this.#content.querySelector("input");
    if (place instanceof HTMLElement) place.focus();
  }
}

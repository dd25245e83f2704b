/**
 * When this page asks again by itself: as soon as somebody comes back to it and, while ComfyControl cannot be reached,
 * at growing intervals. Never while nobody looks.
 */

import { instance } from "./instance.mjs";

const FIRST_SECONDS = 5;
const MOST_SECONDS = 5 * 60;
const STATES_THAT_PASS = new Set(["service_unreachable", "rate_limited"]);

/** Fires `change` when the next try has been scheduled or cancelled. */
class Retry extends EventTarget {
  /** When the next try is, in milliseconds, if one is scheduled. @type {number | undefined} */
  next;
  #onlookers = 0;
  /** How long it waits, in seconds; 0 before the first try. */
  #wait = 0;
  #timer = 0;

  constructor() {
    super();
    instance.addEventListener("change", () => this.#settle());
    // On window, where it bubbles to: ComfyUI's own pages stop some events at the document.
    window.addEventListener("visibilitychange", () => this.#onVisibility());
  }

  /** Whether anything of ours is shown in a visible tab. */
  get isLookedAt() {
    return this.#onlookers > 0 && !document.hidden;
  }

  /** An element that shows the state has appeared. */
  look() {
    this.#onlookers += 1;
    this.#settle();
    instance.look();
  }

  /** It has left the page. */
  lookAway() {
    this.#onlookers -= 1;
    this.#settle();
  }

  /** Try at once, and schedule the next try later than the one that this replaces. */
  async now() {
    this.#drop();
    await instance.update({ refresh: true });
  }

  #onVisibility() {
    this.#settle();
    if (document.hidden) return;
    if (this.#onlookers > 0) instance.look();
    else instance.update();
  }

  #settle() {
    const { status } = instance;
    const passes = STATES_THAT_PASS.has(status?.state ?? "");
    if (passes && this.isLookedAt) {
      if (!this.#timer) this.#plan(status?.retry_after ?? 0);
      return;
    }
    this.#drop();
    this.#wait = 0;
  }

  /** @param {number} notBefore - in seconds, as ComfyControl asks */
  #plan(notBefore) {
    const wait = this.#wait ? Math.min(2 * this.#wait, MOST_SECONDS) : notBefore || FIRST_SECONDS;
    this.#wait = Math.max(wait, notBefore);
    this.next = Date.now() + this.#wait * 1000;
    this.#timer = setTimeout(() => this.now(), this.#wait * 1000);
    this.dispatchEvent(new Event("change"));
  }

  #drop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.next === undefined) return;
    this.next = undefined;
    this.dispatchEvent(new Event("change"));
  }
}

export const retry = new Retry();

/** Points in time, in ComfyUI's language: how long ago or how soon, or the date and the hour. */

import { define, element } from "./elements.mjs";
import { fill, language } from "./texts.mjs";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** From which age on, in seconds, a unit is used, and how many seconds it has. @type {[number, Intl.RelativeTimeFormatUnit][]} */
const UNITS = [
  [365 * DAY, "year"],
  [30 * DAY, "month"],
  [DAY, "day"],
  [HOUR, "hour"],
  [MINUTE, "minute"],
];

/** @param {number} at - in milliseconds */
export function fromNow(at) {
  const seconds = Math.round((at - Date.now()) / 1000);
  const format = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  const [length, unit] = UNITS.find(([from]) => Math.abs(seconds) >= from) ?? [1, "second"];
  return format.format(Math.trunc(seconds / length), /** @type {Intl.RelativeTimeFormatUnit} */ (unit));
}

/**
 * The date and the hour, or the text itself where it is no time.
 * @param {string} iso
 */
export function timeElement(iso) {
  const time = Date.parse(iso);
  if (Number.isNaN(time)) return element("span", {}, iso);
  const text = new Intl.DateTimeFormat(language(), { dateStyle: "medium", timeStyle: "short" }).format(time);
  return element("time", { datetime: iso, title: fromNow(time) }, text);
}

/**
 * The hour, minute and second.
 * @param {string} iso
 */
export function clockElement(iso) {
  const text = new Intl.DateTimeFormat(language(), { timeStyle: "medium" }).format(Date.parse(iso));
  return element("time", { datetime: iso }, text);
}

/** A sentence with `{when}` in it, which is kept up to date. */
class Moment extends HTMLElement {
  #sentence = "";
  #at = 0;
  #timer = 0;

  /**
   * @param {string} sentence
   * @param {number} at - in milliseconds
   */
  say(sentence, at) {
    this.#sentence = sentence;
    this.#at = at;
    if (this.isConnected) this.#tick();
  }

  connectedCallback() {
    this.#tick();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #tick() {
    clearTimeout(this.#timer);
    this.textContent = fill(this.#sentence, { when: fromNow(this.#at) });
    const near = Math.abs(this.#at - Date.now()) < MINUTE * 1000;
    this.#timer = setTimeout(() => this.#tick(), near ? 1000 : 30_000);
  }
}

define("comfycontrol-moment", Moment);

/**
 * @param {string} sentence - with `{when}` in it
 * @param {number} at - in milliseconds; a clock that is behind the server's must not tell of the future
 */
export function agoElement(sentence, at) {
  return momentElement(sentence, Math.min(at, Date.now()));
}

/**
 * @param {string} sentence - with `{when}` in it
 * @param {number} at - in milliseconds
 */
export function momentElement(sentence, at) {
  const made = /** @type {Moment} */ (document.createElement("comfycontrol-moment"));
  made.say(sentence, at);
  return made;
}

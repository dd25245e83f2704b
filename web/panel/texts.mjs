/**
 * Every sentence of the panel, in the language ComfyUI is set to. They stand in `locales/<language>/panel.json`; the
 * server gives them out, for ComfyUI serves only `web/`. Sentences about the service and about addresses come with its
 * other answers.
 */

/** @typedef {typeof import("../../locales/en/panel.json")["panel"]} Texts */

/** @type {Texts} */
export const texts = /** @type {any} */ ({});

let spoken = "en";
/** @type {"ltr" | "rtl"} */
let written = "ltr";

/** The language of `texts`, which need not be ComfyUI's: it may have one that we have not. */
export const language = () => spoken;
export const direction = () => written;

/**
 * Change the language. What is on the screen stays as it is.
 * @param {{ language: string, direction: "ltr" | "rtl", texts: Texts }} answer - of `GET /comfycontrol/texts`
 */
export function speak(answer) {
  spoken = answer.language;
  written = answer.direction;
  Object.assign(texts, answer.texts);
}

/**
 * Say in which language an element speaks: ComfyUI's page does not, and is written from left to right in every one.
 * @param {HTMLElement} element
 */
export function markLanguage(element) {
  element.lang = spoken;
  element.dir = written;
}

/**
 * Put values in the place of a sentence's `{names}`.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? isolated(values[name]) : place));
}

/**
 * A name or an address among words that are written from right to left keeps its own order (FSI and PDI of Unicode).
 * @param {string | number | undefined} value
 */
const isolated = (value) => (written === "rtl" && typeof value === "string" ? `\u2068${value}\u2069` : String(value));

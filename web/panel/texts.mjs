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

/** Letters of Hebrew, Arabic and the scripts beside them, and the marks that set a direction. */
const TURNS = /[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufeff]/;
/** The controls that open and close a direction: unpaired in a name, they would reach the words beside it. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A name or an address keeps its own order, and so do the words around it (FSI and PDI of Unicode).
 * @param {string | number | undefined} value
 */
function isolated(value) {
  const text = String(value).replace(CONTROLS, "");
  return typeof value === "string" && (written === "rtl" || TURNS.test(text)) ? `\u2068${text}\u2069` : text;
}

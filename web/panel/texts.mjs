/**
 * The panel's sentences, in the language ComfyUI is set to. They are in `locales/<language>/panel.json`, and come from
 * our server because ComfyUI serves only `web/`. Sentences about the service and about addresses come with its other
 * answers.
 */

/** @typedef {typeof import("../../locales/en/panel.json")["panel"]} Texts */

/** @type {Texts} */
export const texts = /** @type {any} */ ({});

let spoken = "en";
/** @type {"ltr" | "rtl"} */
let written = "ltr";

/** The language of `texts`, which is not ComfyUI's if we do not have that. */
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
 * Mark the language of an element: ComfyUI's page does not, and is left to right in every language.
 * @param {HTMLElement} element
 */
export function markLanguage(element) {
  element.lang = spoken;
  element.dir = written;
}

/**
 * Replace a sentence's `{names}` by values.
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => (name in values ? isolated(values[name]) : place));
}

/** Letters of Hebrew, Arabic and the scripts beside them, and the marks that set a direction. */
const TURNS = /[\u0590-\u08ff\u200e\u200f\ufb1d-\ufdff\ufe70-\ufeff]/;
/** The controls that open and close a direction: unpaired in a name, they would affect the text around it. */
const CONTROLS = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * A name or an address keeps its own order, and so do the words around it (FSI and PDI of Unicode).
 * @param {string | number | undefined} value
 */
function isolated(value) {
  const text = String(value).replace(CONTROLS, "");
  return typeof value === "string" && (written === "rtl" || TURNS.test(text)) ? `\u2068${text}\u2069` : text;
}

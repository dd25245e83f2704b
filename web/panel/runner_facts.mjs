/** A runner's details as a list; of its headers only the names are known. */

import { element } from "./elements.mjs";
import { timeElement } from "./moment.mjs";
import { texts } from "./texts.mjs";

/** @param {import("./api.mjs").Runner} runner */
export function runnerFacts(runner) {
  return element(
    "dl",
    { className: "comfycontrol-facts" },
    ...fact(texts.name, element("bdi", {}, runner.name)),
    ...fact(texts.endpoint, element("bdi", {}, runner.endpoint)),
    ...fact(texts.runnerStatusLabel, runnerStatus(runner.status)),
    ...fact(texts.tags, runner.tags.length > 0 ? chips(runner.tags) : help(texts.tagsNone)),
    ...fact(
      texts.headers,
      ...(runner.header_names.length > 0
        ? [chips(runner.header_names), help(texts.headersKept)]
        : [texts.headersNone]),
    ),
    ...fact(texts.created, timeElement(runner.created_at)),
    ...fact(texts.updated, timeElement(runner.updated_at)),
  );
}

/** @param {string} text */
const help = (text) => element("p", { className: "comfycontrol-help" }, text);

/** In words; a new status as ComfyControl has it. @param {string} status */
export const runnerStatus = (status) => texts.runnerStatus[/** @type {keyof typeof texts.runnerStatus} */ (status)] ?? status;

/** @param {string[]} names */
export const chips = (names) =>
  element("ul", { className: "comfycontrol-chips" }, ...names.map((name) => element("li", { className: "comfycontrol-chip" }, element("bdi", {}, name))));

/**
 * @param {string} name
 * @param {...(Node | string)} values
 */
function fact(name, ...values) {
  return [element("dt", {}, name), element("dd", {}, ...values)];
}

/** What people mean who paste a list or a whole line: the same as in a variable (`comfycontrol/configuration/`). */

import { COMMAS } from "./limits.mjs";

/** Whether a list is whole: a JSON list ends with its bracket, any other with each comma. @param {string} text */
export const isWholeList = (text) => (/^\s*\[/.test(text) ? /\]\s*$/.test(text) : COMMAS.test(text));

/**
 * @param {string} text - tags between commas of any keyboard, or as a JSON list
 * @returns {string[]}
 */
export function tagsIn(text) {
  const parts = jsonList(text) ?? jsonList(text.replaceAll("'", '"')) ?? text.split(COMMAS).map(withoutQuotes);
  return parts.map((part) => part.trim()).filter(Boolean);
}

/**
 * @param {string} text
 * @returns {string[] | undefined}
 */
function jsonList(text) {
  try {
    const list = JSON.parse(text);
    return Array.isArray(list) && list.every((item) => typeof item === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}

/** @param {string} text */
const withoutQuotes = (text) => text.trim().replace(/^["']+|["']+$/g, "");

/**
 * A whole line `Name: value` pasted into one of the two fields is name and value.
 * @param {string} name
 * @param {string} value
 */
export function headerIn(name, value) {
  const line = /^([A-Za-z][A-Za-z0-9-]*):\s*(?!\/\/)(.*)$/.exec(value || name);
  const said = line?.[1] ?? "";
  const isLine = Boolean(line) && (!name || !value || said.toLowerCase() === name.replace(/\s*:$/, "").toLowerCase());
  return isLine ? { name: said, value: line?.[2] ?? "" } : { name: name.replace(/\s*:$/, ""), value };
}

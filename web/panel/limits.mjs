/**
 * The limits of a runner's fields, checked while a person types. The server checks the same again
 * (`comfycontrol/models/limits.py`, `endpoint.py`); one table of cases tests both.
 */

import { texts } from "./texts.mjs";

export const NAME_LENGTH = 100;
export const DESCRIPTION_LENGTH = 500;
export const TAG_COUNT = 10;

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/;
/** A whole line in the place of a value: a name with a dash, or one of the best known, then a colon and a blank. */
const LINE = /^(?:[a-z][a-z0-9]*(?:-[a-z0-9]+)+|authorization|cookie):[ \t]/i;
/** The commas of other keyboards: Chinese and Japanese, Arabic, and their small and half-width forms. */
export const COMMAS = /[,\uff0c\u3001\u060c\uff64\ufe50\ufe51]/;
/** A host with a dot or a port, and nothing before it. */
const WITHOUT_SCHEME =
  /^(?:\/\/[^\s/?#@]+|\[[0-9A-Fa-f:.]+\]|[^\s/?#@:[\]]+(?:\.[^\s/?#@:[\]]+|(?=:\d)))(?::\d+)?(?:[/?#]\S*)?$/;
/** In names of hosts: what a list or an instruction has, such as http://<host>:8188. */
const NOT_IN_HOST = /[!-,/;-@\\^`{-~]/;
/** Every address of a machine, as `--listen` shows it, in the spellings that URL leaves. */
const UNSPECIFIED = new Set(["0.0.0.0", "[::]", "[::ffff:0:0]"]);
const REFUSED_HEADERS = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * @param {string} name
 * @returns {string | undefined} the code of what is wrong
 */
export function nameFault(name) {
  const length = [...name.trim()].length;
  if (length === 0) return "name_missing";
  return length > NAME_LENGTH ? "name_too_long" : undefined;
}

/**
 * @param {string} name - of a template
 * @returns {string | undefined}
 */
export function templateNameFault(name) {
  const fault = nameFault(name);
  return fault && `template_${fault}`;
}

/**
 * @param {string} description - of a template
 * @returns {string | undefined}
 */
export function descriptionFault(description) {
  const length = [...description.trim()].length;
  if (length === 0) return "description_missing";
  return length > DESCRIPTION_LENGTH ? "description_too_long" : undefined;
}

/**
 * @param {string} endpoint
 * @returns {string | undefined}
 */
export function endpointFault(endpoint) {
  const text = endpoint.trim();
  if (!text) return "endpoint_missing";
  if (WITHOUT_SCHEME.test(text)) return "endpoint_no_scheme";
  // URL itself would forgive much that the service may not: blanks, missing slashes.
  if (/\s/.test(text) || !/^https?:\/\/[^/?#]/i.test(text) || !URL.canParse(text)) return "endpoint_invalid";
  if (/^https?:\/\/[^/?#]*@/i.test(text)) return "endpoint_user_info";
  const { hostname } = new URL(text);
  if (NOT_IN_HOST.test(hostname)) return "endpoint_invalid";
  return UNSPECIFIED.has(hostname) ? "endpoint_unspecified" : undefined;
}

/**
 * @param {string[]} tags
 * @returns {string | undefined}
 */
export function tagsFault(tags) {
  for (const [place, tag] of tags.entries()) {
    if (!tag.trim()) return "tag_empty";
    if (COMMAS.test(tag)) return "tag_comma";
    if (tag !== tag.trim() || /[\r\n]/.test(tag)) return "tag_blanks";
    if (tags.indexOf(tag) < place) return "tag_duplicate";
  }
  return tags.length > TAG_COUNT ? "tags_too_many" : undefined;
}

/**
 * @param {{ name: string, value: string }[]} headers
 * @returns {{ code: string, place: number } | undefined} what is wrong, and with which of them
 */
export function headersFault(headers) {
  const seen = new Set();
  for (const [place, { name, value }] of headers.entries()) {
    const lower = name.toLowerCase();
    if (!HEADER_NAME.test(name)) return { code: "header_name_invalid", place };
    if (REFUSED_HEADERS.has(lower)) return { code: "header_name_refused", place };
    if (seen.has(lower)) return { code: "header_duplicate", place };
    if (!HEADER_VALUE.test(value)) return { code: "header_value_invalid", place };
    if (value.toLowerCase().startsWith(`${lower}:`) || LINE.test(value)) return { code: "header_value_is_line", place };
    seen.add(lower);
  }
  return undefined;
}

/** @param {string | undefined} code */
export const faultText = (code) => (code ? textOf(code) : "");

/** @param {string} code */
const textOf = (code) => texts.faults[/** @type {keyof typeof texts.faults} */ (code)] ?? code;

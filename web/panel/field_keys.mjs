/** The keys of fields: names that a placeholder can have, and that no other field has. */

const LONGEST = 200;

/**
 * All that our nodes have in this graph and the subgraphs in it.
 * @param {any} root
 * @returns {Set<string>}
 */
export function keysIn(root) {
  const graphs = [root, ...(root.subgraphs?.values() ?? [])];
  const ours = graphs.flatMap(({ _nodes }) => _nodes).filter(({ comfyClass }) => String(comfyClass).startsWith("ComfyControl"));
  return new Set(ours.flatMap(({ widgets }) => widgets ?? []).filter(({ name }) => name === "key").map(({ value }) => String(value)));
}

/**
 * Two fields with one key would be one field, with two defaults.
 * @param {string} label - what the person sees
 * @param {string} name - for a label in letters that a key cannot have
 * @param {Set<string>} taken
 */
export function keyFrom(label, name, taken) {
  const plain = [label, name, "value"].map(written).find(Boolean) ?? "";
  let key = plain;
  for (let number = 2; taken.has(key); number += 1) key = `${plain}_${number}`;
  return key;
}

/** @param {string} text */
const written = (text) =>
  /[^\x20-\x7e]/.test(text) ? "" : text.replaceAll(/[^A-Za-z0-9_-]+/g, "_").replaceAll(/^_+|_+$/g, "").slice(0, LONGEST);

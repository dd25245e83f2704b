/** Building elements: text is always text, never markup. */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, unknown>} [settings] - `onclick` and the like are listeners, the names of properties set those,
 *   all else are attributes; `null`, `undefined` and `false` leave an attribute out
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, settings = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === "function") {
      made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    } else if (name === "value" || name === "className" || name === "textContent") {
      Object.assign(made, { [name]: value });
    } else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(name, value === true ? "" : String(value));
    }
  }
  made.append(...shown(children));
  return made;
}

/**
 * @param {string} icon - a name of ComfyUI's own icon font, without its prefix
 */
export function iconElement(icon) {
  return element("i", { className: `pi pi-${icon}`, "aria-hidden": "true" });
}

/**
 * @param {string} label
 * @param {(event: Event) => unknown} onclick
 * @param {Record<string, unknown>} [settings]
 */
export function button(label, onclick, settings = {}) {
  return element("button", { type: "button", className: "comfycontrol-button", onclick, ...settings }, label);
}

/**
 * A link to another site, in a tab of its own that knows nothing of this one.
 * @param {string} label
 * @param {string} href
 */
export function linkElement(label, href) {
  return element("a", { href, target: "_blank", rel: "noopener noreferrer" }, label);
}

/**
 * @param {(Node | string | null | undefined | false)[]} children
 * @returns {(Node | string)[]}
 */
export function shown(children) {
  return /** @type {(Node | string)[]} */ (children.filter((child) => child !== null && child !== undefined && child !== false));
}

let lastId = 0;

/** An id for tying a label or a message to its field. */
export function freshId() {
  lastId += 1;
  return `comfycontrol-${lastId}`;
}

/**
 * Give the focus to the first thing inside that takes it.
 * @param {HTMLElement} place
 */
export function focusFirst(place) {
  const first = place.querySelector("input, button");
  if (first instanceof HTMLElement) first.focus();
}

/**
 * Define a custom element once: the page may load this twice where an update left an old copy behind.
 * @param {string} tag
 * @param {CustomElementConstructor} definition
 */
export function define(tag, definition) {
  if (!customElements.get(tag)) customElements.define(tag, definition);
}

/** What kind of address is in the field: a warning at most, never a refusal. The server judges, this shows it. */

import { call } from "./api.mjs";
import { element, freshId } from "./elements.mjs";
import { problemOf } from "./instance.mjs";
import { endpointFault } from "./limits.mjs";
import { texts } from "./texts.mjs";

/** @typedef {{ code: string, severity: "ok" | "note" | "warning", sentence: string }} Kind */

/** Longer than a person pauses between two keys. */
const PAUSE_MS = 200;

/** Whether anybody outside can call an address of these kinds, the first of which is that of its host. @param {Kind[]} kinds */
export const isPublic = (kinds) => Boolean(kinds[0]?.code.startsWith("public_"));

export class AddressNote {
  #endpoint = "";
  #pause = 0;
  /** Called when the kinds of what stands in the field are known. @type {(kinds: Kind[]) => void} */
  onJudged = () => {};
  element = element("p", { className: "comfycontrol-help", id: freshId() }, texts.endpointHelp);

  /**
   * @param {string} endpoint
   * @param {{ url: string | null, kind: Kind[] }[]} suggestions - which the server has judged already
   */
  judge(endpoint, suggestions) {
    clearTimeout(this.#pause);
    this.#endpoint = endpoint;
    const known = suggestions.find(({ url }) => url === endpoint);
    this.#show(known?.kind ?? []);
    if (!known && !endpointFault(endpoint)) this.#pause = setTimeout(() => this.#ask(endpoint), PAUSE_MS);
  }

  /** @param {string} endpoint */
  async #ask(endpoint) {
    try {
      const { kind } = await call("GET", `address-kind?endpoint=${encodeURIComponent(endpoint)}`);
      if (endpoint === this.#endpoint) this.#show(kind);
    } catch (error) {
      // The kind is helpful, not necessary; why the server does not answer is shown when the form is sent.
      problemOf(error);
    }
  }

  /** @param {Kind[]} kinds */
  #show(kinds) {
    this.onJudged(kinds);
    const warnings = kinds.filter(({ severity }) => severity === "warning");
    const notes = kinds.filter(({ severity }) => severity === "note");
    const told = (warnings.length > 0 ? warnings : notes).map(({ sentence }) => sentence).join(" ");
    this.element.textContent = told || texts.endpointHelp;
    this.element.classList.toggle("comfycontrol-warning", warnings.length > 0);
  }
}

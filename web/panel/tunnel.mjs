/** The tunnel of this instance: opened with one click, its progress in words, stopped with another. */

import { call } from "./api.mjs";
import { commandElement } from "./command.mjs";
import { button, define, element, iconElement } from "./elements.mjs";
import { isDecided } from "./environment_fields.mjs";
import { instance, problemOf } from "./instance.mjs";
import { agoElement, momentElement } from "./moment.mjs";
import { problemElement } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/**
 * @typedef {{ name: string, is_installed: boolean, command?: string, downloads: string }} Agent
 * @typedef {{ state: "off" | "starting" | "connecting" | "waiting" | "checking" | "open" | "not_connected" | "gone" | "failed",
 *   agent?: string, address?: string, since: string, again_at?: string, said?: string, message: string, next_step: string,
 *   agents: Agent[] }} Tunnel
 */

const UNDER_WAY = new Set(["starting", "connecting", "waiting", "checking"]);
/** Should the event of a step get lost. */
const LOOK_AGAIN_MS = 3000;

/** Fires `change` when it knows more about the tunnel. */
export class TunnelView extends HTMLElement {
  /** @type {Tunnel | undefined} */
  tunnel;
  /** Called when a tunnel is open that was not before. @type {() => void} */
  opened = () => {};
  #busy = false;
  #timer = 0;
  #place = element("div", { className: "comfycontrol-stack" });
  /** What is shown, so that a screen reader says it once. */
  #shown = "";
  #update = () => this.look();

  connectedCallback() {
    if (!this.firstChild) this.append(this.#place);
    instance.addEventListener("change", this.#update);
    this.look();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    instance.removeEventListener("change", this.#update);
  }

  get isOpen() {
    return this.tunnel?.state === "open";
  }

  /** Ask how it stands, and which agents there are. */
  look() {
    if (!this.#busy) this.#load(call("GET", "tunnel"));
  }

  /** @param {Promise<{ tunnel: Tunnel }>} answer */
  async #load(answer) {
    clearTimeout(this.#timer);
    this.#busy = true;
    const before = this.tunnel;
    try {
      this.tunnel = (await answer).tunnel;
      this.#show(this.tunnel);
    } catch (error) {
      const again = button(texts.tunnel.again, () => this.look());
      this.#place.replaceChildren(problemElement(problemOf(error), again));
      this.#shown = "";
    }
    this.#busy = false;
    if (this.tunnel && UNDER_WAY.has(this.tunnel.state) && this.isConnected) {
      this.#timer = setTimeout(() => this.look(), LOOK_AGAIN_MS);
    }
    this.dispatchEvent(new Event("change"));
    if (this.isOpen && before?.state !== "open") this.opened();
  }

  /** @param {Tunnel} tunnel */
  #show(tunnel) {
    const shown = JSON.stringify(tunnel);
    if (shown === this.#shown) return;
    this.#place.replaceChildren(...this.#elements(tunnel));
    // From now on changes are news.
    this.#place.setAttribute("role", "status");
    this.#shown = shown;
  }

  /** @param {Tunnel} tunnel */
  #elements(tunnel) {
    const { state, message, next_step, said, again_at, since, address } = tunnel;
    if (state === "off") return this.#offers(tunnel.agents);
    // Where the operator decides it, people only see it.
    const decided = isDecided("tunnel");
    const stop = !decided && button(texts.tunnel.stop, () => this.#load(call("DELETE", "tunnel")));
    if (UNDER_WAY.has(state)) {
      const progress = element("p", { className: "comfycontrol-progress" }, iconElement("spinner"), message);
      return [progress, element("div", { className: "comfycontrol-buttons" }, stop)];
    }
    if (state === "open") {
      return [
        element("p", { className: "comfycontrol-guarded" }, iconElement("check-circle"), message),
        element("p", { dir: "ltr" }, address ?? ""),
        element("p", { className: "comfycontrol-help" }, agoElement(texts.tunnel.since, Date.parse(since))),
        element("div", { className: "comfycontrol-buttons" }, stop),
      ];
    }
    const again = !decided && button(texts.tunnel.again, () => this.#open(tunnel.agent));
    return [
      problemElement({ message, next_step }, ...(said ? [element("p", {}, fill(texts.tunnel.said, { said }))] : [])),
      ...(again_at ? [element("p", { className: "comfycontrol-help" }, momentElement(texts.nextTry, Date.parse(again_at)))] : []),
      element("div", { className: "comfycontrol-buttons" }, again, stop),
    ];
  }

  /** @param {Agent[]} agents */
  #offers(agents) {
    const installed = agents.filter(({ is_installed }) => is_installed);
    if (installed.length > 0) {
      const buttons = installed.map(({ name }, place) =>
        button(fill(texts.tunnel.open, { agent: name }), () => this.#open(name), {
          className: `comfycontrol-button ${place === 0 ? "comfycontrol-primary" : ""}`,
        }),
      );
      return [element("p", {}, texts.tunnel.help), element("div", { className: "comfycontrol-buttons" }, ...buttons)];
    }
    const [first] = agents;
    return first ? [element("p", {}, fill(texts.tunnel.install, { agent: first.name })), ...installation(first)] : [];
  }

  /** @param {string} [agent] */
  #open(agent) {
    this.#load(call("POST", "tunnel", { agent: agent ?? null }));
  }
}

/** @param {Agent} agent */
function installation({ command, downloads }) {
  const link = element("a", { href: downloads, target: "_blank", rel: "noopener noreferrer" }, texts.tunnelDownloads);
  return [...(command ? [commandElement(command)] : []), link];
}

define("comfycontrol-tunnel", TunnelView);

/** The tunnel of this instance: opened with one click, its progress in words, stopped with another. */

import { call } from "./api.mjs";
import { commandElement } from "./command.mjs";
import { button, define, element, iconElement, linkElement } from "./elements.mjs";
import { isDecided } from "./environment_fields.mjs";
import { instance, problemOf } from "./instance.mjs";
import { agoElement, momentElement } from "./moment.mjs";
import { problemElement } from "./problem.mjs";
import { fill, texts } from "./texts.mjs";

/** @typedef {{ name: string, is_installed: boolean, command?: string, downloads: string }} Agent */
/** @typedef {import("./api.mjs").Tunnel} Tunnel */

const UNDER_WAY = new Set(["starting", "connecting", "waiting", "checking"]);
/** Should the event of a step get lost. */
const LOOK_AGAIN_MS = 3000;

/** Whether it is on its way, and nothing has gone wrong. @param {Tunnel} tunnel */
export const isUnderWay = ({ state }) => UNDER_WAY.has(state);

export class TunnelView extends HTMLElement {
  /** Called when a tunnel is open that was not before. @type {() => void} */
  opened = () => {};
  /** Those that there are, asked for where one is to be offered. @type {Agent[] | undefined} */
  #agents;
  /** Why the last thing that was done failed. @type {import("./api.mjs").Problem | undefined} */
  #problem;
  #busy = false;
  #isOpen = false;
  #timer = 0;
  #place = element("div", { className: "comfycontrol-stack" });
  /** What is shown, so that a screen reader says it once. */
  #shown = "";
  #update = () => this.#show();

  connectedCallback() {
    if (!this.firstChild) this.append(this.#place);
    instance.addEventListener("change", this.#update);
    this.#show();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    instance.removeEventListener("change", this.#update);
  }

  /** Ask which agents there are. */
  look() {
    this.#attempt(async () => {
      this.#agents = (await call("GET", "tunnel")).agents;
    });
  }

  /** One thing at a time. @param {() => Promise<unknown>} deed */
  async #attempt(deed) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await deed();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = problemOf(error);
    }
    this.#busy = false;
    this.#show();
  }

  #show() {
    const { status } = instance;
    const tunnel = status?.tunnel;
    const shown = JSON.stringify([tunnel, this.#agents, this.#problem]);
    if (status && shown !== this.#shown) {
      const again = button(texts.tunnel.again, () => this.look());
      this.#place.replaceChildren(
        ...(this.#problem ? [problemElement(this.#problem, again)] : []),
        ...(tunnel ? this.#elements(tunnel) : this.#offers(this.#agents ?? [])),
      );
      // From now on changes are news.
      if (this.#shown) this.#place.setAttribute("role", "status");
      this.#shown = shown;
    }
    if (status && !tunnel && !this.#agents && !this.#problem) this.look();
    this.#follow(tunnel);
  }

  /** @param {Tunnel | undefined} tunnel */
  #follow(tunnel) {
    clearTimeout(this.#timer);
    if (tunnel && isUnderWay(tunnel) && this.isConnected) {
      this.#timer = setTimeout(() => instance.update(), LOOK_AGAIN_MS);
    }
    const isOpen = tunnel?.state === "open";
    if (isOpen && !this.#isOpen) this.opened();
    this.#isOpen = isOpen;
  }

  /** @param {Tunnel} tunnel */
  #elements(tunnel) {
    const { state, message, next_step, said, again_at, since, address, agent } = tunnel;
    // Where the operator decides it, people only see it.
    const decided = isDecided("tunnel");
    const stop = !decided && button(texts.tunnel.stop, () => this.#attempt(() => instance.stopTunnel()));
    if (isUnderWay(tunnel)) {
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
    const again = !decided && button(texts.tunnel.again, () => this.#open(agent));
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
    this.#attempt(() => instance.openTunnel(agent ?? null));
  }
}

/** @param {Agent} agent */
function installation({ command, downloads }) {
  return [...(command ? [commandElement(command)] : []), linkElement(texts.tunnelDownloads, downloads)];
}

define("comfycontrol-tunnel", TunnelView);

/** The state of this instance, as both the row and the dialog show it: a chip and sentences. */

import { decidedSentences } from "./environment_fields.mjs";
import { element, iconElement } from "./elements.mjs";
import { instance } from "./instance.mjs";
import { agoElement, momentElement } from "./moment.mjs";
import { otherLoopback } from "./page_address.mjs";
import { retry } from "./retry.mjs";
import { fill, texts } from "./texts.mjs";
import { isUnderWay } from "./tunnel.mjs";

/** @typedef {import("./api.mjs").Status} Status */

/** The states in which the way from ComfyControl to here is what matters. */
const SHOWS_TEST = new Set(["registered", "not_reachable", "address_changed"]);
/** What an address looks like whose tunnel is down, of which the tunnel knows more. */
const OF_A_TUNNEL = new Set(["tunnel_offline", "name_not_found", "nothing_behind"]);

export class StateView {
  chip = element("span", { className: "comfycontrol-state" });
  sentences = element("div", { className: "comfycontrol-sentences" });
  #isBrief;

  /** @param {{ isBrief: boolean }} how - with the age only where it matters, and what else has a section in the dialog */
  constructor({ isBrief }) {
    this.#isBrief = isBrief;
  }

  show() {
    const { status, problem } = instance;
    this.chip.textContent = status?.label ?? (problem ? texts.noAnswer : texts.asking);
    this.chip.dataset.state = status?.state ?? "";
    this.chip.dataset.claim = claimOf(status);
    const { message, next_step } = problem ?? (status ? told(status) : { message: "", next_step: "" });
    // What else is known is not shown beside why nothing more is.
    const known = problem ? undefined : status;
    this.sentences.replaceChildren(
      ...(message ? [element("p", {}, message)] : []),
      ...(next_step ? [element("p", { className: "comfycontrol-next-step" }, next_step)] : []),
      ...(known?.best_address ? [element("p", {}, fill(texts.bestAddress, { address: known.best_address }))] : []),
      ...(known ? testSentences(known) : []),
      ...(known && this.#isBrief ? tunnelSentences(known) : []),
      ...(known ? [...guardSentences(known), ...addressSentences(known)] : []),
      ...(problem ? [] : decidedSentences()),
      ...(known ? this.#times(known) : []),
    );
  }

  /** @param {Status} status */
  #times({ seen_at, last_known }) {
    const times = [];
    if (seen_at && last_known) {
      // In two steps, because the state stays while its age is kept up to date.
      const sentence = fill(texts.lastKnown, { state: last_known.label });
      times.push(agoElement(sentence, Date.parse(seen_at)));
    } else if (seen_at && !this.#isBrief) {
      times.push(agoElement(texts.lastConfirmed, Date.parse(seen_at)));
    }
    if (retry.next) times.push(" ", momentElement(texts.nextTry, retry.next));
    return times.length > 0 ? [element("p", { className: "comfycontrol-help" }, ...times)] : [];
  }
}

/**
 * What is known of the way here from outside, where nothing else is the matter.
 * @param {Status | undefined} status
 */
function claimOf(status) {
  if (status?.state !== "registered") return "";
  const { test_run, address, reached_at } = status;
  if (test_run && !test_run.old) return test_run.proven ? "proven" : "failed";
  return address ? "unproven" : reached_at ? "reached" : "";
}

/** Whether it is known to work, so that nothing has to be done. @param {Status | undefined} status */
export const isProven = (status) => claimOf(status) === "proven";

/** How the last test run ended. @param {Status} status */
function testSentences({ state, test_run }) {
  if (!test_run || !SHOWS_TEST.has(state)) return [];
  const { old, proven, at, message, next_step } = test_run;
  const told = old ? texts.testRun.old : proven ? texts.testRun.proven : fill(texts.testRun.failed, { message });
  return [
    element("p", {}, agoElement(told, Date.parse(at))),
    ...(old || proven ? [] : [element("p", { className: "comfycontrol-next-step" }, next_step)]),
  ];
}

/** How the tunnel stands. @param {Status} status */
function tunnelSentences({ tunnel, runner }) {
  if (!tunnel) return [];
  const { state, message, next_step, since, address = "" } = tunnel;
  if (state === "open") {
    const opened = runner?.endpoint.startsWith(address) ? texts.tunnel.opened : fill(texts.tunnel.openedAt, { address: new URL(address).host });
    return [element("p", {}, agoElement(opened, Date.parse(since)))];
  }
  return [
    element("p", { className: isUnderWay(tunnel) ? "" : "comfycontrol-warning" }, message),
    ...(next_step ? [element("p", { className: "comfycontrol-next-step" }, next_step)] : []),
  ];
}

/** Who gets in at the address. @param {Status} status */
function guardSentences({ state, guard }) {
  if (!guard || !SHOWS_TEST.has(state)) return [];
  const good = guard.code === "guarded";
  return [
    element("p", { className: good ? "comfycontrol-guarded" : "comfycontrol-warning" }, good && iconElement("shield"), guard.message),
    ...(guard.next_step ? [element("p", { className: "comfycontrol-next-step" }, guard.next_step)] : []),
  ];
}

/** What the check of the address found; the service itself knows better. @param {Status} status */
function addressSentences({ state, address, reached_at, test_run, tunnel }) {
  if (test_run?.proven && !test_run.old && state === "registered") return [];
  if (tunnel && tunnel.state !== "open" && OF_A_TUNNEL.has(address?.verdict ?? "")) return [];
  if (address) {
    return [
      element("p", {}, address.message),
      element("p", { className: "comfycontrol-next-step" }, address.next_step),
    ];
  }
  return state === "registered" && reached_at
    ? [element("p", { className: "comfycontrol-help" }, agoElement(texts.reachedAt, Date.parse(reached_at)))]
    : [];
}

/** Who opened it here as an owner may have registered it there. */
function strangerStep() {
  const there = otherLoopback();
  return there ? fill(texts.otherLoopback, { here: location.host, there }) : texts.stranger;
}

/**
 * The sentences of a state. "Needs attention" alone would help nobody, so there it is the error's.
 * @param {Status} status
 */
function told(status) {
  if (status.state === "needs_attention" && status.problem) return status.problem;
  if (status.connected && !status.owner) return { message: status.message, next_step: strangerStep() };
  // The chip says it in the same words.
  if (status.state === "not_connected" && !status.problem) return { message: "", next_step: status.next_step };
  // Such as a tunnel, which is on its way or says itself what to do.
  if (status.state === "not_reachable" && status.tunnel && status.tunnel.state !== "open") return { ...status, next_step: "" };
  return status;
}

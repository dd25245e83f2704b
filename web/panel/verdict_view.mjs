/** What a check of an address found, and who gets in there. */

import { button, element, iconElement } from "./elements.mjs";
import { fill, texts } from "./texts.mjs";

/**
 * @typedef {{ message: string, next_step: string }} Told
 * @typedef {{ verdict: string, message: string, next_step: string, may_still_work?: boolean, address?: string,
 *   way?: Told & { code: string } }} Verdict
 */

/** Those whose next step says already that ComfyControl may reach the address all the same. */
const SAY_IT = new Set(["name_not_public", "refused", "timed_out", "unreachable"]);

/**
 * @param {Verdict} verdict - on what stands in the form as the endpoint
 * @param {(address: string) => void} pick
 */
export function verdictElements({ verdict, message, next_step, may_still_work, address, way }, pick) {
  return [
    box(
      verdict === "proven",
      message,
      // To use it, as the API says, is what the form is for.
      verdict === "proven" ? "" : next_step,
      may_still_work && !SAY_IT.has(verdict) && element("p", { className: "comfycontrol-help" }, texts.mayStillWork),
      address && button(fill(texts.useInstead, { address }), () => pick(address)),
    ),
    ...(way ? [box(way.code === "guarded", way.message, way.next_step)] : []),
  ];
}

/**
 * @param {boolean} good
 * @param {string} message
 * @param {string} next_step
 * @param {...(Node | string | false | undefined)} more
 */
function box(good, message, next_step, ...more) {
  return element(
    "div",
    { className: `comfycontrol-verdict ${good ? "comfycontrol-proven" : "comfycontrol-unproven"}` },
    iconElement(good ? "check-circle" : "exclamation-triangle"),
    element(
      "div",
      {},
      element("p", { className: "comfycontrol-problem-message" }, message),
      next_step && element("p", {}, next_step),
      ...more,
    ),
  );
}

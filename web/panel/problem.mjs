/** How a problem is shown: what happened, what ComfyControl itself said, what to do next. */

import { app } from "../../../scripts/app.js";
import { element } from "./elements.mjs";
import { texts } from "./texts.mjs";

/** @typedef {{ message: string, next_step: string, service_message?: string }} Told */

/**
 * @param {Told} problem
 * @param {...(Node | undefined)} more - other choices
 */
export function problemElement({ message, next_step, service_message }, ...more) {
  return element(
    "div",
    { className: "comfycontrol-problem", role: "alert", tabindex: -1 },
    element("p", { className: "comfycontrol-problem-message" }, message),
    service_message && element("p", {}, `${texts.serviceSays} `, element("q", { dir: "auto" }, service_message)),
    element("p", {}, next_step),
    ...more,
  );
}

const LIFE_MS = { success: 5000, warn: 10_000, error: 15_000, info: 5000 };

/**
 * @param {keyof typeof LIFE_MS} severity
 * @param {string} summary
 * @param {string} [detail]
 */
export function toast(severity, summary, detail) {
  // Without a `life` it would stay for ever in 1.58.
  app.extensionManager.toast.add({ severity, summary, detail, life: LIFE_MS[severity] });
}

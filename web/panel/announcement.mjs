/**
 * Tells screen readers once that something has changed, however many elements show it. Next to ComfyUI's dialogs, which
 * hide everything else on the page from screen readers, except for what has `aria-live`.
 */

import { element } from "./elements.mjs";
import { instance } from "./instance.mjs";
import { retry } from "./retry.mjs";
import { markLanguage } from "./texts.mjs";

const region = element("div", { className: "comfycontrol-announcement", role: "status", "aria-live": "polite" });
document.body.append(region);

let known = "";

/** @param {string} text */
export function announce(text) {
  markLanguage(region);
  region.textContent = text;
}

instance.addEventListener("change", () => {
  const { status, problem } = instance;
  const now = problem?.code ?? status?.state ?? "";
  if (now === known) return;
  known = now;
  if (!retry.isLookedAt) return;
  const sentence = problem?.message ?? status?.message ?? "";
  announce([problem ? "" : status?.label, sentence].filter(Boolean).join(". "));
});

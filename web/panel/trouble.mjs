/** Tells an owner of trouble that would not be seen, because nothing of the panel is shown; of each one once. */

import { app } from "../../../scripts/app.js";
import { storageKey } from "./api.mjs";
import { openInstance } from "./dialogs.mjs";
import { button } from "./elements.mjs";
import { instance } from "./instance.mjs";
import { texts } from "./texts.mjs";

/** @typedef {import("./api.mjs").Status} Status */
/** @typedef {{ code: string, at?: string, message: string }} Trouble */

/** The last one that was told: its code and, where that is known, its time. */
const TOLD = storageKey("troubleTold");
/** The states that last until a person does something. */
const LASTING = new Set(["token_rejected", "token_unreadable", "runner_gone", "another_instance", "address_changed", "needs_attention"]);
/** Those in which ComfyControl says nothing more of the runner: when it last did, tells one from the next. */
const SILENT = new Set(["token_rejected", "token_unreadable", "runner_gone"]);
/** They say nothing of the runner. */
const PASSING = new Set(["service_unreachable", "rate_limited"]);
/** Wherever one of these is shown, it says so itself. */
const SHOWN = "comfycontrol-instance-row, comfycontrol-instance-details, comfycontrol-runner-form, comfycontrol-test-run";

/** Takes the message away again. */
let takeBack = () => {};

instance.addEventListener("change", () => {
  const { status, problem } = instance;
  if (problem || !status?.owner || PASSING.has(status.state)) return;
  const trouble = troubleOf(status);
  if (!trouble) {
    localStorage.removeItem(TOLD);
    takeBack();
    return;
  }
  const { code, at, message } = trouble;
  const told = JSON.stringify({ code, at });
  if (told === localStorage.getItem(TOLD)) return;
  localStorage.setItem(TOLD, told);
  takeBack();
  if (!document.querySelector(SHOWN)) tell(message);
});

/**
 * @param {Status} status
 * @returns {Trouble | undefined}
 */
function troubleOf({ state, message, problem, seen_at, tunnel, test_run, address }) {
  if (LASTING.has(state)) return { code: problem?.code ?? state, at: SILENT.has(state) ? seen_at : undefined, message };
  // Else it is started again by itself.
  if (tunnel?.state === "failed" && !tunnel.again_at) return tunnel;
  if (state !== "registered") return undefined;
  if (test_run && !test_run.old) return test_run.proven ? undefined : test_run;
  return address && !address.may_still_work ? { code: address.verdict, message: address.message } : undefined;
}

/**
 * Until somebody closes it, because it is not told again.
 * @param {string} message
 */
function tell(message) {
  // The published types are those of one version.
  const { toast, dialog } = /** @type {any} */ (app.extensionManager);
  const { title, where } = texts.trouble;
  const open = () => {
    takeBack();
    openInstance();
  };
  if (toast.warning) {
    const id = toast.warning(title, { description: message, action: { label: texts.details, onClick: open } });
    takeBack = () => toast.dismiss(id);
    return;
  }
  // Before 1.58 without buttons of its own, but with a class of ours to find it by.
  const shown = { severity: "warn", summary: title, detail: `${message} ${where}`, styleClass: "comfycontrol-trouble" };
  toast.add(shown);
  takeBack = () => toast.remove(shown);
  if (!dialog?.showExtensionDialog) return;
  requestAnimationFrame(() => {
    const details = button(texts.details, open, { className: "p-button p-component p-button-sm p-button-secondary" });
    document.querySelector(".comfycontrol-trouble .p-toast-message-text")?.append(details);
  });
}

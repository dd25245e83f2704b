/** Opens the panel's dialogs in ComfyUI's own: stacked over Settings where they are open, else over the page alone. */

import { app } from "../../../scripts/app.js";
import { instance } from "./instance.mjs";
import { toast } from "./problem.mjs";
import { texts } from "./texts.mjs";

/** @typedef {import("./api.mjs").Runner} Runner */
/** @typedef {import("./form_purpose.mjs").Wish} Wish */

const HOSTS = "comfycontrol-instance-row, comfycontrol-instance-details, comfycontrol-token-row";

/**
 * @param {Wish} [wish] - what the form is for, if the state alone does not say
 * @param {Opener} [opener]
 */
export function openRunnerForm(wish = {}, opener = focused()) {
  const { status } = instance;
  const registered = status?.registered && status.state !== "runner_gone";
  const title = wish.takeOver ? texts.title.take_over : registered && !wish.asNew ? texts.title.edit : texts.title.register;
  openDialog("runner", title, "comfycontrol-runner-form", { wish }, opener);
}

/** @param {{ entersToken?: boolean }} [how] - whether a token is what it was opened for */
export function openInstance({ entersToken = false } = {}) {
  openDialog("instance", texts.title.instance, "comfycontrol-instance-details", { entersToken });
}

/**
 * The account's runners, for one of them to be taken over.
 * @param {(runner: Runner) => void} [choose] - without it, the form goes on with the chosen one
 */
export function openRunnerList(choose) {
  const opener = focused();
  const close = openDialog("runner-list", texts.title.take_over, "comfycontrol-runner-list", {
    onChosen: (/** @type {import("./events.mjs").RunnerChosenEvent} */ { runner }) => {
      close();
      (choose ?? ((chosen) => openRunnerForm({ takeOver: chosen }, opener)))(runner);
    },
  });
}

/** A workflow of ComfyControl that runs here; sent at once unless it is the first. */
export function openTestRun() {
  openDialog("test-run", texts.title.test_run, "comfycontrol-test-run", {});
}

/** The question before disconnecting. */
export function openDisconnect() {
  openDialog("disconnect", texts.title.disconnect, "comfycontrol-disconnect", {});
}

/**
 * @param {string} key
 * @param {string} title
 * @param {string} component - a custom element that fires `done` when it is to be closed, and `closed` when it was
 * @param {Record<string, unknown>} props
 * @param {Opener} opener
 * @returns {() => void} closes it
 */
export function openDialog(key, title, component, props, opener = focused()) {
  const { dialog } = app.extensionManager;
  if (typeof dialog?.showExtensionDialog !== "function") {
    toast("error", texts.tooOld.message, texts.tooOld.next_step);
    return () => {};
  }
  const shown = dialog.showExtensionDialog({
    // ComfyUI's page lets only dialogs with this prefix be closed from here.
    key: `extension-comfycontrol-${key}`,
    title,
    component,
    props: { ...props, onDone: () => shown.closeDialog(), onClosed: () => requestAnimationFrame(() => giveFocusBack(opener)) },
    // A click beside a half-filled form must not throw it away; 1.49 and 1.58 name that differently.
    dialogComponentProps: { size: "md", dismissableMask: false, dismissOnPointerDownOutside: false },
  });
  return () => shown.closeDialog();
}

/** @typedef {{ button: Element | null, host: Element | null | undefined }} Opener */

/** What has the focus, and the element of ours that it stands in. @returns {Opener} */
function focused() {
  const button = document.activeElement;
  return { button, host: button?.closest(HOSTS) };
}

/**
 * Give the focus back. Newer versions of ComfyUI's page do so themselves, 1.21 does not; and none can if the button is
 * gone because, after the dialog, another one is the right next step.
 * @param {Opener} opener
 */
function giveFocusBack({ button, host }) {
  if (document.activeElement !== document.body) return;
  const place = button?.isConnected ? button : host;
  if (place instanceof HTMLElement) place.focus();
}

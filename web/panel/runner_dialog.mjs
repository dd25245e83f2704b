/** Opens the form in ComfyUI's own dialog. */

import { app } from "../../../scripts/app.js";
import { instance } from "./instance.mjs";
import { toast } from "./problem.mjs";
import { texts } from "./texts.mjs";

/** Stacked over Settings where they are open, else over the page alone. */
export function openRunnerForm() {
  const { dialog } = app.extensionManager;
  if (typeof dialog?.showExtensionDialog !== "function") {
    toast("error", texts.tooOld.message, texts.tooOld.next_step);
    return;
  }
  const opener = document.activeElement;
  const registered = instance.status?.registered && instance.status.problem?.code !== "runner_gone";
  const shown = dialog.showExtensionDialog({
    // Without this beginning, ComfyUI's page would not let the dialog be closed from here.
    key: "extension-comfycontrol-runner",
    title: registered ? texts.title.edit : texts.title.register,
    component: "comfycontrol-runner-form",
    props: { onDone: () => shown.closeDialog(), onClosed: () => requestAnimationFrame(() => giveFocusBack(opener)) },
    // A click beside a half-filled form must not throw it away; 1.49 and 1.58 name that differently.
    dialogComponentProps: { size: "md", dismissableMask: false, dismissOnPointerDownOutside: false },
  });
}

/**
 * Newer versions of ComfyUI's page do this themselves, 1.21 does not.
 * @param {Element | null} opener
 */
function giveFocusBack(opener) {
  if (document.activeElement === document.body && opener instanceof HTMLElement) opener.focus();
}

/** Opens the dialog that saves the open workflow as a template. */

import { openDialog } from "./dialogs.mjs";
import "./template_form.mjs";
import { texts } from "./texts.mjs";

export function openTemplateForm() {
  openDialog("template", texts.title.template, "comfycontrol-template-form", {});
}

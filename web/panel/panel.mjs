/** What the panel gives the script that loads it: the rows, the dialogs, and this instance. */

import "./announcement.mjs";
import "./disconnect.mjs";
import "./instance_dialog.mjs";
import "./instance_row.mjs";
import "./preference_row.mjs";
import "./runner_form.mjs";
import "./runner_list.mjs";
import "./test_run.mjs";
import "./token_row.mjs";
import "./trouble.mjs";

export { instance } from "./instance.mjs";
export { openInstance, openRunnerForm } from "./dialogs.mjs";
export { askFor } from "./ask_for.mjs";
export { openTemplateForm } from "./template_dialog.mjs";
export { speak } from "./texts.mjs";

for (const file of ["./panel.css", "./rows.css", "./state.css", "./form.css", "./details.css", "./template.css", "./test_run.css"]) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL(file, import.meta.url).href;
  document.head.append(style);
}

/** What the panel offers to the script that loads it: the rows, the form, and what this instance is in. */

import "./instance_row.mjs";
import "./runner_form.mjs";
import "./token_row.mjs";

export { instance } from "./instance.mjs";
export { openRunnerForm } from "./runner_dialog.mjs";

for (const file of ["./panel.css", "./form.css"]) {
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = new URL(file, import.meta.url).href;
  document.head.append(style);
}

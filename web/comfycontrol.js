/**
 * The only script that ComfyUI loads at start: two rows in Settings and a command. All they do is load the panel when
 * somebody looks at it.
 */

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

/**
 * Every file of the panel. ComfyUI sends `.mjs` without saying how long it may be kept, so after an update a browser
 * may mix old and new; asking for each of them once, past the cache, prevents that and loads them all at once.
 */
const PANEL_FILES = [
  "address_note.mjs",
  "door.mjs",
  "elements.mjs",
  "endpoint_field.mjs",
  "form.css",
  "headers_field.mjs",
  "instance.mjs",
  "instance_row.mjs",
  "limits.mjs",
  "page_address.mjs",
  "panel.css",
  "panel.mjs",
  "problem.mjs",
  "runner_choice.mjs",
  "runner_dialog.mjs",
  "runner_form.mjs",
  "tags_field.mjs",
  "text_field.mjs",
  "texts.mjs",
  "token_row.mjs",
];

/** @type {Promise<typeof import("./panel/panel.mjs")> | undefined} */
let panel;

/** Load the panel on first use; a failed load is tried again at the next. */
function loadPanel() {
  panel ??= Promise.all(PANEL_FILES.map((file) => fetch(new URL(`./panel/${file}`, import.meta.url), { cache: "no-cache" })))
    .then(() => import("./panel/panel.mjs"))
    .catch((error) => {
      panel = undefined;
      throw error;
    });
  return panel;
}

/** @param {string} tag - the custom element that the panel defines once it is loaded */
const row = (tag) => () => {
  loadPanel();
  return document.createElement(tag);
};

// Here and not in the panel: ComfyUI's page logs an error for every event that nobody listens for.
api.addEventListener("comfycontrol.status", () => panel?.then(({ instance }) => instance.update()));
api.addEventListener("reconnected", () => panel?.then(({ instance }) => instance.update()));

app.registerExtension({
  name: "comfycontrol.runner",
  settings: [
    {
      // The sealed token. ComfyUI's debug reports hide values whose key says "Token".
      id: "ComfyControl.ApiToken",
      name: "ComfyControl API token, sealed",
      type: "hidden",
      defaultValue: "",
    },
    // From last to first: 1.21 shows them so, and knows no sortOrder.
    {
      id: "ComfyControl.CheckAddress",
      name: "Check the address before registering",
      tooltip: "Whether the endpoint leads to this ComfyUI. It can always be checked by hand in the form.",
      type: "boolean",
      defaultValue: true,
      category: ["ComfyControl", "Runner", "Check the address before registering"],
      sortOrder: 5,
    },
    {
      id: "ComfyControl.InstanceRow",
      name: "This instance",
      tooltip: "Whether this ComfyUI is a runner of your ComfyControl account.",
      type: row("comfycontrol-instance-row"),
      defaultValue: null,
      category: ["ComfyControl", "Runner", "This instance"],
      sortOrder: 10,
      telemetry: { trackChanges: false },
    },
    {
      id: "ComfyControl.TokenRow",
      name: "API token",
      tooltip: "Made in your ComfyControl account settings, under API Tokens. It is checked, and stored sealed.",
      type: row("comfycontrol-token-row"),
      defaultValue: null,
      category: ["ComfyControl", "Runner", "API token"],
      sortOrder: 20,
      telemetry: { trackChanges: false },
    },
  ],
  commands: [
    {
      id: "ComfyControl.RegisterInstance",
      label: "ComfyControl: register this instance...",
      icon: "pi pi-cloud-upload",
      function: async () => (await loadPanel()).openRunnerForm(),
    },
  ],
  menuCommands: [{ path: ["Extensions"], commands: ["ComfyControl.RegisterInstance"] }],
});

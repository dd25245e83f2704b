/** What ComfyUI loads at start: rows in Settings, commands and the nodes' widget. The panel is loaded when it is shown. */

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";
import { placeholderWidgets } from "./placeholders.js";

/** The one sentence that is not among the panel's texts, for when those could not be loaded. */
const NOT_LOADED = "ComfyControl's panel could not be loaded. Restart ComfyUI and reload this page.";

/** @type {Promise<typeof import("./panel/panel.mjs")> | undefined} */
let files;
/** The files together with the texts in ComfyUI's language. @type {typeof files} */
let panel;
let language = "";

/** Load the panel on first use, and its texts again after the language has changed; a failed load is tried again. */
function loadPanel() {
  const wanted = String(app.extensionManager.setting.get("Comfy.Locale") ?? "");
  if (panel && wanted === language) return panel;
  language = wanted;
  files ??= loadFiles();
  panel = Promise.all([files, textsIn(wanted)])
    .then(([loaded, texts]) => {
      // A slow answer must not undo a later choice.
      if (wanted === language) loaded.speak(texts);
      return loaded;
    })
    .catch((error) => {
      files = panel = undefined;
      throw error;
    });
  return panel;
}

/**
 * ComfyUI sends `.mjs` without saying how long it may be kept, so after an update a browser may mix old and new; asking
 * for each file once, past the cache, prevents that and loads them all at once.
 */
async function loadFiles() {
  const fresh = (/** @type {string} */ file) => fetch(new URL(`./panel/${file}`, import.meta.url), { cache: "no-cache" });
  const list = await fresh("files.json");
  await Promise.all((await list.json()).map(fresh));
  return import("./panel/panel.mjs");
}

/** @param {string} wanted - a language as ComfyUI names it */
async function textsIn(wanted) {
  const response = await api.fetchApi(`/comfycontrol/texts?language=${encodeURIComponent(wanted)}`);
  if (!response.ok) throw new Error(NOT_LOADED);
  return response.json();
}

/** @param {string} tag - the custom element that the panel defines once it is loaded */
const row = (tag) => () => {
  const place = document.createElement("div");
  place.className = "comfycontrol-row";
  // Built once the texts are there: ComfyUI only asks for the row again if the language changes.
  loadPanel().then(
    () => place.replaceChildren(document.createElement(tag)),
    () => place.replaceChildren(NOT_LOADED),
  );
  return place;
};

// Here and not in the panel, because ComfyUI's page logs an error for every event that nobody listens for.
api.addEventListener("comfycontrol.status", () => panel?.then(({ instance }) => instance.update()));
api.addEventListener("reconnected", () => panel?.then(({ instance }) => instance.update()));

app.registerExtension({
  name: "comfycontrol.runner",
  getCustomWidgets: () =>
    placeholderWidgets(async () => {
      const { texts } = await textsIn(String(app.extensionManager.setting.get("Comfy.Locale") ?? ""));
      return texts.template.withoutDefault;
    }),
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
      id: "ComfyControl.KeepAddress",
      name: "Keep the address up to date",
      tooltip: "Update the runner by itself when its address no longer leads here and this machine has another that does.",
      type: row("comfycontrol-keep-address-row"),
      defaultValue: null,
      category: ["ComfyControl", "Runner", "Keep the address up to date"],
      sortOrder: 3,
    },
    {
      id: "ComfyControl.CheckAddress",
      name: "Check the address before registering",
      tooltip: "Whether the endpoint leads to this ComfyUI. It can always be checked by hand in the form.",
      type: row("comfycontrol-check-address-row"),
      defaultValue: null,
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
    {
      id: "ComfyControl.ShowInstance",
      label: "ComfyControl: this instance...",
      icon: "pi pi-cloud",
      function: async () => (await loadPanel()).openInstance(),
    },
    {
      id: "ComfyControl.SaveTemplate",
      label: "Save as ComfyControl template...",
      icon: "pi pi-file-export",
      function: async () => (await loadPanel()).openTemplateForm(),
    },
  ],
  menuCommands: [{ path: ["Extensions"], commands: ["ComfyControl.RegisterInstance", "ComfyControl.ShowInstance", "ComfyControl.SaveTemplate"] }],
});

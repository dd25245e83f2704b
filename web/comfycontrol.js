/** What ComfyUI loads at start: rows in Settings, commands and the nodes' widget. The panel is loaded when it is shown. */

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";
import { placeholderWidgets } from "./placeholders.js";

const NOT_LOADED = "The ComfyControl panel failed to load. Restart ComfyUI and reload this page.";

/** @type {Promise<typeof import("./panel/panel.mjs")> | undefined} */
let files;
/** The files together with the texts in ComfyUI's language. @type {typeof files} */
let panel;
let language = "";
let askLabel = "Ask for this in ComfyControl";
/** @type {Event | undefined} */
let pressed;

/** On first use; its texts again after the language has changed. A failed load is tried again. */
function loadPanel() {
  const wanted = wantedLanguage();
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

/** ComfyUI sends `.mjs` without saying how long it may be kept: only past the cache no update mixes old and new. */
async function loadFiles() {
  const fresh = (/** @type {string} */ file) => fetch(new URL(`./panel/${file}`, import.meta.url), { cache: "no-cache" });
  const list = await fresh("files.json");
  await Promise.all((await list.json()).map(fresh));
  return import("./panel/panel.mjs");
}

/** For commands and menus. @param {(panel: any) => unknown} deed */
const withPanel = (deed) => () =>
  loadPanel().then(deed, () => app.extensionManager.toast.add({ severity: "error", summary: NOT_LOADED, life: 15_000 }));

const wantedLanguage = () => String(app.extensionManager.setting.get("Comfy.Locale") ?? "");

async function textsIn(wanted = wantedLanguage()) {
  const response = await api.fetchApi(`/comfycontrol/texts?language=${encodeURIComponent(wanted)}`);
  if (!response.ok) throw new Error(NOT_LOADED);
  const answer = await response.json();
  // Or a login page.
  if (!answer?.texts) throw new Error(NOT_LOADED);
  askLabel = answer.texts.ask.label;
  return answer;
}

/**
 * @param {string} tag - a custom element of the panel
 * @param {{ id: `ComfyControl.${string}`, name: string, tooltip: string, sortOrder: number }} told
 */
const row = (tag, told) => ({
  ...told,
  defaultValue: null,
  category: ["ComfyControl", "Runner", told.name],
  telemetry: { trackChanges: false },
  type() {
    const place = document.createElement("div");
    place.className = "comfycontrol-row";
    // Built once the texts are there: ComfyUI only asks for the row again if the language changes.
    loadPanel().then(
      () => place.replaceChildren(document.createElement(tag)),
      () => place.replaceChildren(NOT_LOADED),
    );
    return place;
  },
});

// Here, because ComfyUI's page logs an error for every event that nobody listens for.
const update = () => panel?.then(({ instance }) => instance.update());
api.addEventListener("comfycontrol.status", update);
api.addEventListener("reconnected", update);

// The menu of a node is told neither the widget nor the language, and does not wait.
addEventListener("pointermove", () => textsIn().catch(() => {}), { capture: true, once: true });
addEventListener("pointerdown", (event) => (pressed = event), true);

app.registerExtension({
  name: "comfycontrol.runner",
  nodeCreated(/** @type {any} */ node) {
    const before = node.getExtraMenuOptions;
    node.getExtraMenuOptions = (/** @type {any} */ canvas, /** @type {object[]} */ options) => {
      const [x, y] = canvas.graph_mouse;
      const spot = { pressed, x, y };
      if (/^(?!ComfyControl)/.test(node.comfyClass) && node.inputs?.some((/** @type {any} */ it) => it.widget)) {
        options.push({ content: askLabel, callback: withPanel((it) => it.askFor(node, spot)) });
      }
      return before?.call(node, canvas, options);
    };
  },
  getCustomWidgets: () =>
    placeholderWidgets(async () => {
      const { texts } = await textsIn();
      return texts.template.withoutDefault;
    }),
  settings: [
    {
      // Sealed. ComfyUI's debug reports hide values whose key says "Token".
      id: "ComfyControl.ApiToken",
      name: "ComfyControl API token, sealed",
      type: "hidden",
      defaultValue: "",
    },
    // From last to first, for 1.21, which knows no sortOrder.
    row("comfycontrol-keep-address-row", {
      id: "ComfyControl.KeepAddress",
      name: "Keep the address up to date",
      tooltip: "Updates the runner when this machine's address changes.",
      sortOrder: 3,
    }),
    row("comfycontrol-check-address-row", {
      id: "ComfyControl.CheckAddress",
      name: "Check the address before registering",
      tooltip: "Checks that the endpoint leads to this ComfyUI.",
      sortOrder: 5,
    }),
    row("comfycontrol-instance-row", {
      id: "ComfyControl.InstanceRow",
      name: "This instance",
      tooltip: "Shows whether this ComfyUI is a runner in your account.",
      sortOrder: 10,
    }),
    row("comfycontrol-token-row", {
      id: "ComfyControl.TokenRow",
      name: "API token",
      tooltip: "From your ComfyControl account settings, API Tokens. Checked and stored encrypted.",
      sortOrder: 20,
    }),
  ],
  commands: [
    {
      id: "ComfyControl.RegisterInstance",
      label: "ComfyControl: register this instance...",
      icon: "pi pi-cloud-upload",
      function: withPanel((it) => it.openRunnerForm()),
    },
    {
      id: "ComfyControl.ShowInstance",
      label: "ComfyControl: this instance...",
      icon: "pi pi-cloud",
      function: withPanel((it) => it.openInstance()),
    },
    {
      id: "ComfyControl.SaveTemplate",
      label: "Save as ComfyControl template...",
      icon: "pi pi-file-export",
      function: withPanel((it) => it.openTemplateForm()),
    },
  ],
  menuCommands: [
    { path: ["Extensions"], commands: ["RegisterInstance", "ShowInstance", "SaveTemplate"].map((name) => `ComfyControl.${name}`) },
  ],
});

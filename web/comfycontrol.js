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

const wantedLanguage = () => String(app.extensionManager?.setting.get("Comfy.Locale") ?? "");

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
 * @param {string} id
 * @param {string} name - in English, as what else is said of it is in `locales`
 * @param {number} sortOrder
 */
const row = (tag, id, name, sortOrder) => ({
  id: /** @type {const} */ (`ComfyControl.${id}`),
  name,
  tooltip: name,
  sortOrder,
  defaultValue: null,
  category: ["ComfyControl", "Runner", name],
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
const rows = [
  row("comfycontrol-token-row", "TokenRow", "API token", 20),
  row("comfycontrol-instance-row", "InstanceRow", "This instance", 10),
  row("comfycontrol-check-address-row", "CheckAddress", "Check the address before registering", 5),
  row("comfycontrol-keep-address-row", "KeepAddress", "Keep the address up to date", 3),
];
// 1.21 knows no sortOrder, and begins with the last.
if (/^1\.2[0-7]\./.test(/** @type {any} */ (window).__COMFYUI_FRONTEND_VERSION__)) rows.reverse();

// Here, because ComfyUI's page logs an error for every event that nobody listens for.
const update = () => panel?.then(({ instance }) => instance.update()).catch(() => {});
api.addEventListener("comfycontrol.status", () => {
  // An owner is told of trouble where nothing of the panel is shown, too.
  if (Object.keys(localStorage).some((key) => key.startsWith("comfycontrol.ownerKey"))) loadPanel();
  update();
});
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
    ...rows,
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

/** What ComfyUI loads at start: rows in Settings, commands and the nodes' widget. The panel is loaded when it is shown. */

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";
import { placeholderWidgets } from "./placeholders.js";

/** For when the panel's texts could not be loaded. */
const NOT_LOADED = "ComfyControl's panel could not be loaded. Restart ComfyUI and reload this page.";

/** @type {Promise<typeof import("./panel/panel.mjs")> | undefined} */
let files;
/** The files together with the texts in ComfyUI's language. @type {typeof files} */
let panel;
let language = "";
let askLabel = "Ask for this in ComfyControl";
/** The language of the label. @type {string | undefined} */
let askLanguage;
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

/** What a command or a menu does with the panel. @param {(panel: Awaited<ReturnType<typeof loadPanel>>) => unknown} deed */
const withPanel = (deed) => async () => {
  const loaded = await loadPanel().catch(() => undefined);
  if (loaded) await deed(loaded);
  else app.extensionManager.toast.add({ severity: "error", summary: NOT_LOADED, life: 15_000 });
};

const wantedLanguage = () => String(app.extensionManager.setting.get("Comfy.Locale") ?? "");

async function textsIn(wanted = wantedLanguage()) {
  const response = await api.fetchApi(`/comfycontrol/texts?language=${encodeURIComponent(wanted)}`);
  if (!response.ok) throw new Error(NOT_LOADED);
  const answer = await response.json();
  // Or a login page.
  if (!answer?.texts) throw new Error(NOT_LOADED);
  askLabel = answer.texts.ask.label;
  askLanguage = wanted;
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
api.addEventListener("comfycontrol.status", () => panel?.then(({ instance }) => instance.update()));
api.addEventListener("reconnected", () => panel?.then(({ instance }) => instance.update()));

/** The menu of a node is told neither the language nor the widget, and does not wait. */
const prepare = async () => {
  if (askLanguage !== wantedLanguage()) await textsIn();
};
// The first way to a node, and what is pressed there.
addEventListener("pointermove", () => prepare().catch(() => {}), { capture: true, once: true });
const press = (/** @type {Event} */ event) => {
  prepare().catch(() => {});
  pressed = event;
};
addEventListener("pointerdown", press, true);

app.registerExtension({
  name: "comfycontrol.runner",
  nodeCreated(/** @type {any} */ node) {
    const before = node.getExtraMenuOptions;
    node.getExtraMenuOptions = (/** @type {any} */ canvas, /** @type {object[]} */ options) => {
      const [x, y] = canvas.graph_mouse;
      const spot = { pressed, x, y };
      if (/^(?!ComfyControl)/.test(node.comfyClass) && node.inputs?.some((/** @type {any} */ { widget }) => widget)) {
        options.push({ content: askLabel, callback: withPanel((loaded) => loaded.askFor(node, spot)) });
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
      tooltip: "Update the runner by itself when its address no longer leads here and this machine has another that does.",
      sortOrder: 3,
    }),
    row("comfycontrol-check-address-row", {
      id: "ComfyControl.CheckAddress",
      name: "Check the address before registering",
      tooltip: "Whether the endpoint leads to this ComfyUI. It can always be checked by hand in the form.",
      sortOrder: 5,
    }),
    row("comfycontrol-instance-row", {
      id: "ComfyControl.InstanceRow",
      name: "This instance",
      tooltip: "Whether this ComfyUI is a runner of your ComfyControl account.",
      sortOrder: 10,
    }),
    row("comfycontrol-token-row", {
      id: "ComfyControl.TokenRow",
      name: "API token",
      tooltip: "Made in your ComfyControl account settings, under API Tokens. It is checked, and stored sealed.",
      sortOrder: 20,
    }),
  ],
  commands: [
    {
      id: "ComfyControl.RegisterInstance",
      label: "ComfyControl: register this instance...",
      icon: "pi pi-cloud-upload",
      function: withPanel((loaded) => loaded.openRunnerForm()),
    },
    {
      id: "ComfyControl.ShowInstance",
      label: "ComfyControl: this instance...",
      icon: "pi pi-cloud",
      function: withPanel((loaded) => loaded.openInstance()),
    },
    {
      id: "ComfyControl.SaveTemplate",
      label: "Save as ComfyControl template...",
      icon: "pi pi-file-export",
      function: withPanel((loaded) => loaded.openTemplateForm()),
    },
  ],
  menuCommands: [
    { path: ["Extensions"], commands: ["RegisterInstance", "ShowInstance", "SaveTemplate"].map((name) => `ComfyControl.${name}`) },
  ],
});

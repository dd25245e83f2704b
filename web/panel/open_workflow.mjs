/** The workflow that is open in ComfyUI's page: what it asks for, and which template it was saved as. */

import { api } from "../../../scripts/api.js";
import { app } from "../../../scripts/app.js";
import { ApiError } from "./api.mjs";
import { inTime } from "./patience.mjs";
import { texts } from "./texts.mjs";

/** @typedef {{ template_id?: string, template_name?: string, template_description?: string }} Saved */

const EXAMPLE = "comfycontrol_coloured_noise";
/** What ComfyUI calls a workflow that nobody has named. */
const UNNAMED = /^Unsaved Workflow( \(\d+\))?$/;
const LONGEST_NAME = 100;

/**
 * The graph at the root, also while a subgraph is looked at; the published types know neither.
 * @returns {{ extra?: Record<string, unknown> }}
 */
const root = () => /** @type {any} */ (app).rootGraph ?? app.graph;

/**
 * The workflow in API format, as *Run* queues it.
 * @throws {ApiError} ComfyUI's page cannot make it; some versions fail at a subgraph that is bypassed
 */
export async function apiFormat() {
  try {
    return (await inTime(app.graphToPrompt())).output;
  } catch (error) {
    console.error(error);
    throw new ApiError({ code: "workflow_not_exported", ...texts.template.notExported });
  }
}

/**
 * Open a sample workflow of ours beside the one that is open.
 * @throws {ApiError} this ComfyUI does not serve it, or cannot open it
 */
export async function openExample() {
  const [, pack] = new URL(import.meta.url).pathname.split("/extensions/");
  try {
    const response = await inTime(api.fetchApi(`/workflow_templates/${pack?.split("/")[0]}/${EXAMPLE}.json`));
    await inTime(app.loadGraphData(await response.json(), true, true, EXAMPLE));
  } catch (error) {
    console.error(error);
    throw new ApiError({ code: "example_not_opened", ...texts.template.exampleFailed });
  }
}

/** What the workflow remembers of the template it was saved as. @returns {Saved} */
export function savedAs() {
  const kept = root().extra?.comfycontrol;
  if (!kept || typeof kept !== "object") return {};
  // The workflow may come from anybody.
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => typeof value === "string"));
}

/**
 * Store it in the workflow for the next time: an id and what was typed, neither a token nor an address.
 * @param {Saved} saved
 */
export function keepSavedAs(saved) {
  const graph = root();
  graph.extra = { ...graph.extra, comfycontrol: saved };
  noteChange();
}

/** Tell ComfyUI's page that there is something to save, and to undo. 1.58 has a new name for it. */
export function noteChange() {
  const tracker = activeWorkflow()?.changeTracker;
  if (tracker?.captureCanvasState) tracker.captureCanvasState();
  else tracker?.checkState?.();
}

/** The title of the workflow; nothing for one that has none. */
export function workflowName() {
  const name = String(activeWorkflow()?.filename ?? "");
  return UNNAMED.test(name) ? "" : name.slice(0, LONGEST_NAME);
}

/**
 * The published types leave it out.
 * @returns {{ filename?: string, changeTracker?: { captureCanvasState?: () => void, checkState?: () => void } } | undefined}
 */
const activeWorkflow = () => /** @type {any} */ (app.extensionManager).workflow?.activeWorkflow;

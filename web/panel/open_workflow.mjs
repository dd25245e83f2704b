/** The workflow that is open in ComfyUI's page: what it asks for, and which template it was saved as. */

import { app } from "../../../scripts/app.js";

/** @typedef {{ template_id?: string, template_name?: string, template_description?: string }} Saved */

/**
 * The graph at the root, also while a subgraph is looked at; the published types know neither.
 * @returns {{ extra?: Record<string, unknown> }}
 */
const root = () => /** @type {any} */ (app).rootGraph ?? app.graph;

/** The workflow in API format, as *Run* queues it. */
export async function apiFormat() {
  return (await app.graphToPrompt()).output;
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
  const tracker = activeWorkflow()?.changeTracker;
  // Tells ComfyUI's page that there is something to save. 1.58 has a new name for it.
  if (tracker?.captureCanvasState) tracker.captureCanvasState();
  else tracker?.checkState?.();
}

/** What the workflow's file is called; nothing for one that was never saved. */
export function workflowName() {
  const open = activeWorkflow();
  return open?.isPersisted ? String(open.filename ?? "") : "";
}

/**
 * The published types leave it out.
 * @returns {{ filename?: string, isPersisted?: boolean,
 *   changeTracker?: { captureCanvasState?: () => void, checkState?: () => void } } | undefined}
 */
const activeWorkflow = () => /** @type {any} */ (app.extensionManager).workflow?.activeWorkflow;

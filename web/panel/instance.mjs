/** What the page knows about this instance; shared by all elements that show it. */

import { api } from "../../../scripts/api.js";
import { app } from "../../../scripts/app.js";
import { ApiError, call, ownerKey } from "./api.mjs";
import { inTime } from "./patience.mjs";
import { lastProblems, noteProblem } from "./problem_log.mjs";
import { texts } from "./texts.mjs";

/** @typedef {import("./api.mjs").Status} Status */
/** @typedef {import("./api.mjs").Problem} Problem */

const TOKEN_SETTING = "ComfyControl.ApiToken";
/** What ComfyControl said within this time is not asked again just because somebody looks. */
const FRESH_MS = 15_000;

/** The server's event comes before the tab that caused it has stored its owner key; this one comes after. */
const otherTabs = new BroadcastChannel("comfycontrol");

/** Fires `change` whenever `status` or `problem` may have changed. */
class Instance extends EventTarget {
  /** @type {Status | undefined} */
  status;
  /** Why there is no status. @type {Problem | undefined} */
  problem;
  #asked = 0;
  #answered = 0;
  #refreshedAt = 0;

  /** For elements that appear: shows what is remembered at once, and then what ComfyControl says. */
  async look() {
    await this.update();
    const stale = Date.now() - this.#refreshedAt > FRESH_MS;
    if (stale && this.status?.owner && this.status.runner) await this.update({ refresh: true });
  }

  /**
   * Ask this instance's server how it stands.
   * @param {{ refresh?: boolean }} [how] - `refresh` lets the server ask ComfyControl, once
   */
  async update({ refresh = false } = {}) {
    this.#asked += 1;
    const asked = this.#asked;
    if (refresh) this.#refreshedAt = Date.now();
    /** @type {Status | undefined} */
    let status;
    /** @type {Problem | undefined} */
    let problem;
    try {
      status = await call("GET", refresh ? "status?refresh=1" : "status");
    } catch (error) {
      problem = problemOf(error);
    }
    // A slow answer must not overwrite that of a later request.
    if (asked < this.#answered) return;
    this.#answered = asked;
    const met = status?.problem?.code;
    if (met && met !== this.status?.problem?.code && met !== lastProblems().at(-1)?.code) noteProblem(met);
    this.status = status ?? this.status;
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }

  /** @param {string} token */
  async connect(token) {
    const { sealed_token, owner_key } = await call("PUT", "token", { token });
    ownerKey.keep(owner_key);
    // Where the environment gives the token, that of a person only says who they are.
    if (sealed_token) await saveSetting(sealed_token);
    await this.#changed();
  }

  /** @returns {Promise<import("./api.mjs").Runner | null>} the runner that stays at ComfyControl */
  async disconnect() {
    const { left_at_service } = await call("DELETE", "token");
    ownerKey.forget();
    try {
      await saveSetting("");
    } finally {
      // Disconnected it is in any case: nothing opens what is left in the settings.
      await this.#changed();
    }
    return left_at_service;
  }

  /**
   * @param {object} draft - name, endpoint, tags and perhaps headers; `take_over` once the person has chosen; `as_new`
   * @returns {Promise<import("./api.mjs").Runner>}
   */
  async register(draft) {
    return (await this.#afterwards(call("POST", "runner", draft))).runner;
  }

  /**
   * @param {object} change - any of name, endpoint, headers, tags, status
   * @returns {Promise<import("./api.mjs").Runner>}
   */
  async change(change) {
    return (await this.#afterwards(call("PATCH", "runner", change))).runner;
  }

  /** @param {{ keep_address?: boolean, check_address?: boolean }} preferences */
  async prefer(preferences) {
    await this.#afterwards(call("PATCH", "preferences", preferences));
  }

  /** @param {string | null} agent - whose; the first that is installed if null */
  async openTunnel(agent) {
    await this.#afterwards(call("POST", "tunnel", { agent }));
  }

  async stopTunnel() {
    await this.#afterwards(call("DELETE", "tunnel"));
  }

  /** @param {Promise<any>} answer */
  async #afterwards(answer) {
    try {
      return await answer;
    } finally {
      // The server may have learnt something from a refusal, too: a rejected token, a runner that is gone.
      await this.#changed();
    }
  }

  async #changed() {
    otherTabs.postMessage("changed");
    await this.update();
  }
}

export const instance = new Instance();
otherTabs.onmessage = () => instance.update();

/**
 * Through ComfyUI's own settings API only: two writers would lose each other's changes.
 * @param {string} sealedToken
 * @throws {ApiError}
 */
async function saveSetting(sealedToken) {
  const { setting } = app.extensionManager;
  let problem = { code: "setting_not_kept", ...texts.settingNotKept };
  try {
    await inTime(setting.set(TOKEN_SETTING, sealedToken));
    if (!sealedToken || (await isKept(sealedToken))) return;
  } catch {
    problem = { code: "page_offline", ...texts.pageOffline };
  }
  // Else the page would take the same value for saved the next time, and not send it.
  await inTime(setting.set(TOKEN_SETTING, "")).catch(() => {});
  throw new ApiError(problem);
}

/** ComfyUI's page takes a refusal of its server for success. @param {string} sealedToken */
async function isKept(sealedToken) {
  const response = await inTime(api.fetchApi(`/settings/${TOKEN_SETTING}`));
  return (await response.json()) === sealedToken;
}

/**
 * What a person reads of it, whatever it is: this page holds other people's code too.
 * @param {unknown} error
 * @returns {Problem}
 */
export function problemOf(error) {
  if (error instanceof ApiError) return error.problem;
  // For who looks into the browser's console.
  console.error(error);
  noteProblem("page_failed");
  return { code: "page_failed", ...texts.pageFailed };
}

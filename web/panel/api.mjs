/** The calls to this instance's own server, with the owner key. The panel calls nothing else. */

import { api } from "../../../scripts/api.js";
import { noteProblem } from "./problem_log.mjs";
import { fill, language, texts } from "./texts.mjs";

/**
 * @typedef {{ code: string, message: string, next_step: string, field?: string, service_message?: string,
 *   retry_after?: number }} Problem
 * @typedef {{ id: string, name: string, status: string, endpoint: string, tags: string[], header_names: string[],
 *   created_at: string, updated_at: string }} Runner
 * @typedef {{ code: string, proven: boolean, at: string, message: string, next_step: string, service_message?: string,
 *   field?: string }} Outcome - of a test run
 * @typedef {{ state: "starting" | "connecting" | "waiting" | "checking" | "open" | "not_connected" | "gone" | "failed",
 *   code: string, agent?: string, address?: string, since: string, again_at?: string, said?: string, message: string,
 *   next_step: string }} Tunnel - one that is wanted
 * @typedef {"not_connected" | "token_rejected" | "token_unreadable" | "not_registered" | "registered" | "disabled" |
 *   "not_reachable" | "address_changed" | "runner_gone" | "another_instance" | "service_unreachable" | "rate_limited" |
 *   "needs_attention"} State
 * @typedef {keyof typeof import("./texts.mjs").texts.actions} Action
 * @typedef {{ state: State, label: string, message: string, next_step: string, actions: Action[], connected: boolean,
 *   registered: boolean, owner: boolean, account?: { name: string, tier: string }, token_hint?: string,
 *   source?: string, runner?: Runner, seen_at?: string, reached_at?: string, last_known?: { state: State, label: string },
 *   from_environment?: string[], preferences?: { keep_address: boolean, check_address: boolean },
 *   tunnel?: Tunnel, guard?: { code: "guarded" | "open" | "unproven" | "failed", message: string, next_step: string },
 *   test_run?: Outcome & { old: boolean }, best_address?: string, address?: { verdict: string, may_still_work: boolean, message: string, next_step: string }, retry_after?: number,
 *   problem?: Problem }} Status
 */

/** Longer than the server's own limit on a call to the service; ComfyUI 1.49's page would wait for ever. */
const PATIENCE_MS = 90_000;

/**
 * What each answer of ours has, and of which type. Anything else with status 200 comes from somebody in between, such as
 * a login page: it must not be taken for a state, and least of all for an owner key.
 * @type {Record<string, Record<string, "string" | "boolean" | "object" | RegExp>>}
 */
const ANSWERS = {
  "GET status": { state: "string", owner: "boolean", connected: "boolean", actions: "object" },
  "GET suggestions": { name: "string", endpoints: "object", tags: "object", tunnel: "object" },
  "GET address-kind": { kind: "object" },
  "GET runners": { runners: "object", truncated: "boolean" },
  "GET history": { workflows: "object" },
  "GET diagnostics": { diagnostics: "object" },
  "POST endpoint-check": { verdict: "string", message: "string" },
  "PUT token": { sealed_token: "string", owner_key: /^[\w-]{43}$/, account: "object", token_hint: "string" },
  "DELETE token": { left_at_service: "object" },
  "POST runner": { runner: "object" },
  "PATCH runner": { runner: "object" },
  "POST test-run": { run: "object" },
  "GET test-run": { run: "object" },
  "DELETE test-run": { run: "object" },
  "GET guarded-port": { guarded_port: "object" },
  "PATCH guarded-port": { guarded_port: "object" },
  "GET tunnel": { tunnel: "object", agents: "object" },
  "POST tunnel": { tunnel: "object" },
  "DELETE tunnel": { tunnel: "object" },
  "PATCH preferences": { preferences: "object" },
  "POST template-form": { fields: "object", problems: "object" },
  "POST template": { template: "object" },
};
/** What an error of ours has. */
const ERROR = /** @type {const} */ ({ code: "string", message: "string", next_step: "string" });

/** Several instances may stand behind one origin, each under a path of its own. */
const basePath = location.pathname.replace(/[^/]*$/, "").replace(/\/$/, "");
/** The key under which this browser keeps something of this instance. @param {string} name */
export const storageKey = (name) => (basePath ? `comfycontrol.${name}:${basePath}` : `comfycontrol.${name}`);
const OWNER_KEY = storageKey("ownerKey");

export const ownerKey = {
  get: () => localStorage.getItem(OWNER_KEY) ?? "",
  /** @param {string} key */
  keep: (key) => localStorage.setItem(OWNER_KEY, key),
  forget: () => localStorage.removeItem(OWNER_KEY),
};

/** An error that the server answered with, or no answer at all. */
export class ApiError extends Error {
  /**
   * @param {Problem} problem
   * @param {Runner[]} [candidates] - the runners that have this endpoint already
   */
  constructor(problem, candidates = []) {
    super(problem.code);
    noteProblem(problem.code);
    this.problem = problem;
    this.candidates = candidates;
  }
}

/**
 * @param {"GET" | "PUT" | "POST" | "PATCH" | "DELETE"} method
 * @param {string} path - below `/comfycontrol/`
 * @param {object} [body]
 * @returns {Promise<any>}
 * @throws {ApiError}
 */
export async function call(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = { "X-ComfyControl-Owner": ownerKey.get(), "X-ComfyControl-Language": language() };
  if (body) headers["Content-Type"] = "application/json";
  /** @type {Response} */
  let response;
  try {
    response = await api.fetchApi(`/comfycontrol/${path}`, {
      method,
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  } catch {
    throw new ApiError({ code: "page_offline", ...texts.pageOffline });
  }
  const answer = await response.json().catch(() => undefined);
  if (response.ok && isLike(answer, ANSWERS[`${method} ${path.split("?")[0]}`])) return answer;
  const { message, next_step } = texts.pageMisled;
  const misled = { code: "page_misled", message: fill(message, { status: response.status }), next_step };
  const known = !response.ok && isLike(answer?.error, ERROR) ? answer.error : misled;
  throw new ApiError(known, Array.isArray(answer?.candidates) ? answer.candidates : []);
}

/**
 * @param {any} answer
 * @param {Record<string, string | RegExp> | undefined} members
 * @returns {boolean}
 */
function isLike(answer, members) {
  if (!answer || typeof answer !== "object" || !members) return false;
  return Object.entries(members).every(([name, type]) => {
    const value = answer[name];
    return type instanceof RegExp ? typeof value === "string" && type.test(value) : name in answer && typeof value === type;
  });
}

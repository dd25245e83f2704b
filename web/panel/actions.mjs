/** What can be done with this instance, by the server's codes. The server, not the page, decides what is offered. */

import { openDisconnect, openInstance, openRunnerForm, openRunnerList, openTestRun } from "./dialogs.mjs";
import { instance, problemOf } from "./instance.mjs";
import { toast } from "./problem.mjs";
import { retry } from "./retry.mjs";
import { fill, texts } from "./texts.mjs";
import { TokenRow } from "./token_row.mjs";

/** @typedef {import("./api.mjs").Action} Action */

/** @type {Record<Action, (from: Element) => unknown>} */
const DEEDS = {
  enter_token: enterToken,
  register: () => openRunnerForm(),
  register_again: () => openRunnerForm(),
  register_as_new: () => openRunnerForm({ asNew: true }),
  edit: () => openRunnerForm(),
  enable: () => change({ status: "active" }),
  disable: () => change({ status: "disabled" }),
  update_address: () => change({ endpoint: instance.status?.best_address }),
  take_over: () => openRunnerList(),
  test_run: () => openTestRun(),
  retry: tryAgain,
  disconnect: () => openDisconnect(),
};

/** Runs one action at a time, whoever started it. Fires `change` when it begins and when it ends. */
class Doing extends EventTarget {
  /** @type {Action | undefined} */
  action;

  /**
   * @param {Action} action
   * @param {Element} from - the button that was pressed
   */
  async start(action, from) {
    if (this.action) return;
    this.#become(action);
    try {
      await DEEDS[action]?.(from);
    } catch (error) {
      const { message, next_step } = problemOf(error);
      toast("error", message, next_step);
    } finally {
      this.#become(undefined);
    }
  }

  /** @param {Action | undefined} action */
  #become(action) {
    this.action = action;
    this.dispatchEvent(new Event("change"));
  }
}

export const doing = new Doing();

/** @param {object} wanted */
async function change(wanted) {
  const runner = await instance.change(wanted);
  toast("success", fill(texts.changed, { name: runner.name }));
}

async function tryAgain() {
  const before = instance.status?.state;
  await retry.now();
  const { status, problem } = instance;
  // Nothing on the screen has changed, so say that the button did something.
  if (problem) toast("error", problem.message, problem.next_step);
  else if (status?.state === before) toast("warn", status?.message ?? "", status?.problem?.next_step ?? status?.next_step);
}

/**
 * Lead to the token's row: in this dialog, else in Settings, else in a dialog of its own.
 * @param {Element} from
 */
function enterToken(from) {
  const place = from.closest("comfycontrol-instance-details") ?? document.querySelector(".comfycontrol-row:has(comfycontrol-token-row)");
  const row = place?.querySelector("comfycontrol-token-row");
  if (row instanceof TokenRow) row.enter();
  else openInstance({ entersToken: true });
}

/** The test run: ComfyControl sends a workflow, and each step is shown as it happens. */

import { call } from "./api.mjs";
import { openRunnerForm } from "./dialogs.mjs";
import { button, define, element, iconElement } from "./elements.mjs";
import { ClosedEvent, DoneEvent } from "./events.mjs";
import { instance, problemOf } from "./instance.mjs";
import { clockElement } from "./moment.mjs";
import { problemElement } from "./problem.mjs";
import { markLanguage, texts } from "./texts.mjs";

/**
 * @typedef {keyof typeof texts.testRun.steps} StepName
 * @typedef {{ id: string, started_at: string, steps: { step: StepName, at: string }[],
 *   outcome: import("./api.mjs").Outcome | null }} Run
 */

/** @type {StepName[]} */
const STEPS = ["sent", "assigned", "queued", "running", "done"];
/** Should the event of a step get lost: a dialog that waits for ever would help nobody. */
const LOOK_AGAIN_MS = 5000;

/** Fires `done` when the dialog may close, and `closed` when it has. Closing it does not end the run. */
export class TestRun extends HTMLElement {
  /** @type {Run | undefined} */
  #run;
  #loading = false;
  #timer = 0;
  #intro = element("div", { className: "comfycontrol-stack" }, element("p", {}, texts.testRun.intro), element("p", {}, texts.testRun.costs));
  #steps = element("ol", { className: "comfycontrol-steps", "aria-live": "polite" });
  #end = element("div");
  #goesOn = element("p", { className: "comfycontrol-help" }, texts.testRun.goesOn);
  #send = button(texts.testRun.send, () => this.#start(), { className: "comfycontrol-button comfycontrol-primary" });
  #giveUp = button(texts.testRun.giveUp, () => this.#load(call("DELETE", "test-run")));
  #close = button(texts.close, () => this.dispatchEvent(new DoneEvent()));
  #update = () => this.#look();

  connectedCallback() {
    markLanguage(this);
    if (!this.firstChild) {
      this.append(
        this.#intro,
        this.#steps,
        this.#end,
        this.#goesOn,
        element("div", { className: "comfycontrol-footer" }, this.#close, this.#giveUp, this.#send),
      );
    }
    instance.addEventListener("change", this.#update);
    this.#show();
    this.#begin();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    instance.removeEventListener("change", this.#update);
    this.dispatchEvent(new ClosedEvent());
  }

  /** Joins the run that is under way. Of a first one it says what it costs, and waits for the word. */
  async #begin() {
    await this.#load(call("GET", "test-run"));
    // It was another runner's, or given up: nothing that is known of this one.
    if (!this.#isUnderWay && this.#run && !instance.status?.test_run) this.#forget();
    if (!this.#isUnderWay && instance.status?.test_run) await this.#start();
    else if (!this.#isUnderWay) this.#send.focus();
  }

  get #isUnderWay() {
    return Boolean(this.#run && !this.#run.outcome);
  }

  #forget() {
    this.#run = undefined;
    this.#end.replaceChildren();
    this.#show();
  }

  async #start() {
    if (this.#isUnderWay) return;
    await this.#load(call("POST", "test-run"));
    this.#close.focus();
  }

  #look() {
    if (this.#isUnderWay && !this.#loading) this.#load(call("GET", "test-run"));
  }

  /** @param {Promise<{ run: Run | null }>} answer */
  async #load(answer) {
    this.#loading = true;
    try {
      this.#run = (await answer).run ?? undefined;
      this.#end.replaceChildren(...this.#outcome());
    } catch (error) {
      this.#end.replaceChildren(problemElement(problemOf(error)));
    } finally {
      this.#loading = false;
      this.#show();
    }
  }

  #show() {
    clearTimeout(this.#timer);
    if (this.#isUnderWay && this.isConnected) this.#timer = setTimeout(() => this.#look(), LOOK_AGAIN_MS);
    const run = this.#run;
    this.#intro.hidden = Boolean(run);
    this.#steps.hidden = !run;
    this.#goesOn.hidden = this.#giveUp.hidden = !this.#isUnderWay;
    this.#send.hidden = this.#isUnderWay;
    this.#send.classList.toggle("comfycontrol-primary", !run?.outcome?.proven);
    this.#send.textContent = run ? texts.testRun.sendAgain : texts.testRun.send;
    if (run) this.#showSteps(run);
  }

  /** Only what is new is put into the list, so that a screen reader says each step once. @param {Run} run */
  #showSteps({ id, steps, outcome }) {
    if (this.#steps.dataset.run !== id) this.#steps.replaceChildren(...STEPS.map(() => element("li")));
    this.#steps.dataset.run = id;
    const next = STEPS.find((step) => !steps.some((one) => one.step === step));
    for (const [place, step] of STEPS.entries()) {
      const reached = steps.find((one) => one.step === step);
      const state = reached ? "reached" : outcome ? "missed" : step === next ? "awaited" : "ahead";
      const item = this.#steps.children[place];
      if (!(item instanceof HTMLElement) || item.dataset.state === state) continue;
      item.dataset.state = state;
      item.replaceChildren(mark(state), texts.testRun.steps[step], ...(reached ? [clockElement(reached.at)] : []));
    }
  }

  #outcome() {
    const outcome = this.#run?.outcome;
    if (!outcome) return [];
    if (outcome.proven) return [element("p", { className: "comfycontrol-ran", role: "status" }, iconElement("check-circle"), outcome.message)];
    // Not a fault: it is what the person wanted.
    if (outcome.code === "given_up") {
      const next = element("p", { className: "comfycontrol-help" }, outcome.next_step);
      return [element("div", { className: "comfycontrol-stopped", role: "status" }, element("p", {}, outcome.message), next)];
    }
    const correct = outcome.field && button(texts.testRun.correct, () => this.#correct(outcome.field));
    return [problemElement(outcome, ...(correct ? [correct] : []))];
  }

  /** @param {string | undefined} field */
  #correct(field) {
    this.dispatchEvent(new DoneEvent());
    openRunnerForm({ field });
  }
}

/** @param {string} state */
const mark = (state) => iconElement({ reached: "check", awaited: "spinner", missed: "minus", ahead: "circle" }[state] ?? "circle");

define("comfycontrol-test-run", TestRun);

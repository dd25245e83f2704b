/** The form that registers this instance, changes its runner, or takes one over. */

import { ApiError } from "./api.mjs";
import { openRunnerList, openTestRun } from "./dialogs.mjs";
import { button, define, element } from "./elements.mjs";
import { CheckedEvent } from "./events.mjs";
import { purposeOf } from "./form_purpose.mjs";
import { instance, problemOf } from "./instance.mjs";
import { PanelForm } from "./panel_form.mjs";
import { problemElement, toast } from "./problem.mjs";
import { limitReached, runnerChoice } from "./runner_choice.mjs";
import { RunnerFields } from "./runner_fields.mjs";
import { fill, texts } from "./texts.mjs";

export class RunnerForm extends PanelForm {
  /** @type {import("./form_purpose.mjs").Wish} */
  #wish = {};
  #purpose = purposeOf({});
  /** What is being done, if anything. */
  #busy = "";
  #fields = new RunnerFields(this.#purpose);
  #submit = element("button", { type: "submit", className: "comfycontrol-button comfycontrol-primary" });

  constructor() {
    super();
    this.form.append(
      this.top,
      ...this.#fields.elements,
      element("div", { className: "comfycontrol-footer" }, button(texts.cancel, () => this.leave()), this.#submit),
    );
    this.form.addEventListener("keydown", (event) => this.#onKey(event));
    this.#fields.addEventListener("change", () => this.#label());
    const { endpoint } = this.#fields;
    endpoint.addEventListener(CheckedEvent.type, () => this.#label());
    endpoint.checksByItself = () => !this.#purpose.isEdit && this.#checksAddress;
  }

  /** What the form is for, if the state alone does not say. */
  set wish(/** @type {import("./form_purpose.mjs").Wish} */ wish) {
    this.#wish = wish;
    this.#decide();
    if (this.begun) this.#begin();
  }

  /** @param {{ cameFromToken: boolean }} how */
  begin({ cameFromToken }) {
    if (cameFromToken) this.#fields.name.focus();
    this.#decide();
    this.#begin();
  }

  refresh() {
    this.#decide();
    this.#label();
  }

  submit() {
    return this.#send({}, { isSure: this.#isRisky });
  }

  get hasChanges() {
    const isOther = !this.#purpose.isEdit || Boolean(this.#fields.keep.wanted) || Object.keys(this.#wanted()).length > 0;
    return this.#fields.areTyped && isOther;
  }

  /** Whether an address is about to be sent that is known not to lead here: the button says so, and does it. */
  get #isRisky() {
    return this.#fields.endpoint.isUnproven && "endpoint" in this.#wanted();
  }

  get #checksAddress() {
    return Boolean(instance.status?.preferences?.check_address);
  }

  /** Time and again: if the runner turns out to be gone, what is in the fields can be registered anew. */
  #decide() {
    this.#purpose = purposeOf(this.#wish);
    this.#fields.purpose = this.#purpose;
  }

  #begin() {
    this.#fields.begin();
    this.#label();
    this.#fields.focus(this.#wish.field);
  }

  /** Enter in a field never does what only the button may: it begins with another check. @param {KeyboardEvent} event */
  #onKey(event) {
    const isField = event.target instanceof HTMLInputElement;
    if (event.key !== "Enter" || event.isComposing || event.defaultPrevented || !isField || !this.#isRisky) return;
    event.preventDefault();
    this.#send();
  }

  #label() {
    const { ready, unproven } = this.#purpose.words();
    this.#submit.textContent = this.#busy || (this.#isRisky ? unproven : ready);
    // Not disabled while busy: that would lose the focus.
    this.#submit.setAttribute("aria-disabled", String(Boolean(this.#busy)));
  }

  /** @returns {object} */
  #wanted() {
    return this.#purpose.wanted(this.#fields.values);
  }

  /**
   * @param {import("./form_purpose.mjs").Choice} [choice]
   * @param {{ isSure?: boolean }} [how] - whether the address is to be sent whatever is known of it
   */
  async #send(choice = {}, { isSure = false } = {}) {
    if (this.#busy || !this.#fields.check()) return;
    const wanted = this.#wanted();
    const keep = this.#fields.keep.wanted;
    const isSent = Object.keys(wanted).length > 0;
    if (!isSent && !keep) {
      toast("info", texts.nothingChanged);
      this.done();
      return;
    }
    this.top.replaceChildren();
    const { words, send } = this.#purpose;
    try {
      if ("endpoint" in wanted && !isSure && !(await this.#proven())) return;
      this.#setBusy(words().busy);
      const runner = isSent ? await send(wanted, choice) : instance.status?.runner;
      if (keep) await instance.prefer(keep);
      const unreachable = instance.status?.state === "not_reachable" ? instance.status : undefined;
      toast(unreachable ? "warn" : "success", fill(words().done, { name: runner?.name ?? "" }), unreachable?.message);
      this.done();
      if (this.#offersTest()) openTestRun();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#setBusy("");
    }
  }

  /** Whether the next step, a test workflow, would otherwise not be seen, or is what a tunnel was opened for. */
  #offersTest() {
    const { actions = [], tunnel } = instance.status ?? {};
    const isInSight = document.querySelector("comfycontrol-instance-row, comfycontrol-instance-details");
    return actions[0] === "test_run" && (!isInSight || tunnel?.state === "open");
  }

  /** Check the address first, unless it is known to lead here, or the person switched that off. */
  async #proven() {
    const { endpoint } = this.#fields;
    if (endpoint.isProven || !(this.#checksAddress || endpoint.isUnproven)) return true;
    this.#setBusy(texts.checkingFirst);
    const isProven = await endpoint.check();
    this.#setBusy("");
    // Not the button, which from now on goes on all the same.
    if (!isProven) endpoint.focus();
    return isProven;
  }

  /** Show a refusal at the field it concerns, if that is known, else at the top. @param {unknown} error */
  #refused(error) {
    const problem = problemOf(error);
    if (problem.code === "runner_exists" && error instanceof ApiError) {
      this.tell(runnerChoice(error.candidates, (takeOver) => this.#send({ take_over: takeOver }, { isSure: true })));
      return;
    }
    if (problem.code === "runner_limit") {
      this.tell(limitReached(problem, () => openRunnerList((runner) => this.#takeOver(runner))));
      return;
    }
    const { name, endpoint, tags, headers } = this.#fields;
    if (!this.showAtField(problem, { name, endpoint, tags, headers })) this.tell(problemElement(problem));
  }

  /** @param {import("./api.mjs").Runner} runner */
  #takeOver(runner) {
    this.wish = { takeOver: runner };
    this.top.replaceChildren();
    this.#fields.name.focus();
  }

  /** @param {string} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.markBusy(Boolean(busy));
    this.#label();
  }
}

define("comfycontrol-runner-form", RunnerForm);

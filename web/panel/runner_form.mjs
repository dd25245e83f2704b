/** The form that registers this instance, changes its runner, or takes one over. */

import { ApiError, call } from "./api.mjs";
import { decidedField, isDecided } from "./environment_fields.mjs";
import { openRunnerList, openTestRun } from "./dialogs.mjs";
import { button, define, element } from "./elements.mjs";
import { EndpointField } from "./endpoint_field.mjs";
import { HeaderEvent } from "./events.mjs";
import { purposeOf } from "./form_purpose.mjs";
import { GuardField } from "./guard_field.mjs";
import { HeadersField } from "./headers_field.mjs";
import { instance, problemOf } from "./instance.mjs";
import { faultText, nameFault } from "./limits.mjs";
import { PanelForm } from "./panel_form.mjs";
import { problemElement, toast } from "./problem.mjs";
import { limitReached, runnerChoice } from "./runner_choice.mjs";
import { TagsField } from "./tags_field.mjs";
import { textField } from "./text_field.mjs";
import { fill, texts } from "./texts.mjs";

export class RunnerForm extends PanelForm {
  /** @type {import("./form_purpose.mjs").Wish} */
  #wish = {};
  #purpose = purposeOf({});
  #typed = new Set();
  /** What is being done, if anything. */
  #busy = "";
  /** Whether the address was checked before registering and is not known to lead here: one more click does it. */
  #unproven = false;
  #name = textField(texts.name, texts.nameHelp, { autofocus: true, oninput: () => this.#onType("name") });
  #endpoint = new EndpointField();
  #guard = new GuardField();
  #tags = new TagsField();
  #headers = new HeadersField();
  #submit = element("button", { type: "submit", className: "comfycontrol-button comfycontrol-primary" });

  constructor() {
    super();
    this.form.append(
      this.top,
      this.#name.whole,
      this.#endpoint,
      this.#guard,
      this.#tags,
      this.#headers,
      element("div", { className: "comfycontrol-footer" }, button(texts.cancel, () => this.done()), this.#submit),
    );
    this.#tags.addEventListener("change", () => this.#onType("tags"));
    this.#headers.addEventListener("change", () => this.#onType("headers"));
    this.#endpoint.addEventListener("change", () => this.#onType("endpoint"));
    // Another port has other addresses.
    this.#guard.addEventListener("change", () => (this.#onType("guard"), this.#suggest()));
    this.#endpoint.addEventListener(HeaderEvent.type, (event) => {
      if (event instanceof HeaderEvent) this.#headers.offer(event.header);
    });
    this.#endpoint.isGuarded = () => this.#guard.on;
    this.#guard.tunnelIsShown = () => this.#endpoint.showsTunnel;
    this.#endpoint.headers = () => this.#headers.headers ?? {};
    this.#endpoint.machineHeaders = () => this.#headers.ofMachine;
  }

  /** What the form is for, if the state alone does not say. */
  set wish(/** @type {import("./form_purpose.mjs").Wish} */ wish) {
    this.#wish = wish;
    this.#purpose = purposeOf(wish);
    if (this.begun) this.#begin();
  }

  /** @param {{ cameFromToken: boolean }} how */
  begin({ cameFromToken }) {
    if (cameFromToken) this.#name.focus();
    // If the runner turns out to be gone, what is in the fields can be registered anew.
    this.#purpose = purposeOf(this.#wish);
    this.#begin();
  }

  refresh() {
    this.#purpose = purposeOf(this.#wish);
    this.#label();
  }

  submit() {
    return this.#send();
  }

  /** Fill in the initial values, but leave alone what a person has typed. */
  #begin() {
    const { name, endpoint, tags, kept } = this.#purpose.beginning;
    if (!this.#typed.has("name")) this.#name.input.value = name;
    if (!this.#typed.has("endpoint")) this.#endpoint.value = endpoint;
    if (!this.#typed.has("tags")) this.#tags.tags = tags;
    if (!this.#typed.has("headers")) this.#headers.kept = kept;
    this.#guard.begin(this.#purpose.beginning.guard);
    this.#close();
    this.#label();
    this.#suggest();
    const place = { endpoint: this.#endpoint, headers: this.#headers }[this.#wish.field ?? ""];
    // After the dialog has focused what it takes for the first element.
    if (place) requestAnimationFrame(() => place.focus());
  }

  /** Replace the fields that the environment decides. The hidden ones keep their initial values, so nothing is sent. */
  #close() {
    const { name, endpoint, tags, kept } = this.#purpose.beginning;
    if (isDecided("name")) this.#name.whole.replaceWith(decidedField(texts.name, name));
    if (isDecided("endpoint")) this.#endpoint.replaceWith(decidedField(texts.endpoint, endpoint));
    if (isDecided("tags")) this.#tags.replaceWith(decidedField(texts.tags, tags.join(", ")));
    if (isDecided("headers")) this.#headers.replaceWith(decidedField(texts.headers, kept.join(", ")));
  }

  /** Fill in what the machine knows about itself, after the form is on the screen and never over what was typed. */
  async #suggest() {
    try {
      const { name, endpoints, tags, tunnel } = await call("GET", `suggestions?page=${encodeURIComponent(location.href)}`);
      if (!this.#typed.has("name") && !this.#name.input.value) this.#fillInName(name);
      const { notHere } = this.#purpose;
      const here = endpoints.filter((/** @type {{ url: string | null }} */ { url }) => !url || url !== notHere);
      this.#endpoint.suggest(here, tunnel, () => this.#suggest());
      this.#tags.suggested = tags;
      // Whoever has to open a way in anyway is best led to the port that is guarded.
      if (this.#purpose.isNew && this.#endpoint.isAtHome) await this.#guard.suggest();
    } catch (error) {
      // The form works without suggestions; why there are none is shown when it is sent.
      problemOf(error);
    }
  }

  /** A person who is in the field already can replace it by typing. @param {string} name */
  #fillInName(name) {
    this.#name.input.value = name;
    if (this.#name.input.matches(":focus")) this.#name.input.select();
  }

  /** @param {string} field */
  #onType(field) {
    this.#typed.add(field);
    if (field === "name") this.#name.showFault(faultText(nameFault(this.#name.input.value)));
    this.#unproven = false;
    this.#label();
  }

  #label() {
    const { ready, unproven } = this.#purpose.words();
    this.#submit.textContent = this.#busy || (this.#unproven ? unproven : ready);
    // Not disabled while busy: that would lose the focus.
    this.#submit.setAttribute("aria-disabled", String(Boolean(this.#busy)));
  }

  /** @returns {boolean} whether all fields are valid; if not, the first that is not gets the focus */
  #check() {
    const faults = {
      name: nameFault(this.#name.input.value),
      endpoint: this.#endpoint.finish(),
      tags: this.#tags.finish(),
    };
    this.#name.showFault(faultText(faults.name));
    this.#tags.showFault(faultText(faults.tags));
    const headers = this.#headers.finish();
    if (faults.name) this.#name.focus();
    else if (faults.endpoint) this.#endpoint.focus();
    else if (faults.tags) this.#tags.focus();
    else return !headers;
    return false;
  }

  #wanted() {
    return this.#purpose.wanted({
      name: this.#name.input.value.trim(),
      endpoint: this.#endpoint.value,
      tags: this.#tags.tags,
      headers: this.#headers.headers,
      machineHeaders: this.#headers.ofMachine,
      headersChanged: this.#headers.changed,
      guard: this.#guard.on,
    });
  }

  /** @param {import("./form_purpose.mjs").Choice} [choice] */
  async #send(choice = {}) {
    if (this.#busy || !this.#check()) return;
    const wanted = this.#wanted();
    if (Object.keys(wanted).length === 0) {
      toast("info", texts.nothingChanged);
      this.done();
      return;
    }
    this.top.replaceChildren();
    const { words, send } = this.#purpose;
    try {
      if ("endpoint" in wanted && !(await this.#proven())) return;
      this.#setBusy(words().busy);
      const { name } = await send(wanted, choice);
      const unreachable = instance.status?.state === "not_reachable" ? instance.status : undefined;
      toast(unreachable ? "warn" : "success", fill(words().done, { name }), unreachable?.message);
      this.done();
      // Where row or dialog with its button is in sight, that says it.
      if (this.#offersTest()) openTestRun();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#setBusy("");
    }
  }

  /** Whether the next step, a test workflow, would otherwise not be seen. */
  #offersTest() {
    return instance.status?.actions[0] === "test_run" && !document.querySelector("comfycontrol-instance-row, comfycontrol-instance-details");
  }

  /** Check the address first, unless the person switched that off or has already seen the result. */
  async #proven() {
    if (!instance.status?.preferences?.check_address || this.#endpoint.isChecked) return true;
    this.#setBusy(texts.checkingFirst);
    this.#unproven = !(await this.#endpoint.check());
    this.#setBusy("");
    return !this.#unproven;
  }

  /** Show a refusal at the field it concerns, if that is known, else at the top. @param {unknown} error */
  #refused(error) {
    const problem = problemOf(error);
    if (problem.code === "runner_exists" && error instanceof ApiError) {
      this.tell(runnerChoice(error.candidates, (takeOver) => this.#send({ take_over: takeOver })));
      return;
    }
    if (problem.code === "runner_limit") {
      this.tell(limitReached(problem, () => openRunnerList((runner) => this.#takeOver(runner))));
      return;
    }
    const fields = { name: this.#name, endpoint: this.#endpoint, tags: this.#tags, headers: this.#headers };
    if (!this.showAtField(problem, fields)) this.tell(problemElement(problem));
  }

  /** @param {import("./api.mjs").Runner} runner */
  #takeOver(runner) {
    this.wish = { takeOver: runner };
    this.top.replaceChildren();
    this.#name.focus();
  }

  /** @param {string} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.markBusy(Boolean(busy));
    this.#label();
  }
}

define("comfycontrol-runner-form", RunnerForm);

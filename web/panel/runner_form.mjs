/** The form that registers this instance, or changes its runner. */

import { app } from "../../../scripts/app.js";
import { Refusal, call } from "./door.mjs";
import { button, define, element } from "./elements.mjs";
import { EndpointField } from "./endpoint_field.mjs";
import { HeadersField } from "./headers_field.mjs";
import { instance, problemOf } from "./instance.mjs";
import { faultText, nameFault } from "./limits.mjs";
import { pageAddress } from "./page_address.mjs";
import { problemElement, toast } from "./problem.mjs";
import { runnerChoice } from "./runner_choice.mjs";
import { TagsField } from "./tags_field.mjs";
import { textField } from "./text_field.mjs";
import { texts } from "./texts.mjs";
import { TokenRow } from "./token_row.mjs";

/** Fires `done` when the dialog may close, and `closed` when it has. */
export class RunnerForm extends HTMLElement {
  /** The runner whose values the form began with, where there is one. @type {import("./door.mjs").Runner | undefined} */
  #runner;
  #filled = false;
  #typed = new Set();
  /** What is being done, where something is. */
  #busy = "";
  /** Whether the address was checked before registering and is not known to lead here: one more click does it. */
  #unproven = false;
  #name = textField(texts.name, texts.nameHelp, { autofocus: true, oninput: () => this.#onType("name") });
  #endpoint = new EndpointField();
  #tags = new TagsField();
  #headers = new HeadersField();
  #top = element("div");
  #submit = element("button", { type: "submit", className: "comfycontrol-button comfycontrol-primary" });
  #form = element(
    "form",
    {
      novalidate: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#send();
      },
    },
    this.#top,
    this.#name.whole,
    this.#endpoint,
    this.#tags,
    this.#headers,
    element(
      "div",
      { className: "comfycontrol-footer" },
      button(texts.cancel, () => this.#done()),
      this.#submit,
    ),
  );
  #token = new TokenRow();
  #update = () => this.#show();

  connectedCallback() {
    instance.addEventListener("change", this.#update);
    this.#tags.addEventListener("change", () => this.#onType("tags"));
    this.#headers.addEventListener("change", () => this.#onType("headers"));
    this.#endpoint.addEventListener("change", () => this.#onType("endpoint"));
    this.#endpoint.addEventListener("header", (event) => this.#headers.offer(/** @type {CustomEvent} */ (event).detail));
    this.#endpoint.headers = () => this.#headers.headers ?? {};
    this.#show();
    if (!instance.status) instance.update();
  }

  disconnectedCallback() {
    instance.removeEventListener("change", this.#update);
    this.dispatchEvent(new CustomEvent("closed"));
  }

  #show() {
    const { status } = instance;
    const ready = Boolean(status?.owner && status.connected);
    if (!ready && !this.#filled) {
      if (!this.#token.isConnected) this.replaceChildren(this.#token);
      return;
    }
    if (!this.#form.isConnected) {
      const cameFromToken = this.#token.isConnected;
      this.replaceChildren(this.#form);
      if (cameFromToken) this.#name.focus();
    }
    if (!this.#filled) this.#fill();
    this.#runner = this.#known();
    this.#label();
  }

  /** The runner this instance is, unless ComfyControl no longer has it: then it is to be registered anew. */
  #known() {
    return instance.status?.problem?.code === "runner_gone" ? undefined : instance.status?.runner;
  }

  #fill() {
    this.#filled = true;
    const runner = instance.status?.runner;
    this.#name.input.value = runner?.name ?? "";
    this.#endpoint.value = runner?.endpoint ?? pageAddress();
    this.#tags.tags = runner?.tags ?? [];
    this.#headers.kept = this.#known()?.header_names ?? [];
    this.#suggest();
  }

  /** Fill in what the machine knows of itself. Comes after the form is on the screen, and never over what was typed. */
  async #suggest() {
    try {
      const { name, endpoints, tags } = await call("GET", `suggestions?page=${encodeURIComponent(location.href)}`);
      if (!this.#runner && !this.#typed.has("name") && !this.#name.input.value) this.#name.input.value = name;
      this.#endpoint.suggest(endpoints, !this.#runner);
      this.#tags.suggested = tags;
    } catch (error) {
      // Without suggestions the form works as well; why there are none is told when it is sent.
      problemOf(error);
    }
  }

  /** @param {string} field */
  #onType(field) {
    this.#typed.add(field);
    if (field === "name") this.#name.showFault(faultOf(nameFault(this.#name.input.value)));
    this.#unproven = false;
    this.#label();
  }

  #label() {
    const label = this.#runner
      ? { ready: texts.saveChanges, unproven: texts.saveAnyway }
      : { ready: texts.register, unproven: texts.registerAnyway };
    this.#submit.textContent = this.#busy || (this.#unproven ? label.unproven : label.ready);
    // Not disabled while busy: that would lose the focus.
    this.#submit.setAttribute("aria-disabled", String(Boolean(this.#busy)));
  }

  /** @returns {boolean} whether all fields are fit to be sent; if not, the first that is not has the focus */
  #check() {
    const faults = {
      name: nameFault(this.#name.input.value),
      endpoint: this.#endpoint.finish(),
      tags: this.#tags.finish(),
    };
    this.#name.showFault(faultOf(faults.name));
    if (faults.tags) this.#tags.showFault(faultText(faults.tags));
    const headers = this.#headers.finish();
    if (faults.name) this.#name.focus();
    else if (faults.endpoint) this.#endpoint.focus();
    else if (faults.tags) this.#tags.focus();
    else return !headers;
    return false;
  }

  /** What differs from the runner as it is known, or all of it where there is none. */
  #wanted() {
    const runner = this.#runner;
    const name = this.#name.input.value.trim();
    const endpoint = this.#endpoint.value;
    const { tags } = this.#tags;
    if (!runner) return { name, endpoint, tags, headers: this.#headers.headers ?? {} };
    return {
      ...(name !== runner.name && { name }),
      ...(endpoint !== runner.endpoint && { endpoint }),
      ...(JSON.stringify(tags) !== JSON.stringify(runner.tags) && { tags }),
      ...(this.#headers.changed && { headers: this.#headers.headers }),
    };
  }

  /** @param {{ take_over?: string | null }} [choice] - what the person chose where the account has this endpoint already */
  async #send(choice = {}) {
    if (this.#busy || !this.#check()) return;
    const wanted = this.#wanted();
    if (Object.keys(wanted).length === 0) {
      toast("info", texts.nothingChanged);
      this.#done();
      return;
    }
    this.#top.replaceChildren();
    if ("endpoint" in wanted && !(await this.#proven())) return;
    this.#setBusy(this.#runner ? texts.savingChanges : texts.registering);
    try {
      if (this.#runner) toast("success", texts.changed((await instance.change(wanted)).name));
      else toast("success", texts.registered((await instance.register({ ...wanted, ...choice })).name));
      this.#done();
    } catch (error) {
      this.#refused(error);
    } finally {
      this.#setBusy("");
    }
  }

  /** Check the address first, unless the person switched that off or has seen what it leads to. */
  async #proven() {
    if (!app.extensionManager.setting.get("ComfyControl.CheckAddress") || this.#endpoint.isChecked) return true;
    this.#setBusy(texts.checkingFirst);
    this.#unproven = !(await this.#endpoint.check());
    this.#setBusy("");
    return !this.#unproven;
  }

  /** Show a refusal at the field it concerns, where that is known, else at the top. @param {unknown} error */
  #refused(error) {
    const problem = problemOf(error);
    if (problem.code === "runner_exists" && error instanceof Refusal) {
      this.#tell(runnerChoice(error.candidates, (takeOver) => this.#send({ take_over: takeOver })));
      return;
    }
    const fields = { name: this.#name, endpoint: this.#endpoint, tags: this.#tags, headers: this.#headers };
    const field = fields[/** @type {keyof typeof fields} */ (problem.field)];
    if (!field) {
      this.#tell(problemElement(problem));
      return;
    }
    field.showFault([problem.message, problem.service_message, problem.next_step].filter(Boolean).join(" "));
    field.focus();
  }

  /** @param {HTMLElement} message */
  #tell(message) {
    this.#top.replaceChildren(message);
    message.scrollIntoView({ block: "nearest" });
    message.focus();
  }

  /** @param {string} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.#form.setAttribute("aria-busy", String(Boolean(busy)));
    this.#label();
  }

  #done() {
    this.dispatchEvent(new CustomEvent("done"));
  }
}

/** @param {string | undefined} code */
const faultOf = (code) => (code ? faultText(code) : "");

define("comfycontrol-runner-form", RunnerForm);

/** Saves the open workflow as a template: shows what it will ask for, and takes a name and a description. */

import { call } from "./api.mjs";
import { button, define, element } from "./elements.mjs";
import { problemOf } from "./instance.mjs";
import { descriptionFault, faultText, templateNameFault } from "./limits.mjs";
import { apiFormat, keepSavedAs, openExample, savedAs, workflowName } from "./open_workflow.mjs";
import { PanelForm } from "./panel_form.mjs";
import { problemElement, toast } from "./problem.mjs";
import { howToAsk, isBlocked, isEmpty, templateFields } from "./template_fields.mjs";
import { textArea, textField } from "./text_field.mjs";
import { fill, texts } from "./texts.mjs";

export class TemplateForm extends PanelForm {
  /** In API format. @type {object} */
  #workflow = {};
  #busy = false;
  /** @type {import("./open_workflow.mjs").Saved} */
  #saved = {};
  #name = textField(texts.name, texts.template.nameHelp, {
    // The dialog focuses this, or its first button if this is not there yet.
    autofocus: true,
    oninput: () => this.#judge(this.#name, templateNameFault),
  });
  #description = textArea(texts.template.description, texts.template.descriptionHelp, {
    oninput: () => this.#judge(this.#description, descriptionFault),
  });
  #fields = element("div", { role: "status" }, texts.template.reading);
  #save = element("button", { type: "submit", className: "comfycontrol-button comfycontrol-primary" });
  #saveNew = button(texts.template.saveNew, () => this.#send({ anew: true }));
  #footer = element("div", { className: "comfycontrol-footer" }, button(texts.cancel, () => this.leave()));

  constructor() {
    super();
    this.form.append(this.top, this.#fields, this.#footer);
  }

  begin() {
    return this.#read();
  }

  get hasChanges() {
    const [name, description] = this.#beginning();
    return this.#name.whole.isConnected && (this.#name.input.value !== name || this.#description.input.value !== description);
  }

  submit() {
    return this.#send();
  }

  /** Find out what the open workflow will ask for, from this instance's own server. */
  async #read() {
    try {
      this.#saved = savedAs();
      this.#workflow = await apiFormat();
      const form = await call("POST", "template-form", { workflow: this.#workflow });
      if (isEmpty(form) && !isBlocked(form)) {
        this.#fields.replaceChildren(howToAsk(form, () => this.#openExample()));
        return;
      }
      this.#fields.replaceChildren(templateFields(form));
      if (!isBlocked(form)) this.#offer();
    } catch (error) {
      this.#fields.replaceChildren(problemElement(problemOf(error)));
    }
  }

  async #openExample() {
    this.top.replaceChildren();
    try {
      await openExample();
      this.done();
    } catch (error) {
      this.tell(problemElement(problemOf(error)));
    }
  }

  /** Ask for a name and a description, starting with those it was saved with before. */
  #offer() {
    [this.#name.input.value, this.#description.input.value] = this.#beginning();
    this.#fields.after(this.#name.whole, this.#description.whole);
    this.#footer.append(this.#save);
    if (this.#saved.template_id) this.#save.before(this.#saveNew);
    this.#label();
    this.#name.focus();
  }

  /** What name and description begin with. @returns {[string, string]} */
  #beginning() {
    return [this.#saved.template_name ?? workflowName(), this.#saved.template_description ?? ""];
  }

  #label() {
    const ready = this.#saved.template_id ? texts.template.update : texts.template.save;
    this.#save.textContent = this.#busy ? texts.template.saving : ready;
    this.markBusy(this.#busy);
    // Not disabled while busy: that would lose the focus.
    for (const pressed of [this.#save, this.#saveNew]) pressed.setAttribute("aria-disabled", String(this.#busy));
  }

  /**
   * @param {ReturnType<typeof textField> | ReturnType<typeof textArea>} field
   * @param {(value: string) => string | undefined} faultIn
   */
  #judge(field, faultIn) {
    const fault = faultIn(field.input.value);
    field.showFault(fault && faultText(fault));
    return fault;
  }

  /** @returns {boolean} whether both fields are valid; if not, the first that is not gets the focus */
  #check() {
    const name = this.#judge(this.#name, templateNameFault);
    const description = this.#judge(this.#description, descriptionFault);
    if (name) this.#name.focus();
    else if (description) this.#description.focus();
    return !name && !description;
  }

  /** @param {{ anew?: boolean }} [how] - whether to create another template instead of changing the one it was saved as */
  async #send({ anew = false } = {}) {
    if (this.#busy || !this.#check()) return;
    const known = anew ? undefined : this.#saved.template_id;
    this.top.replaceChildren();
    this.#setBusy(true);
    try {
      const name = this.#name.input.value.trim();
      const description = this.#description.input.value.trim();
      const { template } = await call("POST", "template", { name, description, workflow: this.#workflow, template_id: known });
      this.#keep({ template_id: template.id, template_name: name, template_description: description });
      toast("success", fill(known ? texts.template.changed : texts.template.saved, { name }));
      this.done();
    } catch (error) {
      this.#refused(problemOf(error));
    } finally {
      this.#setBusy(false);
    }
  }

  /** @param {import("./open_workflow.mjs").Saved} saved */
  #keep(saved) {
    try {
      keepSavedAs(saved);
    } catch (error) {
      // It is saved: to call that a failure would make people save a second one.
      problemOf(error);
    }
  }

  /** @param {import("./api.mjs").Problem} problem */
  #refused(problem) {
    if (this.showAtField(problem, { name: this.#name, description: this.#description })) return;
    const anew = problem.code === "template_gone" ? button(texts.template.saveNew, () => this.#send({ anew: true })) : undefined;
    this.tell(problemElement(problem, anew));
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    this.#label();
  }
}

define("comfycontrol-template-form", TemplateForm);

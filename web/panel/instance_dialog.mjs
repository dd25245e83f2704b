/** Everything about this instance: state, actions, runner, account, and what it ran last. */

import { ActionButtons } from "./action_buttons.mjs";
import { diagnosticsText } from "./diagnostics.mjs";
import { button, define, element, freshId, linkElement } from "./elements.mjs";
import { ClosedEvent, DoneEvent } from "./events.mjs";
import { GuardedPortSection } from "./guarded_port.mjs";
import { History } from "./history.mjs";
import { instance } from "./instance.mjs";
import { COMFYCONTROL } from "./links.mjs";
import { problemElement, toast } from "./problem.mjs";
import { retry } from "./retry.mjs";
import { runnerFacts } from "./runner_facts.mjs";
import { isProven, StateView } from "./state_view.mjs";
import { openTemplateForm } from "./template_dialog.mjs";
import { markLanguage, texts } from "./texts.mjs";
import { TokenRow } from "./token_row.mjs";
import { TunnelView } from "./tunnel.mjs";

/** The states in which asking ComfyControl for anything more would only fail again. */
const CANNOT_ASK = new Set(["token_rejected", "token_unreadable", "not_connected", "runner_gone", "service_unreachable", "rate_limited"]);

/** Fires `done` when the dialog may close, and `closed` when it has. */
export class InstanceDetails extends HTMLElement {
  /** Whether a token is what the dialog was opened for. */
  entersToken = false;
  #state = new StateView({ isBrief: false });
  #name = element("strong");
  #more = element("div", { className: "comfycontrol-stack" });
  #actions = new ActionButtons();
  #runner = element("section", { className: "comfycontrol-section" });
  #tunnel = element("section", { className: "comfycontrol-section" });
  #guard = element("section", { className: "comfycontrol-section" });
  #token = new TokenRow();
  #account = section(texts.account, this.#token);
  #history = element("section", { className: "comfycontrol-section" });
  #copied = element("div");
  #template = button(texts.title.template, () => openTemplateForm());
  // Reading starts here; with the focus on a button further down, the dialog would open scrolled.
  #heading = element("div", { className: "comfycontrol-heading", tabindex: -1, autofocus: true }, this.#name, this.#state.chip);
  #update = () => this.#show();

  connectedCallback() {
    markLanguage(this);
    if (!this.firstChild) this.#build();
    instance.addEventListener("change", this.#update);
    retry.addEventListener("change", this.#update);
    this.#actions.connect();
    this.#show();
    retry.look();
    // After the dialog has focused what it takes for the first element.
    if (this.entersToken) requestAnimationFrame(() => this.#token.enter());
  }

  disconnectedCallback() {
    instance.removeEventListener("change", this.#update);
    retry.removeEventListener("change", this.#update);
    this.#actions.disconnect();
    retry.lookAway();
    this.dispatchEvent(new ClosedEvent());
  }

  focus() {
    this.#heading.focus();
  }

  #build() {
    this.#token.isInDialog = true;
    this.append(
      this.#heading,
      this.#state.sentences,
      this.#more,
      this.#actions.element,
      this.#runner,
      this.#guard,
      this.#tunnel,
      this.#account,
      this.#history,
      this.#copied,
      element(
        "div",
        { className: "comfycontrol-footer" },
        linkElement(texts.dashboard, COMFYCONTROL),
        this.#template,
        button(texts.copyDiagnostics, () => this.#copy()),
        button(texts.close, () => this.dispatchEvent(new DoneEvent())),
      ),
    );
  }

  #show() {
    const { status, problem } = instance;
    const runner = status?.runner;
    this.#state.show();
    this.#name.replaceChildren(...(runner?.name ? [element("bdi", {}, runner.name)] : []));
    this.#actions.show(status?.actions ?? [], { isGood: isProven(status) });
    // Nobody else may use the account.
    this.#template.hidden = !status?.owner;
    this.#showMore(problem ? undefined : status);
    this.#runner.hidden = !runner;
    this.#runner.replaceChildren(...(runner ? [element("h3", {}, texts.runner), runnerFacts(runner)] : []));
    // Where there is none, the form offers one.
    fillIn(this.#tunnel, Boolean(status?.tunnel), () => [element("h3", {}, texts.tunnel.title), new TunnelView()]);
    fillIn(this.#guard, Boolean(status?.guard && status.guard.code !== "open"), () => [new GuardedPortSection()]);
    if (!runner) this.#history.replaceChildren();
    else if (status && !CANNOT_ASK.has(status.state) && !this.#history.firstChild) this.#history.append(new History());
  }

  /** The error behind the state. @param {import("./api.mjs").Status | undefined} status */
  #showMore(status) {
    const { problem } = status ?? {};
    const known = problem && (problem.message === status?.message || status?.state === "needs_attention");
    const told = [];
    if (problem && !known) told.push(calm(problemElement(problem)));
    else if (problem?.service_message) told.push(element("p", {}, `${texts.serviceSays} `, element("q", { dir: "auto" }, problem.service_message)));
    this.#more.replaceChildren(...told);
  }

  async #copy() {
    const text = await diagnosticsText();
    try {
      // Missing on pages without https, which is how many people open ComfyUI in their own network.
      await navigator.clipboard.writeText(text);
      this.#copied.replaceChildren();
      toast("success", texts.diagnosticsCopied);
    } catch {
      const label = element("label", { for: freshId() }, texts.diagnosticsByHand);
      const area = element("textarea", { id: label.htmlFor, readonly: true, rows: 8, spellcheck: "false", value: text, dir: "ltr" });
      this.#copied.replaceChildren(label, area);
      area.focus();
      area.select();
    }
  }
}

/**
 * Show a section or not; built when it appears, and gone with what it asked for when it does not.
 * @param {HTMLElement} place
 * @param {boolean} shown
 * @param {() => Node[]} build
 */
function fillIn(place, shown, build) {
  if (shown !== Boolean(place.firstChild)) place.replaceChildren(...(shown ? build() : []));
}

/** Not announced, because it was there before anybody looked. @param {HTMLElement} told */
function calm(told) {
  told.removeAttribute("role");
  told.removeAttribute("tabindex");
  return told;
}

/**
 * @param {string} heading
 * @param {...Node} content
 */
function section(heading, ...content) {
  return element("section", { className: "comfycontrol-section" }, element("h3", {}, heading), ...content);
}

define("comfycontrol-instance-details", InstanceDetails);

/** The API token: enter, replace, disconnect. In Settings, and in the dialogs while there is no token. */

import { Disconnect } from "./disconnect.mjs";
import { button, define, element, focusFirst, freshId, linkElement } from "./elements.mjs";
import { instance, problemOf } from "./instance.mjs";
import { COMFYCONTROL } from "./links.mjs";
import { problemElement } from "./problem.mjs";
import { fill, markLanguage, texts } from "./texts.mjs";

export class TokenRow extends HTMLElement {
  /** Whether it is in a dialog of ours: there it has no name from ComfyUI, and disconnecting a button of its own. */
  isInDialog = false;
  /** What is shown: rebuilt only when this changes, so that nothing typed is lost. */
  #shown = "";
  #isFirst = true;
  /** The field that was shown last. @type {HTMLInputElement | undefined} */
  #input;
  #replacing = false;
  #saving = false;
  #update = () => this.#show();

  connectedCallback() {
    markLanguage(this);
    instance.addEventListener("change", this.#update);
    this.#show();
    if (!instance.status) instance.update();
  }

  disconnectedCallback() {
    instance.removeEventListener("change", this.#update);
  }

  focus() {
    focusFirst(this);
  }

  /** Lead the person to the field, even if there is a token already. */
  enter() {
    this.#replacing = true;
    this.#show();
    this.scrollIntoView({ block: "nearest" });
    this.focus();
  }

  #show() {
    // The server announces a new owner before this page has stored its owner key.
    if (this.#saving) return;
    const { status, problem } = instance;
    if (!status) {
      this.#become(`problem ${problem?.code}`, () => [
        problem ? problemElement(problem) : element("p", { className: "comfycontrol-help" }, texts.asking),
      ]);
    } else if (status.owner && status.account && status.token_hint && status.connected && !this.#replacing) {
      this.#become(`account ${JSON.stringify([status.account, status.token_hint, status.source])}`, () => this.#account(status));
    } else {
      this.#become(`field ${status.owner} ${status.connected} ${this.#replacing}`, () => this.#field(status));
    }
  }

  /**
   * @param {string} key
   * @param {() => Node[]} build
   */
  #become(key, build) {
    if (key === this.#shown) return;
    const hadFocus = this.contains(document.activeElement);
    this.#shown = key;
    this.replaceChildren(...build());
    if (hadFocus) this.focus();
  }

  /** @param {import("./api.mjs").Status} status */
  #account({ account, token_hint: hint, source }) {
    const below = element("div");
    const question = new Disconnect();
    question.addEventListener("done", () => {
      question.remove();
      this.focus();
    });
    return [
      element(
        "div",
        { className: "comfycontrol-line" },
        element("strong", { dir: "auto" }, account?.name ?? ""),
        element("span", { className: "comfycontrol-tier" }, fill(texts.tier, { tier: account?.tier ?? "" })),
        element("code", {}, hint ?? ""),
        source !== "environment" &&
          element(
            "span",
            { className: "comfycontrol-buttons" },
            button(texts.replace, unlessTwice(() => this.#replace(true))),
            !this.isInDialog && button(texts.actions.disconnect, unlessTwice(() => below.replaceChildren(question))),
          ),
      ),
      source === "environment" ? element("p", { className: "comfycontrol-help" }, texts.environment.token) : below,
    ];
  }

  /** @param {boolean} replacing */
  #replace(replacing) {
    this.#replacing = replacing;
    this.#show();
    this.focus();
  }

  /** @param {import("./api.mjs").Status} status */
  #field(status) {
    // What was typed, and what is the matter with it, outlast a state that changes meanwhile.
    const before = this.#input?.isConnected ? this.#input : undefined;
    const problem = before && this.querySelector(".comfycontrol-problem");
    const place = element("div", { id: freshId() }, problem);
    const help = element("p", { className: "comfycontrol-help", id: freshId() }, `${texts.tokenWhere} `, linkElement(texts.tokenGet, COMFYCONTROL));
    const input = element("input", {
      id: freshId(),
      type: "password",
      value: before?.value ?? "",
      "aria-invalid": problem && "true",
      placeholder: texts.tokenPlaceholder,
      "aria-label": !this.isInDialog && texts.tokenLabel,
      "aria-describedby": `${place.id} ${help.id}`,
      autocomplete: "off",
      spellcheck: "false",
      autofocus: this.isInDialog,
      oninput: () => {
        place.replaceChildren();
        input.removeAttribute("aria-invalid");
      },
    });
    this.#input = input;
    // Somebody who pasted it wants to see what came along.
    const show = button(texts.tokenShow, () => {
      const shown = input.type === "text";
      input.type = shown ? "password" : "text";
      show.textContent = shown ? texts.tokenShow : texts.tokenHide;
    });
    const save = element("button", { type: "submit", className: "comfycontrol-button comfycontrol-primary" }, texts.save);
    const form = element(
      "form",
      {
        className: "comfycontrol-line",
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          // This may be inside the runner's form, which must not be sent by the same Enter.
          event.stopPropagation();
          this.#save(input, save, place);
        },
      },
      input,
      show,
      save,
      this.#replacing && button(texts.cancel, () => this.#replace(false)),
    );
    const known = status.problem ?? (status.connected && !status.owner ? { message: texts.tokenOfOwner, next_step: "" } : undefined);
    // In a dialog it is what comes first, after the dialog has focused what it takes for that.
    if (this.isInDialog && this.#isFirst) requestAnimationFrame(() => input.focus());
    this.#isFirst = false;
    return [
      ...(this.isInDialog ? [element("label", { for: input.id }, texts.tokenLabel)] : []),
      ...(known ? [element("p", { className: "comfycontrol-help" }, known.message)] : []),
      ...(this.isInDialog && !known ? [element("p", {}, texts.tokenWhy)] : []),
      form,
      place,
      help,
    ];
  }

  /** To the next step, where that is to register. A form that was waiting for the token has taken this row's place. */
  #goOn() {
    const place = this.closest("comfycontrol-instance-details") ?? document;
    const register = this.isConnected && place.querySelector("[data-action=register]");
    if (register instanceof HTMLElement) register.focus();
  }

  /**
   * @param {HTMLInputElement} input
   * @param {HTMLButtonElement} save
   * @param {HTMLElement} place
   */
  async #save(input, save, place) {
    if (this.#saving) return;
    // Not disabled: that would lose the focus.
    save.setAttribute("aria-disabled", "true");
    save.textContent = texts.saving;
    place.replaceChildren();
    this.#saving = true;
    try {
      await instance.connect(input.value);
      this.#saving = false;
      this.#replacing = false;
      this.#show();
      this.#goOn();
    } catch (error) {
      input.setAttribute("aria-invalid", "true");
      place.replaceChildren(problemElement(problemOf(error)));
      input.focus();
    } finally {
      this.#saving = false;
      save.removeAttribute("aria-disabled");
      save.textContent = texts.save;
    }
  }
}

/**
 * The second click of a double click on Save is not meant for what stands in its place by then.
 * @param {() => void} deed
 * @returns {(event: Event) => void}
 */
const unlessTwice = (deed) => (event) => {
  if (event instanceof MouseEvent && event.detail < 2) deed();
};

define("comfycontrol-token-row", TokenRow);

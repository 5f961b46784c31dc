// @ts-check
import { Problem } from "../../client/http.js";
import { h, say } from "../../view/dom.js";
import { why } from "../contact_list.js";
import { number } from "./form.js";
import { assistantTexts as texts } from "./assistant_texts.js";
import { assistantBody, TRY } from "./assistant_values.js";
import { lines } from "./fields.js";
import { wrongField } from "./values.js";
/** @import { Context } from "../context.js" */
/** @import { Form } from "./editing.js" */

// An answer may take as long as one over HTTP may.
const PATIENCE = 35_000;

/** Asks the assistant as it stands in the fields. Nothing of it is stored. */
export class TryBox {
  #context;
  #site;
  /** @type {Form | null} */
  #form = null;
  /** @type {{role: "user" | "assistant", text: string}[]} */
  #lines = [];
  #said = h("div", { class: "tried", role: "log", "aria-label": texts.tryTitle });
  #why = h("p", { class: "why", role: "alert" });
  #field = lines({ id: "try-text", maxlength: "8000" });
  #ask = h("button", { class: "primary" }, texts.ask);
  #again = h("button", { type: "button", class: "quiet", hidden: true }, texts.again);

  /** @param {Context} context @param {string} [site] whose budget pays */
  constructor(context, site) {
    this.#context = context;
    this.#site = site;
    const buttons = h("div", { class: "beside" }, this.#ask, this.#again);
    const label = h("label", { for: "try-text" }, texts.question);
    const field = h("div", { class: "setting" }, label, this.#field, this.#why);
    const form = h("form", {}, field, buttons);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#send();
    };
    this.#field.onkeydown = (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      void this.#send();
    };
    this.#again.onclick = () => this.#begin();
    this.element = h("div", {}, h("p", { class: "hint" }, texts.tryHint), this.#said, form);
  }

  /** The fields are these. @param {Form} form */
  show(form) {
    this.#form = form;
  }

  #begin() {
    this.#lines = [];
    this.#said.replaceChildren();
    this.#again.hidden = true;
    this.#field.focus();
  }

  async #send() {
    const text = this.#field.value.trim();
    if (!text || this.#ask.disabled || !this.#form) return;
    say(this.#why, "");
    this.#ask.disabled = true;
    const question = { role: /** @type {const} */ ("user"), text };
    const waiting = h("p", { class: "presence" }, texts.thinking);
    this.#said.append(h("p", { class: "asks", dir: "auto" }, text), waiting);
    this.#field.value = "";
    try {
      const answer = await this.#answer([...this.#lines, question]);
      this.#lines.push(question);
      // An answer without words has called for a person.
      if (answer.text.trim()) this.#lines.push({ role: "assistant", text: answer.text });
      else this.#lines.pop();
      waiting.replaceWith(...this.#shown(answer));
      this.#again.hidden = false;
    } catch (error) {
      waiting.previousElementSibling?.remove();
      waiting.remove();
      this.#field.value = text;
      this.#refused(error);
    } finally {
      this.#ask.disabled = false;
      this.#field.focus();
    }
  }

  /** @param {{role: string, text: string}[]} said */
  #answer(said) {
    const { name: _, ...values } = this.#form?.values ?? {};
    const body = { ...assistantBody(values, Object.keys(values)), lines: said, site: this.#site };
    return this.#context.client.call(TRY, { method: "POST", body, patience: PATIENCE });
  }

  /** @param {{text: string, echoed: boolean, asked?: string, cut: boolean, tokens?: number}} answer */
  #shown({ text, echoed, asked, cut, tokens }) {
    const notes = [
      echoed ? texts.echoed : "",
      asked === undefined ? "" : texts.called(asked),
      cut ? texts.wasCut : "",
      tokens ? texts.cost(number(tokens)) : "",
    ].filter(Boolean);
    return [
      h("p", { class: "answers", dir: "auto" }, text || "…"),
      h("p", { class: "presence" }, notes.join(" ")),
    ];
  }

  /** @param {unknown} error */
  #refused(error) {
    const wrong = error instanceof Problem && wrongField(error.message);
    if (wrong && this.#form?.fail(wrong.name, wrong.why)) return;
    say(this.#why, why(error));
  }
}

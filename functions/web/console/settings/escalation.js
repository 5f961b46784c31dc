// @ts-check
import { h, icon, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { pathOf } from "./editing.js";
import { texts } from "./notice_texts.js";
/** @import { Context } from "../context.js" */
/** @import { Receiver } from "./receivers.js" */

/**
 * @typedef {object} Step
 * @property {number} after_seconds
 * @property {keyof typeof texts.actions} action
 * @property {string} [receiver_id]
 * @property {boolean} only_open
 */

const ACTIONS = /** @type {const} */ (["people", "team", "receiver", "everybody"]);

/** Who hears of a chat that still waits, step by step. */
export class EscalationSteps {
  #context;
  #path;
  /** @type {Step[]} */
  #steps = [];
  /** @type {Receiver[]} */
  #receivers = [];
  #rows = h("ul", { class: "things" });
  #said = h("p", { class: "presence", role: "status" });
  #after = h("input", { id: "step-after", type: "number", min: "0", max: "604800", value: "60" });
  #action = h("select", { id: "step-action" });
  #onlyOpen = h("input", { type: "checkbox" });

  /** @param {Context} context @param {string} site */
  constructor(context, site) {
    this.#context = context;
    this.#path = `${pathOf(site)}/escalation`;
    const form = h(
      "form",
      { class: "asked" },
      h("label", { for: "step-after" }, texts.seconds),
      this.#after,
      h("label", { for: "step-action" }, texts.who),
      this.#action,
      h("label", {}, this.#onlyOpen, " ", texts.onlyOpen),
      h("button", { class: "primary" }, texts.add),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#save([...this.#steps, this.#made()]);
    };
    const hint = h("p", { class: "hint" }, texts.stepsHint);
    this.element = h("div", {}, h("h3", {}, texts.steps), hint, this.#said, this.#rows, form);
  }

  async load() {
    const read = await attempt(this.#context, () => this.#context.client.call(this.#path));
    if (read) this.#show(read.steps);
  }

  /** @param {Receiver[]} receivers */
  know(receivers) {
    this.#receivers = receivers;
    const one = receivers.map(({ id, name }) => h("option", { value: id }, name));
    const all = ACTIONS.filter((action) => action !== "receiver");
    const others = all.map((action) => h("option", { value: action }, texts.actions[action]));
    this.#action.replaceChildren(...others, ...one);
    this.#show(this.#steps);
  }

  /** @returns {Step} */
  #made() {
    const { value } = this.#action;
    const action = ACTIONS.find((one) => one === value);
    const step = { after_seconds: this.#after.valueAsNumber, only_open: this.#onlyOpen.checked };
    return action ? { ...step, action } : { ...step, action: "receiver", receiver_id: value };
  }

  /** @param {Step[]} steps */
  async #save(steps) {
    const body = { steps: [...steps].sort((a, b) => a.after_seconds - b.after_seconds) };
    const call = () => this.#context.client.call(this.#path, { method: "PUT", body });
    const saved = await attempt(this.#context, call);
    if (!saved) return;
    this.#show(saved.steps);
    say(this.#said, texts.saved);
  }

  /** @param {Step[]} steps */
  #show(steps) {
    this.#steps = steps;
    say(this.#said, steps.length ? "" : texts.noSteps);
    this.#rows.replaceChildren(...steps.map((step) => this.#row(step)));
  }

  /** @param {Step} step */
  #row(step) {
    const receiver = this.#receivers.find(({ id }) => id === step.receiver_id);
    const who = receiver?.name ?? texts.actions[step.action];
    const when = [texts.after(`${step.after_seconds} s`), step.only_open && texts.onlyOpen];
    const remove = h("button", { type: "button", class: "quiet" }, texts.remove);
    remove.onclick = () => void this.#save(this.#steps.filter((one) => one !== step));
    const said = h("div", {}, h("p", { class: "what" }, h("bdi", {}, who)));
    said.append(h("p", { class: "presence" }, when.filter(Boolean).join(" · ")));
    return h("li", {}, h("span", { class: "sign" }, icon("bell")), said, remove);
  }
}

// @ts-check
import { h, icon, say } from "../../view/dom.js";
import { ago } from "../ago.js";
import { attempt } from "../failing.js";
import { PANELS } from "../panels.js";
import { pathOf } from "./editing.js";
import { texts } from "./notice_texts.js";
/** @import { Context } from "../context.js" */

/**
 * @typedef {object} Delivery
 * @property {string} id
 * @property {keyof typeof texts.kinds} kind
 * @property {string} what
 * @property {string} [receiver]
 * @property {"due" | "done" | "dead"} state
 * @property {number} attempts
 * @property {string} [error]
 * @property {string} created_at
 */

/** @type {Record<string, string>} */
const WHATS = Object.assign({}, texts.whats, ...PANELS.map(({ notices }) => notices));
const LINES = 20;
// A notice that somebody has just sent ends a moment later. In milliseconds.
const PAUSES = [400, 800, 1600, 3000, 5000];

/** What was sent outside, the newest first, with a way to send again what was not. */
export class DeliveryLog {
  #context;
  #path;
  #rows = h("ul", { class: "things" });
  #isMoving = false;
  #none = h("p", { class: "presence", role: "status" });

  /** @param {Context} context @param {string} site */
  constructor(context, site) {
    this.#context = context;
    this.#path = `${pathOf(site)}/deliveries`;
    const refresh = h("button", { type: "button", class: "quiet" }, texts.refresh);
    refresh.onclick = () => void this.load();
    this.element = h("div", {}, h("h3", {}, texts.log), this.#none, this.#rows, refresh);
  }

  /** Load it, and again while something is on its way. */
  async follow() {
    await this.load();
    for (const pause of PAUSES) {
      if (!this.#isMoving) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (!this.element.isConnected) return;
      await this.load();
    }
  }

  async load() {
    const { client } = this.#context;
    const list = await attempt(this.#context, () => client.call(`${this.#path}?limit=${LINES}`));
    if (!list) return;
    this.#isMoving = list.deliveries.some((/** @type {Delivery} */ { state }) => state === "due");
    say(this.#none, list.deliveries.length ? "" : texts.noLog);
    this.#rows.replaceChildren(
      ...list.deliveries.map((/** @type {Delivery} */ one) => this.#row(one)),
    );
  }

  /** @param {Delivery} delivery */
  #row({ id, kind, what, receiver, state, attempts, error, created_at }) {
    const failed = error && texts.why(error);
    const about = [texts.states[state], texts.attempts(attempts), failed, ago(created_at)];
    const title = [WHATS[what] ?? what, texts.kinds[kind], receiver];
    const said = h(
      "div",
      {},
      h("p", { class: "what" }, h("bdi", {}, title.filter(Boolean).join(" · "))),
      h("p", { class: "presence" }, about.filter(Boolean).join(" · ")),
    );
    const again = h("button", { type: "button", class: "quiet" }, texts.again);
    again.hidden = state !== "dead";
    again.onclick = () => void this.#again(id);
    const sign = icon(state === "dead" ? "info" : "check");
    return h("li", {}, h("span", { class: "sign" }, sign), said, again);
  }

  /** @param {string} id */
  async #again(id) {
    const { client } = this.#context;
    const call = () => client.post(`${this.#path}/${id}/again`, {});
    if (await attempt(this.#context, call)) await this.follow();
  }
}

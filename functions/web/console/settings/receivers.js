// @ts-check
import { h, icon, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { sureButton } from "../sure.js";
import { lang } from "../texts.js";
import { pathOf } from "./editing.js";
import { texts } from "./notice_texts.js";
/** @import { Context } from "../context.js" */

/**
 * @typedef {object} Receiver
 * @property {string} id
 * @property {keyof typeof texts.kinds} kind
 * @property {string} name
 * @property {string} [email]
 * @property {string[]} events
 * @property {boolean} gone
 * @property {string} [secret]
 */

const KINDS = /** @type {const} */ (["mail", "slack", "discord", "teams", "webhook"]);

/** Where a site's notices go: list, add, test, remove. */
export class Receivers {
  #context;
  #path;
  #changed;
  #tested;
  #rows = h("ul", { class: "things" });
  #said = h("p", { class: "presence", role: "status" });
  #kind = h("select", { id: "receiver-kind" });
  #name = h("input", { id: "receiver-name", required: true, maxlength: "200" });
  #address = h("input", { id: "receiver-address", required: true, dir: "ltr" });
  #addressLabel = h("label", { for: "receiver-address" }, texts.email);
  #atOnce = h("input", { type: "checkbox", checked: true });

  /**
   * @param {Context} context
   * @param {string} site
   * @param {(found: Receiver[]) => void} changed
   * @param {() => void} tested
   */
  constructor(context, site, changed, tested) {
    this.#context = context;
    this.#path = `${pathOf(site)}/receivers`;
    this.#changed = changed;
    this.#tested = tested;
    this.#kind.append(...KINDS.map((kind) => h("option", { value: kind }, texts.kinds[kind])));
    this.#kind.onchange = () => this.#ask();
    const form = h(
      "form",
      { class: "asked" },
      h("label", { for: "receiver-kind" }, texts.kind),
      this.#kind,
      h("label", { for: "receiver-name" }, texts.name),
      this.#name,
      this.#addressLabel,
      this.#address,
      h("label", {}, this.#atOnce, " ", texts.atOnce),
      h("button", { class: "primary" }, texts.add),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#add();
    };
    this.element = h("div", {}, h("h3", {}, texts.receivers), this.#said, this.#rows, form);
    this.#ask();
  }

  async load() {
    const list = await attempt(this.#context, () => this.#context.client.call(this.#path));
    if (!list) return;
    this.#changed(list.receivers);
    if (!list.receivers.length) say(this.#said, texts.none);
    this.#rows.replaceChildren(
      ...list.receivers.map((/** @type {Receiver} */ one) => this.#row(one)),
    );
  }

  #ask() {
    const mail = this.#kind.value === "mail";
    say(this.#addressLabel, mail ? texts.email : texts.url);
    this.#address.type = mail ? "email" : "url";
  }

  async #add() {
    const { client } = this.#context;
    const kind = this.#kind.value;
    const body = {
      kind,
      name: this.#name.value,
      [kind === "mail" ? "email" : "url"]: this.#address.value,
      language: lang,
      events: this.#atOnce.checked ? ["chat.waiting"] : [],
    };
    const made = await attempt(this.#context, () => client.post(this.#path, body));
    if (!made) return;
    for (const field of [this.#name, this.#address]) field.value = "";
    say(this.#said, made.secret ? `${texts.secret} ${made.secret}` : "");
    await this.load();
  }

  /** @param {Receiver} receiver */
  #row({ id, kind, name, email, gone }) {
    const { client } = this.#context;
    const test = h("button", { type: "button", class: "quiet" }, texts.test);
    test.append(h("span", { class: "spoken" }, ` ${name}`));
    test.onclick = async () => {
      const sent = await attempt(this.#context, () => client.post(`${this.#path}/${id}/test`, {}));
      if (!sent) return;
      say(this.#said, texts.tested);
      this.#tested();
    };
    const remove = sureButton(texts.remove, texts.removeSure, () => this.#remove(id), name);
    const about = [texts.kinds[kind], email, gone && texts.gone].filter(Boolean).join(" · ");
    const said = h("div", {}, h("p", { class: "what" }, h("bdi", {}, name)));
    said.append(h("p", { class: "presence" }, about));
    return h("li", {}, h("span", { class: "sign" }, icon("bell")), said, test, remove);
  }

  /** @param {string} id */
  async #remove(id) {
    const call = async () => {
      await this.#context.client.call(`${this.#path}/${id}`, { method: "DELETE" });
      return true;
    };
    if (await attempt(this.#context, call)) await this.load();
  }
}

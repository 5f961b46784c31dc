// @ts-check
import { h, say } from "../../view/dom.js";
import { avatar } from "../avatar.js";
import { attempt } from "../failing.js";
import { sureButton } from "../sure.js";
import { pathOf } from "./editing.js";
import { people } from "./people.js";
import { texts } from "./texts.js";
/** @import { Context } from "../context.js" */
/** @import { Member, Site } from "./values.js" */

/** Who answers on one site. */
export class Members {
  #context;
  #id;
  #rows = h("ul", { class: "things" });
  #none = h("p", { class: "presence", role: "status" });
  #field = h("select", { id: "new-member" });
  #form;
  /** Those who can be added. @type {{id: string, name: string}[]} */
  #agents = [];

  /** @param {Context} context @param {Site} site */
  constructor(context, site) {
    this.#context = context;
    this.#id = site.id;
    const add = h("button", { class: "quiet" }, texts.add);
    this.#form = h(
      "form",
      { class: "asked setting", hidden: true },
      h("label", { for: "new-member" }, texts.addMember),
      h("div", { class: "beside" }, this.#field, add),
    );
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      void this.#add();
    };
    const hint = h("p", { class: "hint" }, texts.membersHint);
    this.element = h("div", {}, hint, this.#none, this.#rows, this.#form);
    this.#show(site.members);
    void this.#know(site.members);
  }

  async #add() {
    const id = this.#field.value;
    if (!id || !(await this.#set(id, true))) return;
    await this.#load();
  }

  /** @param {string} id */
  async #remove(id) {
    if (!(await this.#set(id, false))) return;
    await this.#load();
    this.#field.focus();
  }

  /** @param {string} manager @param {boolean} joins */
  #set(manager, joins) {
    return attempt(this.#context, async () => {
      const path = `${pathOf(this.#id)}/members/${encodeURIComponent(manager)}`;
      await this.#context.client.call(path, { method: joins ? "PUT" : "DELETE" });
      return true;
    });
  }

  async #load() {
    const { client } = this.#context;
    const site = await attempt(this.#context, () => client.call(pathOf(this.#id)));
    if (site) this.#show(site.members);
  }

  /** @param {Member[]} members */
  async #know(members) {
    const found = await people(this.#context).catch(() => null);
    this.#agents = found?.people.filter(({ role }) => role === "agent") ?? [];
    this.#offer(members);
  }

  /** @param {Member[]} members */
  #show(members) {
    say(this.#none, members.length ? "" : texts.noMembers);
    this.#rows.replaceChildren(
      ...members.map(({ id, name, role }) => {
        const face = avatar({ kind: "manager", id, name });
        const remove = sureButton(texts.remove, texts.sure, () => this.#remove(id), name);
        const said = h("p", { class: "what" }, h("bdi", {}, name));
        const rank = h("p", { class: "presence" }, `${texts[role]} · ${id}`);
        return h("li", {}, face, h("div", {}, said, rank), remove);
      }),
    );
    this.#offer(members);
  }

  /** @param {Member[]} members */
  #offer(members) {
    const here = new Set(members.map(({ id }) => id));
    const others = this.#agents.filter(({ id }) => !here.has(id));
    this.#form.hidden = others.length === 0;
    this.#field.replaceChildren(
      h("option", { value: "" }, texts.choose),
      ...others.map(({ id, name }) => h("option", { value: id }, name)),
    );
  }
}

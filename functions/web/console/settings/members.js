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

/**
 * Let somebody see a site's chats, or end that.
 * @param {Context} context
 * @param {string} site
 * @param {string} manager
 * @param {boolean} joins
 */
export const setMember = (context, site, manager, joins) =>
  attempt(context, async () => {
    const path = `${pathOf(site)}/members/${encodeURIComponent(manager)}`;
    await context.client.call(path, { method: joins ? "PUT" : "DELETE" });
    return true;
  });

/** Who answers on one site. */
export class Members {
  #context;
  #id;
  #rows = h("ul", { class: "things" });
  #none = h("p", { class: "presence", role: "status" });
  #known = h("datalist", { id: "known-people" });
  #field = h("input", { id: "new-member", list: "known-people", autocomplete: "off" });

  /** @param {Context} context @param {Site} site */
  constructor(context, site) {
    this.#context = context;
    this.#id = site.id;
    const add = h("button", { class: "quiet" }, texts.add);
    const form = h(
      "form",
      { class: "asked" },
      h("label", { for: "new-member" }, texts.addMember),
      h("div", { class: "beside" }, this.#field, add, this.#known),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#add();
    };
    const hint = h("p", { class: "hint" }, texts.membersHint);
    this.element = h("div", {}, hint, this.#none, this.#rows, form);
    this.#show(site.members);
    void this.#suggest();
  }

  async #add() {
    const id = this.#field.value.trim();
    if (!id || !(await setMember(this.#context, this.#id, id, true))) return;
    this.#field.value = "";
    await this.#load();
  }

  /** @param {string} id */
  async #remove(id) {
    if (!(await setMember(this.#context, this.#id, id, false))) return;
    await this.#load();
    this.#field.focus();
  }

  async #load() {
    const { client } = this.#context;
    const site = await attempt(this.#context, () => client.call(pathOf(this.#id)));
    if (site) this.#show(site.members);
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
  }

  async #suggest() {
    const found = await people(this.#context).catch(() => null);
    const others = found?.people.filter((one) => !one.sites.has(this.#id)) ?? [];
    this.#known.append(...others.map(({ id, name }) => h("option", { value: id }, name)));
  }
}

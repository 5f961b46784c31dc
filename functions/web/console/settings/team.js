// @ts-check
import { h } from "../../view/dom.js";
import { ago } from "../ago.js";
import { avatar } from "../avatar.js";
import { copyButton } from "../copy.js";
import { attempt } from "../failing.js";
import { section } from "./form.js";
import { setMember } from "./members.js";
import { people } from "./people.js";
import { texts } from "./texts.js";
/** @import { Context } from "../context.js" */
/** @import { Person } from "./people.js" */
/** @import { Site } from "./values.js" */

const COMMAND = 'python -m local managers add "Ada Lovelace" --role agent';

/** Who answers visitors, and on which sites. */
export class Team {
  #context;
  #asked = 0;
  #rows = h("ul", { class: "things team" });

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    const command = h("pre", { tabindex: "0", dir: "ltr" }, h("code", {}, COMMAND));
    this.element = h(
      "div",
      {},
      h("p", { class: "presence lead" }, texts.teamHint),
      section(texts.team, this.#rows),
      section(
        texts.inviting,
        h("p", { class: "hint" }, texts.invitingHint),
        h(
          "div",
          { class: "code" },
          command,
          copyButton(texts.copy, () => COMMAND),
        ),
      ),
    );
  }

  async load() {
    const asked = ++this.#asked;
    const found = await attempt(this.#context, () => people(this.#context));
    if (!found || asked !== this.#asked) return;
    this.#rows.replaceChildren(...found.people.map((one) => this.#row(one, found.sites)));
  }

  /** @param {Person} person @param {Site[]} sites */
  #row(person, sites) {
    const { id, name, role, at } = person;
    const isMe = id === this.#context.me.id;
    const title = h("p", { class: "what" }, h("bdi", {}, name), isMe && ` (${texts.you})`);
    if (role) title.append(h("span", { class: "chip" }, texts[role]));
    const where = h("p", { class: "presence" }, sitesOf(person, sites));
    const last = at && h("p", { class: "presence" }, texts.lastActive(ago(at)));
    const said = h("div", {}, title, where, last);
    // An admin sees all sites, as a member or not.
    if (role !== "admin") said.append(this.#membership(person, sites, where));
    return h("li", {}, avatar({ kind: "manager", id, name }), said);
  }

  /** @param {Person} person @param {Site[]} sites @param {HTMLElement} where */
  #membership(person, sites, where) {
    const boxes = sites.map((site) => {
      const box = h("input", { type: "checkbox", checked: person.sites.has(site.id) });
      box.onchange = async () => {
        box.disabled = true;
        const done = await setMember(this.#context, site.id, person.id, box.checked);
        box.disabled = false;
        if (!done) box.checked = !box.checked;
        else if (box.checked) person.sites.add(site.id);
        else person.sites.delete(site.id);
        where.textContent = sitesOf(person, sites);
        box.focus();
      };
      return h("label", { class: "check" }, box, h("bdi", {}, site.name));
    });
    const legend = `${texts.sitesOf} ${person.name}`;
    const group = h("div", { role: "group", "aria-label": legend }, ...boxes);
    return h("details", { class: "known" }, h("summary", {}, legend), group);
  }
}

/** @param {Person} person @param {Site[]} sites */
function sitesOf({ role, sites: own }, sites) {
  if (role === "admin") return texts.allSites;
  const named = sites.filter(({ id }) => own.has(id)).map(({ name }) => name);
  return named.join(", ") || texts.noSites;
}

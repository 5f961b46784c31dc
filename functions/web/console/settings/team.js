// @ts-check
import { h } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { Colleague } from "./colleague.js";
import { section } from "./form.js";
import { Invite } from "./invite.js";
import { LeaveDialog } from "./leave.js";
import { people } from "./people.js";
import { texts } from "./team_texts.js";
import { texts as common } from "./texts.js";
/** @import { Context } from "../context.js" */
/** @import { SiteName } from "./people.js" */

/** Who answers visitors, and on which sites. */
export class Team {
  #context;
  #asked = 0;
  #rows = h("ul", { class: "things team", tabindex: "-1", "aria-label": common.team });
  #invite;
  /** @type {Map<string, Colleague>} */
  #all = new Map();
  /** @type {SiteName[]} */
  #sites = [];
  #mails = false;
  #leave = new LeaveDialog(
    async () => {
      for (const one of this.#changed) if (!(await one.save())) return false;
      return true;
    },
    () => {
      for (const one of this.#changed) one.discard();
    },
  );

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#invite = new Invite(context, (person) => this.#add(person));
    const lead = h("p", { class: "presence lead" }, texts.hint);
    const parts = context.me.open
      ? [h("p", { class: "sure" }, texts.open)]
      : [section(common.team, this.#rows), section(texts.invite, this.#invite.element)];
    this.element = h("div", {}, lead, ...parts, this.#leave.element);
  }

  async load() {
    if (this.#context.me.open) return;
    const asked = ++this.#asked;
    const found = await attempt(this.#context, () => people(this.#context));
    if (!found || asked !== this.#asked) return;
    this.#sites = found.sites;
    this.#mails = found.mails;
    this.#all.clear();
    this.#rows.replaceChildren();
    for (const person of found.people) this.#add(person);
    this.#invite.offer(found.sites, found.mails);
  }

  /** Somebody is about to leave. @param {() => void} goOn @returns {boolean} whether they are asked first */
  holds(goOn) {
    if (this.#changed.length === 0) return false;
    this.#leave.ask(goOn);
    return true;
  }

  /** Nobody is here any more. */
  left() {
    this.#asked++;
    this.#invite.left();
    for (const one of this.#all.values()) one.left();
  }

  get #changed() {
    return [...this.#all.values()].filter((one) => one.isChanged);
  }

  /** @param {import("./people.js").Person} person */
  #add(person) {
    const { id } = person;
    const found = { sites: this.#sites, mails: this.#mails };
    const one = new Colleague(this.#context, person, found, () => {
      this.#all.delete(id);
      one.element.remove();
      this.#rows.focus();
    });
    this.#all.set(id, one);
    this.#rows.append(one.element);
  }
}

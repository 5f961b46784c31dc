// @ts-check
import { h, say } from "../../view/dom.js";
import { choices } from "../choices.js";
import { texts } from "./team_texts.js";
/** @import { Duties, SiteName } from "./people.js" */

/** The fields for somebody's rank and websites. */
export class DutiesFields {
  #why = h("p", { class: "why", role: "alert" });
  /** @type {Map<string, HTMLInputElement>} */
  #sites = new Map();
  #group;
  #rank;
  #may = h("p", { class: "hint" });
  /** The only site. @type {string | undefined} */
  #one;
  /** Somebody does not see it. */
  #asks = false;
  /** Sites that are archived: they stay. @type {string[]} */
  #others = [];

  /**
   * @param {string} name of the fields, unique in the page
   * @param {SiteName[]} sites
   * @param {() => void} changed
   */
  constructor(name, sites, changed) {
    if (sites.length === 1) this.#one = sites[0]?.id;
    const among = /** @type {[string, string][]} */ ([
      ["agent", texts.agent],
      ["admin", texts.admin],
    ]);
    this.#rank = choices(texts.rank, name, among, "agent", () => this.#edited(changed));
    const boxes = sites.map(({ id, name: label }) => {
      const box = h("input", { type: "checkbox", onchange: () => this.#edited(changed) });
      this.#sites.set(id, box);
      return h("label", { class: "check" }, box, h("bdi", {}, label));
    });
    this.#group = h("fieldset", { class: "known" }, h("legend", {}, texts.sites), ...boxes);
    this.element = h("div", {}, this.#rank, this.#may, this.#group, this.#why);
  }

  /** @returns {Duties} */
  get value() {
    const chosen = [...this.#sites].filter(([, box]) => box.checked).map(([id]) => id);
    return { role: this.#role, sites: [...chosen, ...this.#others].sort() };
  }

  /** Those of a colleague who is new. Where there is one website, it is theirs. */
  get fresh() {
    return { role: /** @type {const} */ ("agent"), sites: this.#one ? [this.#one] : [] };
  }

  /** @param {Duties} duties */
  show({ role, sites }) {
    for (const radio of this.#rank.querySelectorAll("input")) radio.checked = radio.value === role;
    for (const [id, box] of this.#sites) box.checked = sites.includes(id);
    this.#others = sites.filter((id) => !this.#sites.has(id));
    this.#asks = !this.#one || !sites.includes(this.#one);
    this.#edited(() => {});
  }

  /** What cannot be as it is chosen; empty: nothing. */
  get wrong() {
    const { role, sites } = this.value;
    return role === "agent" && sites.length === 0 ? texts.noSite : "";
  }

  /** @param {string} why */
  fail(why) {
    say(this.#why, why);
    const first = this.#group.hidden ? this.#rank : this.#group;
    first.querySelector("input")?.focus();
  }

  /** The rank is given elsewhere. */
  fix() {
    for (const radio of this.#rank.querySelectorAll("input")) radio.disabled = true;
  }

  /** @returns {Duties["role"]} */
  get #role() {
    const chosen = this.#rank.querySelector("input:checked");
    return chosen instanceof HTMLInputElement && chosen.value === "admin" ? "admin" : "agent";
  }

  /** @param {() => void} changed */
  #edited(changed) {
    const role = this.#role;
    say(this.#why, "");
    say(this.#may, role === "admin" ? texts.adminMay : texts.agentMay);
    // An installation with one website never asks for it, and an admin sees all.
    this.#group.hidden = role === "admin" || !this.#asks;
    changed();
  }
}

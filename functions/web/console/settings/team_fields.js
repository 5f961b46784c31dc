// @ts-check
import { h, say, set } from "../../view/dom.js";
import { choices } from "../choices.js";
import { Field, line } from "./fields.js";
import { MOST_CHATS, USUAL_CAPACITY } from "./team_values.js";
import { texts } from "./teams_texts.js";
/** @import { SiteTeam, TeamPerson, TeamValues } from "./team_values.js" */

/** The fields of one team: its name, who gets its chats, and its members. */
export class TeamFields {
  #changed;
  #name;
  #mode;
  #may = h("p", { class: "hint" });
  #takes = h("input", { type: "checkbox" });
  #group;
  #why = h("p", { class: "why", role: "alert" });
  #nobody = h("p", { class: "hint" }, texts.nobody);
  /** @type {Map<string, {name: string, box: HTMLInputElement, most: HTMLInputElement, row: HTMLElement}>} */
  #people = new Map();

  /** @param {SiteTeam} team @param {TeamPerson[]} people who may be members @param {() => void} changed */
  constructor({ id }, people, changed) {
    this.#changed = changed;
    const control = line({ maxlength: "200", required: true });
    this.#name = new Field({ of: "team", name: id, label: texts.called, control });
    const among = /** @type {[string, string][]} */ ([
      ["manual", texts.manual],
      ["balanced", texts.balanced],
    ]);
    this.#mode = choices(texts.assignment, `assignment-${id}`, among, "manual", () => {});
    const rows = people.map((one) => this.#row(one));
    const legend = h("legend", {}, texts.members);
    this.#group = h("fieldset", { class: "known" }, legend, this.#nobody, ...rows);
    this.#nobody.hidden = rows.length > 0;
    const hint = h("p", { class: "hint" }, texts.takesNewHint);
    this.element = h(
      "div",
      { oninput: () => this.#edited() },
      ...[this.#name.element, this.#mode, this.#may],
      h("label", { class: "check" }, this.#takes, texts.takesNew),
      ...[hint, this.#group, this.#why],
    );
  }

  /** Who may be members by now. @param {TeamPerson[]} people */
  meet(people) {
    for (const [id, { box }] of this.#people) {
      if (people.some((one) => one.id === id)) continue;
      box.closest(".member")?.remove();
      this.#people.delete(id);
    }
    const come = people.filter(({ id }) => !this.#people.has(id));
    this.#group.append(...come.map((one) => this.#row(one)));
    this.#nobody.hidden = this.#people.size > 0;
  }

  /** @returns {TeamValues} */
  get value() {
    const members = [...this.#people].filter(([, { box }]) => box.checked);
    return {
      ...{ name: this.#name.value, assignment: this.#assignment, takes_new: this.#takes.checked },
      // What is no number is a change that cannot be saved.
      members: members.map(([id, { most }]) => ({ id, capacity: most.value ? +most.value : -1 })),
    };
  }

  /** @param {TeamValues} values */
  show({ name, assignment, takes_new: takes, members }) {
    this.#name.show(name);
    this.#takes.checked = takes;
    for (const one of this.#mode.querySelectorAll("input")) one.checked = one.value === assignment;
    const most = new Map(members.map(({ id, capacity }) => [id, capacity]));
    for (const [id, { box, most: field }] of this.#people) {
      box.checked = most.has(id);
      const text = String(most.get(id) ?? USUAL_CAPACITY);
      if (text !== "-1" && field.value !== text) field.value = text;
    }
    this.#draw();
  }

  /** Whether something cannot be as it is. It is said, and the keyboard goes there. */
  refuses() {
    for (const { name, box, most } of this.#people.values()) {
      if (!box.checked || isNumber(most)) continue;
      say(this.#why, texts.wrongCapacity(name));
      set(most, "aria-invalid", "true");
      most.focus();
      return true;
    }
    return false;
  }

  /** @param {string} name of a field @param {string} why */
  fail(name, why) {
    if (name === "name") return this.#name.fail(why);
    say(this.#why, why);
    this.#group.querySelector("input")?.focus();
  }

  get #assignment() {
    const chosen = this.#mode.querySelector("input:checked");
    return chosen instanceof HTMLInputElement && chosen.value === "balanced"
      ? "balanced"
      : "manual";
  }

  /** @param {TeamPerson} person */
  #row({ id, name, here }) {
    const box = h("input", { type: "checkbox" });
    const most = h("input", {
      ...{ type: "number", min: "0", max: String(MOST_CHATS), step: "1", inputmode: "numeric" },
      ...{ value: String(USUAL_CAPACITY), "aria-label": texts.capacity(name) },
    });
    const said = h("span", { class: "presence", "aria-hidden": "true" }, texts.chats);
    const row = h("span", { class: "most" }, most, said);
    const mark = here && h("span", { class: "chip" }, texts.here);
    this.#people.set(id, { name, box, most, row });
    return h("div", { class: "member" }, h("label", {}, box, h("bdi", {}, name)), mark, row);
  }

  #edited() {
    this.#draw();
    this.#changed();
  }

  #draw() {
    const balanced = this.#assignment === "balanced";
    say(this.#why, "");
    say(this.#may, balanced ? texts.balancedHint : texts.manualHint);
    for (const { box, most, row } of this.#people.values()) {
      set(most, "aria-invalid", null);
      row.hidden = !balanced || !box.checked;
      // Nobody can correct what is hidden.
      if (row.hidden && !isNumber(most)) most.value = String(USUAL_CAPACITY);
    }
  }
}

/** @param {HTMLInputElement} field */
const isNumber = (field) => field.value !== "" && field.checkValidity();

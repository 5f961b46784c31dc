// @ts-check
import { newUuid } from "./uuid.js";
import { h, icon, say } from "../view/dom.js";
import { cannedOf } from "./canned.js";
import { attempt } from "./failing.js";
import { choose, labelled, option, siteName } from "./macro_fields.js";
import { stepsOf } from "./macro_steps.js";
import { texts } from "./macro_texts.js";
import { sureButton } from "./sure.js";
/** @import { Context } from "./context.js" */
/** @import { Macro } from "./macros.js" */

/** @typedef {{id: string, name: string, site?: string, sites?: string[]}} Choice */

const SNOOZES = /** @type {const} */ (["hour", "evening", "tomorrow", "monday", "writes"]);

/** The macros that the manager may use: add, change, delete. */
export class MacroForm {
  #context;
  #canned;
  /** The one that is being changed; empty: a new one. */
  #id = "";
  /** The name of the next new one: also of a second try, whose first answer got lost. */
  #fresh = newUuid();
  /** @type {{tags: Choice[], people: Choice[], teams: Choice[]}} */
  #known = { tags: [], people: [], teams: [] };
  /** Those that are chosen. @type {{id: string, name?: string}[]} */
  #tags = [];
  #name = h("input", { id: "macro-name", required: true, maxlength: "60" });
  #text = h("textarea", { id: "macro-text", rows: "4", dir: "auto" });
  #tag = h("select", { id: "macro-tag" });
  #chosen = h("ul", { class: "tags" });
  #person = h("select", { id: "macro-person" });
  #team = h("select", { id: "macro-team" });
  #rest = h("select", { id: "macro-rest" });
  #place = h("select", { id: "macro-place" });
  #cancel = h("button", { type: "button", class: "quiet", hidden: true }, texts.cancel);
  #said = h("p", { class: "presence", role: "status" });
  #rows = h("ul", { class: "things", "aria-label": texts.macros, tabindex: "-1" });
  #none = h("p", { class: "hint" }, texts.noneYet);

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#canned = cannedOf(context);
    this.#cancel.onclick = () => this.#begin();
    this.#rest.replaceChildren(
      option("", texts.stays),
      option("closes", texts.close),
      ...SNOOZES.map((name) => option(name, texts.snoozes(texts[name]))),
    );
    // What is of another site is not for this one.
    this.#place.onchange = () => this.#fill();
    const title = h("h2", { id: "macros-title" }, texts.macros);
    this.element = h("section", { class: "panel", "aria-labelledby": title.id }, title);
    this.element.append(h("p", { class: "hint" }, texts.hint), this.#form());
    this.element.append(this.#said, this.#rows, this.#none);
  }

  #form() {
    const add = h("button", { type: "button", class: "quiet" }, texts.add);
    add.onclick = () => this.#add();
    const form = h(
      "form",
      { class: "asked" },
      ...labelled(texts.name, this.#name),
      ...labelled(texts.optional, this.#text),
      ...labelled(texts.place, this.#place),
      ...labelled(texts.tag, this.#tag),
      h("div", { class: "beside" }, add),
      this.#chosen,
      ...labelled(texts.person, this.#person),
      ...labelled(texts.toTeam, this.#team),
      ...labelled(texts.rest, this.#rest),
      h("div", { class: "beside" }, h("button", { class: "primary" }, texts.save), this.#cancel),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#save();
    };
    return form;
  }

  /** Somebody comes here. What they write already stays. */
  async moved() {
    say(this.#said, "");
    this.show();
    const { client } = this.#context;
    const calls = () => Promise.all([client.call("manager/tags"), client.call("manager/teams")]);
    const [{ tags = [] }, { people = [], teams = [] }] = (await attempt(this.#context, calls)) ?? [
      {},
      {},
    ];
    this.#known = { tags, people, teams };
    this.#fill();
  }

  /** What is kept, as it is known now. */
  show() {
    const { macros, sites, teams } = this.#canned;
    this.#rows.replaceChildren(...macros.map((one) => this.#row(one)));
    this.#none.hidden = macros.length > 0;
    choose(this.#place, [
      option("", texts.own),
      ...sites
        .filter((one) => one.editable)
        .map(({ id, name }) => option(`site ${id}`, `${texts.ofSite}: ${name}`)),
      ...teams.map(({ id, name }) => option(`team ${id}`, `${texts.ofTeam}: ${name}`)),
    ]);
    this.#fill();
  }

  /** The site that it is for; without one, any. */
  get #site() {
    const [kind, id = ""] = this.#place.value.split(" ");
    if (kind === "site") return id;
    return this.#canned.teams.find((one) => kind === "team" && one.id === id)?.site;
  }

  /** What can be chosen for the place. */
  #fill() {
    const site = this.#site;
    const { sites } = this.#canned;
    const fits = (/** @type {Choice} */ one) =>
      !site || (one.site ? one.site === site : !one.sites || one.sites.includes(site));
    const called = (/** @type {Choice} */ { name, site: of }) =>
      sites.length > 1 && !site && of ? `${name} · ${siteName(sites, of)}` : name;
    const all = (/** @type {Choice[]} */ some) =>
      some.filter(fits).map((one) => option(one.id, called(one)));
    choose(this.#tag, all(this.#known.tags));
    choose(this.#person, [option("", texts.nobody), ...all(this.#known.people)]);
    choose(this.#team, [option("", texts.noTeam), ...all(this.#known.teams)]);
  }

  #add() {
    const tag = this.#known.tags.find(({ id }) => id === this.#tag.value);
    if (!tag || this.#tags.some(({ id }) => id === tag.id)) return;
    this.#tags.push(tag);
    this.#drawTags();
  }

  #drawTags() {
    const rows = this.#tags.map((tag) => {
      const label = texts.takeAway(tag.name ?? tag.id);
      const remove = h("button", { type: "button", class: "bare", "aria-label": label }, "×");
      remove.onclick = () => {
        this.#tags = this.#tags.filter(({ id }) => id !== tag.id);
        this.#drawTags();
        this.#tag.focus();
      };
      return h("li", {}, h("bdi", {}, `#${tag.name ?? texts.gone}`), remove);
    });
    this.#chosen.replaceChildren(...rows);
  }

  /** Write a macro: this one, or a new one. @param {Macro} [macro] */
  #begin(macro) {
    this.#id = macro?.id ?? "";
    this.#fresh = newUuid();
    this.#name.value = macro?.name ?? "";
    this.#text.value = macro?.text ?? "";
    if (macro) this.#place.value = placeOf(macro);
    this.#fill();
    this.#tags = [...(macro?.tags ?? [])];
    this.#drawTags();
    const { assignee, team } = macro?.assign ?? {};
    put(this.#person, assignee);
    put(this.#team, team);
    this.#rest.value = macro?.closes ? "closes" : (macro?.snooze ?? "");
    this.#cancel.hidden = !macro;
    if (macro) this.#name.focus();
  }

  async #save() {
    const [kind, id] = this.#place.value.split(" ");
    const [assignee, team, rest] = [this.#person.value, this.#team.value, this.#rest.value];
    const text = this.#text.value;
    const body = {
      name: this.#name.value,
      ...(text.trim() && { text }),
      tags: this.#tags.map((one) => one.id),
      ...((assignee || team) && {
        assign: { ...(assignee && { assignee }), ...(team && { team }) },
      }),
      ...(rest === "closes" ? { closes: true } : rest && { snooze: rest }),
      ...(kind && { [kind]: id }),
    };
    const path = this.#id || this.#fresh;
    const isSaved = await this.#call(path, { method: "PUT", body });
    // Another one may be written by now.
    if (!isSaved || path !== (this.#id || this.#fresh)) return;
    say(this.#said, texts.saved);
    this.#begin();
    this.#name.focus();
  }

  /** @param {string} id @param {{method: string, body?: unknown}} how */
  async #call(id, how) {
    const call = async () => {
      await this.#context.client.call(`manager/macros/${id}`, how);
      return true;
    };
    if (!(await attempt(this.#context, call))) return false;
    await this.#canned.ask(true);
    this.show();
    return true;
  }

  /** @param {Macro} macro */
  #row(macro) {
    const { id, name, text, editable } = macro;
    const said = h(
      "div",
      {},
      h("p", { class: "what" }, h("bdi", {}, name)),
      h("p", { class: "presence" }, this.#canned.placeName(macro, texts)),
      text && h("p", { dir: "auto" }, text),
      h("ul", {}, ...stepsOf(macro).map((step) => h("li", { dir: "auto" }, step))),
    );
    const edit = h("button", { type: "button", class: "quiet" }, texts.edit);
    edit.append(h("span", { class: "spoken" }, ` ${name}`));
    edit.onclick = () => this.#begin(macro);
    const remove = sureButton(
      texts.remove,
      texts.sure,
      async () => (await this.#call(id, { method: "DELETE" })) && this.#rows.focus(),
      name,
    );
    return h(
      "li",
      {},
      h("span", { class: "sign" }, icon("spark")),
      said,
      editable && edit,
      editable && remove,
    );
  }
}

/** @param {Macro} macro */
const placeOf = ({ site, team }) => (site ? `site ${site}` : team ? `team ${team}` : "");

/**
 * Choose this one, also while nobody knows yet who else there is. Without a name it is gone.
 * @param {HTMLSelectElement} select
 * @param {{id: string, name?: string | null} | null | undefined} one
 */
function put(select, one) {
  if (one?.name && ![...select.options].some(({ value }) => value === one.id))
    select.append(h("option", { value: one.id }, one.name));
  select.value = one?.name ? one.id : "";
}

// @ts-check
import { Problem } from "../../client/http.js";
import { h, icon, say } from "../../view/dom.js";
import { why } from "../contact_list.js";
import { attempt } from "../failing.js";
import { sureButton } from "../sure.js";
import { TeamFields } from "./team_fields.js";
import { isSameTeam, membersFor, merged, shownOf, TEAMS, teamPath } from "./team_values.js";
import { texts } from "./teams_texts.js";
import { texts as common } from "./texts.js";
import { wrongField } from "./values.js";
/** @import { Context } from "../context.js" */
/** @import { SiteTeam, TeamPerson, TeamValues } from "./team_values.js" */

/**
 * @typedef {object} TeamEvents
 * @property {() => Promise<unknown>} saved others may have changed by it
 * @property {(id: string) => void} gone it is no team any more
 */

/** One team: what is known of it, and what an admin may change. */
export class TeamCard {
  #context;
  #team;
  #people;
  #site;
  #events;
  /** @type {import("../../client/storage.js").StoredValue<any>} */
  #kept;
  #fields;
  #said = h("div", {});
  #summary = h("summary", {});
  #state = h("span", { role: "status", class: "presence" });
  #save = h("button", { class: "primary" }, common.save);
  #discard = h("button", { type: "button", class: "quiet" }, common.discard);
  #more;

  /**
   * @param {Context} context
   * @param {SiteTeam} team
   * @param {TeamPerson[]} people of all sites
   * @param {string} site its name, where there are several
   * @param {TeamEvents} events
   */
  constructor(context, team, people, site, events) {
    this.#context = context;
    this.#team = team;
    this.#people = membersFor(people, team.site);
    this.#site = site;
    this.#events = events;
    this.#kept = context.drafts.of(` team ${team.id}`);
    this.#fields = new TeamFields(team, this.#people, () => this.#edited());
    this.#discard.onclick = () => this.discard();
    this.#more = this.#build();
    const kept = this.#kept.read();
    const begun = kept?.before?.members && kept?.mine?.members;
    this.#fields.show(begun ? merged(kept.before, this.#shown, kept.mine) : this.#shown);
    this.#draw();
    this.#more.open = this.isChanged;
    const sign = h("span", { class: "sign" }, icon("person"));
    this.element = h("li", {}, sign, h("div", {}, this.#said, this.#more));
  }

  /** Whether something is not saved. */
  get isChanged() {
    return !isSameTeam(this.#fields.value, this.#shown);
  }

  /** To what can be changed. */
  open() {
    this.#more.open = true;
    this.#more.querySelector("input")?.focus();
  }

  discard() {
    this.#kept.write(null);
    this.#fields.show(this.#shown);
    this.#draw();
  }

  /**
   * Somebody has changed it. What is not saved here stays.
   * @param {SiteTeam} team
   * @param {TeamPerson[]} people of all sites
   */
  take(team, people) {
    const before = this.#shown;
    this.#team = team;
    this.#meet(people);
    this.#fields.show(merged(before, this.#shown, this.#fields.value));
    this.#edited();
  }

  /** @param {TeamPerson[]} people of all sites */
  #meet(people) {
    this.#people = membersFor(people, this.#team.site);
    this.#fields.meet(this.#people);
  }

  /** @returns {Promise<boolean>} whether all is saved now */
  async save() {
    if (!this.isChanged) return true;
    this.#more.open = true;
    if (this.#fields.refuses()) return false;
    this.#save.disabled = true;
    try {
      return await this.#send();
    } catch (error) {
      this.#refused(error);
      return false;
    } finally {
      this.#save.disabled = false;
    }
  }

  async #send() {
    const { client, failed } = this.#context;
    const { id, site } = this.#team;
    // Whoever was faster changed other things: a save does not undo them.
    /** @type {{teams: SiteTeam[], people: TeamPerson[]}} */
    const { teams, people } = await client.call(TEAMS);
    const now = teams.find((one) => one.id === id);
    if (!now) {
      failed(texts.gone);
      this.#forget();
      return false;
    }
    const mine = this.#fields.value;
    const wanted = merged(this.#shown, shownOf(now, membersFor(people, site)), mine);
    this.#team = await client.call(teamPath(id), { method: "PUT", body: { site, ...wanted } });
    this.#meet(people);
    // What was changed while that was on its way is not saved yet.
    this.#fields.show(merged(mine, this.#shown, this.#fields.value));
    this.#edited();
    await this.#events.saved();
    say(this.#state, this.isChanged ? texts.kept : common.saved);
    return true;
  }

  #build() {
    const bar = h("div", { class: "row-of-acts" }, this.#save, this.#discard, this.#state);
    const form = h("form", { novalidate: true }, this.#fields.element, bar);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.save();
    };
    const remove = sureButton(texts.remove, texts.sure, () => this.#remove());
    const end = h("div", {}, h("p", { class: "hint" }, texts.removeHint), remove);
    return h("details", { class: "known" }, this.#summary, form, end);
  }

  get #shown() {
    return shownOf(this.#team, this.#people);
  }

  #edited() {
    const mine = this.#fields.value;
    this.#kept.write(this.isChanged ? { before: this.#shown, mine } : null);
    this.#draw();
  }

  #draw() {
    const changed = this.isChanged;
    say(this.#state, changed ? texts.kept : "");
    this.#save.hidden = !changed;
    this.#discard.hidden = !changed;
    const { name, assignment, takes_new: takes, members } = this.#shown;
    const title = h("p", { class: "what" }, h("bdi", {}, name));
    if (takes) title.append(h("span", { class: "chip" }, texts.takes));
    const known = [this.#site, texts.counted(members.length), texts[assignment]];
    const said = h("p", { class: "presence" }, known.filter(Boolean).join(" · "));
    this.#said.replaceChildren(title, said);
    say(this.#summary, texts.change(name));
  }

  async #remove() {
    const { client } = this.#context;
    const done = await attempt(this.#context, async () => {
      try {
        await client.call(teamPath(this.#team.id), { method: "DELETE" });
      } catch (error) {
        // Somebody else was faster, and it is as wished.
        if (!(error instanceof Problem && error.status === 404)) throw error;
      }
      return true;
    });
    if (done) this.#forget();
  }

  #forget() {
    this.#kept.write(null);
    this.#events.gone(this.#team.id);
  }

  /** @param {unknown} error */
  #refused(error) {
    const wrong = error instanceof Problem && wrongField(error.message);
    if (wrong) return this.#fields.fail(wrong.name, wrong.why);
    this.#context.failed(why(error));
  }
}

// @ts-check
import { Problem } from "../../client/http.js";
import { h, say } from "../../view/dom.js";
import { ago } from "../ago.js";
import { avatar } from "../avatar.js";
import { why } from "../contact_list.js";
import { attempt } from "../failing.js";
import { sureButton } from "../sure.js";
import { DutiesFields } from "./duties.js";
import { Field, line } from "./fields.js";
import { ShownOnce } from "./once.js";
import { isSame, pathOf } from "./people.js";
import { texts } from "./team_texts.js";
import { texts as common } from "./texts.js";
import { wrongField } from "./values.js";
/** @import { Context } from "../context.js" */
/** @import { Duties, Person, SiteName } from "./people.js" */

/** One of the team: what is known, and what an admin may change. */
export class Colleague {
  #context;
  #person;
  #sites;
  #removed;
  /** @type {import("../../client/storage.js").StoredValue<any>} */
  #kept;
  #duties;
  #shown;
  #said = h("div", {});
  #state = h("span", { role: "status", class: "presence" });
  #save = h("button", { class: "primary" }, common.save);
  #discard = h("button", { type: "button", class: "quiet" }, common.discard);
  #bar = h("div", { class: "row-of-acts" }, this.#save, this.#discard, this.#state);
  #out = h("input", { type: "checkbox" });
  #email;

  /**
   * @param {Context} context
   * @param {Person} person
   * @param {{sites: SiteName[], mails: boolean}} found the sites, and whether links can go by mail
   * @param {() => void} removed
   */
  constructor(context, person, { sites, mails }, removed) {
    this.#context = context;
    this.#person = person;
    this.#sites = sites;
    this.#removed = removed;
    this.#kept = context.drafts.of(` manager ${person.id}`);
    this.#shown = new ShownOnce(context);
    const control = line({ type: "email", maxlength: "254" });
    const email = { name: `email-${person.id}`, label: texts.email, hint: texts.emailHint };
    this.#email = new Field({ ...email, control });
    this.#email.element.hidden = !mails;
    this.#duties = new DutiesFields(`rank-${person.id}`, sites, () => this.#edited());
    if (person.own_login) this.#duties.fix();
    this.#discard.onclick = () => this.discard();
    const parts = this.#build();
    this.#duties.show(this.#kept.read() ?? person);
    this.#draw();
    parts.open = this.isChanged;
    const { id, name } = person;
    this.element = h(
      "li",
      {},
      avatar({ kind: "manager", id, name }),
      h("div", {}, this.#said, parts),
    );
  }

  /** Whether something is not saved. */
  get isChanged() {
    return !isSame(this.#duties.value, this.#person);
  }

  discard() {
    this.#kept.write(null);
    this.#duties.show(this.#person);
    this.#draw();
  }

  /** The link does not stay in the page. */
  left() {
    this.#shown.clear();
  }

  /** @returns {Promise<boolean>} whether all is saved now */
  async save() {
    const { role, sites } = this.#duties.value;
    const { id, role: before } = this.#person;
    if (!this.isChanged) return true;
    this.#save.disabled = true;
    try {
      const body = { sites, ...(role === before ? {} : { role }) };
      const { client } = this.#context;
      this.#person = await client.call(pathOf(id), { method: "PATCH", body });
      this.discard();
      say(this.#state, common.saved);
      return true;
    } catch (error) {
      this.#refused(error);
      return false;
    } finally {
      this.#save.disabled = false;
    }
  }

  #build() {
    const { name } = this.#person;
    const form = h("form", { novalidate: true }, this.#duties.element, this.#bar);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.save();
    };
    const about = h("summary", {}, texts.change(name));
    const login = this.#person.own_login && h("p", { class: "hint" }, texts.ownLogin);
    return h("details", { class: "known" }, about, login, form, ...this.#acts());
  }

  /** What one does with somebody else. */
  #acts() {
    const { id, name, own_login: elsewhere } = this.#person;
    if (id === this.#context.me.id) return [h("p", { class: "hint" }, texts.yourself)];
    const renew = h("button", { type: "button", class: "quiet" }, texts.renew);
    renew.onclick = () => void this.#renew(renew);
    const link = h(
      "div",
      {},
      h("p", { class: "hint" }, texts.renewHint),
      h("label", { class: "check" }, this.#out, texts.signOut),
      this.#email.element,
      renew,
      this.#shown.element,
    );
    const remove = sureButton(texts.remove, texts.sure, () => this.#remove(), name);
    const end = h("div", {}, h("p", { class: "hint" }, texts.removeHint), remove);
    return elsewhere ? [end] : [link, end];
  }

  #edited() {
    this.#kept.write(this.isChanged ? this.#duties.value : null);
    this.#draw();
  }

  #draw() {
    const changed = this.isChanged;
    say(this.#state, changed ? texts.kept : "");
    this.#save.hidden = !changed;
    this.#discard.hidden = !changed;
    const { id, name, role, online, sessions, seen_at: seen, link_expires_at: link } = this.#person;
    const isMe = id === this.#context.me.id;
    const title = h("p", { class: "what" }, h("bdi", {}, name), isMe && ` (${texts.you})`);
    title.append(h("span", { class: "chip" }, texts[role]));
    const last = online ? texts.here : seen ? texts.seen(ago(seen)) : texts.never;
    const known = [last, sessions > 0 && texts.browsers(sessions)].filter(Boolean).join(" · ");
    const told = (/** @type {string} */ text) => h("p", { class: "presence" }, text);
    this.#said.replaceChildren(
      title,
      told(sitesOf(this.#person, this.#sites)),
      told(known),
      ...(link ? [told(texts.waits(this.#context.format.full(link)))] : []),
    );
  }

  /** @param {HTMLButtonElement} button */
  async #renew(button) {
    const { id, name } = this.#person;
    const { client } = this.#context;
    const email = this.#email.value.trim();
    const body = { end_sessions: this.#out.checked, ...(email ? { email } : {}) };
    button.disabled = true;
    const link = await attempt(this.#context, () => client.post(`${pathOf(id)}/link`, body));
    button.disabled = false;
    if (!link) return;
    const sessions = body.end_sessions ? 0 : this.#person.sessions;
    const online = this.#person.online && !body.end_sessions;
    this.#person = { ...this.#person, sessions, online, link_expires_at: link.expires_at };
    this.#out.checked = false;
    this.#email.show("");
    this.#draw();
    this.#shown.show(name, link, email);
  }

  async #remove() {
    const { client } = this.#context;
    const call = () => client.call(pathOf(this.#person.id), { method: "DELETE" });
    const done = await attempt(this.#context, async () => {
      await call();
      return true;
    });
    if (!done) return;
    this.#kept.write(null);
    this.#removed();
  }

  /** @param {unknown} error */
  #refused(error) {
    const wrong = error instanceof Problem && wrongField(error.message);
    if (wrong) return this.#duties.fail(wrong.why);
    // Somebody has to be an admin: that is about these fields, too.
    if (error instanceof Problem && error.status === 409) return this.#duties.fail(error.message);
    this.#context.failed(why(error));
  }
}

/** @param {Duties} duties @param {SiteName[]} sites */
function sitesOf({ role, sites: own }, sites) {
  if (role === "admin") return texts.allSites;
  const named = sites.filter(({ id }) => own.includes(id)).map(({ name }) => name);
  return named.join(", ") || texts.noSites;
}

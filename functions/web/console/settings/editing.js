// @ts-check
import { Problem } from "../../client/http.js";
import { h, say } from "../../view/dom.js";
import { why } from "../contact_list.js";
import { SiteForm } from "./form.js";
import { Preview } from "./preview.js";
import { texts } from "./texts.js";
import { bodyOf, differing, valuesOf, wrongField } from "./values.js";
/** @import { StoredValue } from "../../client/storage.js" */
/** @import { Context } from "../context.js" */
/** @import { Site, Values } from "./values.js" */

/** @param {string} id */
export const pathOf = (id) => `manager/sites/${encodeURIComponent(id)}`;

/** @typedef {{rev: number, values: Values}} Kept what is changed, of which revision */

/** The settings of one site as somebody edits them. What is not saved is kept in this browser. */
export class Editing {
  #context;
  #site;
  #took;
  #form;
  #preview = new Preview();
  #notice = h("p", { class: "sure", role: "status", hidden: true });
  #state = h("span", { role: "status", class: "presence" });
  #save = h("button", { class: "primary" }, texts.save);
  #discard = h("button", { type: "button", class: "quiet" }, texts.discard);
  /** @type {StoredValue<any>} */
  #kept;

  /**
   * @param {Context} context
   * @param {Site} site
   * @param {(site: Site) => void} took the server has it like that now
   */
  constructor(context, site, took) {
    this.#context = context;
    this.#site = site;
    this.#took = took;
    this.#kept = context.drafts.of(` site ${site.id}`);
    this.#form = new SiteForm(site, () => this.#edited());
    this.#discard.onclick = () => this.discard();
    const bar = h("div", { class: "save-bar" }, this.#state, this.#discard, this.#save);
    const form = h("form", { novalidate: true }, this.#form.element, bar);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.save();
    };
    const aside = h("aside", { class: "beside-form", "aria-label": texts.preview });
    aside.append(h("h2", {}, texts.preview), this.#preview.element);
    this.element = h("div", { class: "editing" }, h("div", {}, this.#notice, form), aside);
    this.#begin();
  }

  /** Whether something is not saved. */
  get isChanged() {
    return this.#changes.length > 0;
  }

  get #changes() {
    return differing(valuesOf(this.#site), this.#form.values);
  }

  /** @returns {Promise<boolean>} whether all is saved now */
  async save() {
    const names = this.#changes;
    if (names.length === 0) return true;
    this.#save.disabled = true;
    const body = { rev: this.#site.rev, ...bodyOf(this.#form.values, names) };
    try {
      const { client } = this.#context;
      const site = await client.call(pathOf(this.#site.id), { method: "PATCH", body });
      this.take(site, false);
      this.#tell("");
      say(this.#state, texts.saved);
      return true;
    } catch (error) {
      await this.#refused(error);
      return false;
    } finally {
      this.#save.disabled = false;
    }
  }

  discard() {
    this.#kept.write(null);
    this.#form.show(valuesOf(this.#site));
    this.#tell("");
    this.#draw();
  }

  /** The server has the site like this now. @param {Site} site @param {boolean} [keep] one's own changes */
  take(site, keep = true) {
    const { values } = this.#form;
    const own = keep ? this.#changes : [];
    this.#site = site;
    this.#form.show({ ...valuesOf(site), ...among(values, own) });
    this.#edited();
    this.#took(site);
  }

  #begin() {
    /** @type {Kept | null} */
    const kept = this.#kept.read();
    const now = valuesOf(this.#site);
    this.#form.show({ ...now, ...kept?.values });
    if (kept && this.isChanged) {
      const newer = kept.rev !== this.#site.rev;
      this.#tell(newer ? texts.conflict(texts.other) : texts.kept);
    }
    this.#draw();
    void this.#context.client.call("manager/budget").then(
      (budget) => this.#form.spent(budget),
      () => {},
    );
  }

  #edited() {
    const names = this.#changes;
    const values = among(this.#form.values, names);
    this.#kept.write(names.length ? { rev: this.#site.rev, values } : null);
    this.#draw();
  }

  #draw() {
    const changed = this.isChanged;
    this.element.classList.toggle("changed", changed);
    say(this.#state, changed ? texts.unsaved : "");
    this.#discard.hidden = !changed;
    this.#save.hidden = !changed;
    this.#preview.show(this.#form.values, this.#form.words);
  }

  /** @param {unknown} error */
  async #refused(error) {
    if (error instanceof Problem && error.status === 409) return await this.#overtaken();
    const wrong = error instanceof Problem && wrongField(error.message);
    if (wrong && this.#form.fail(wrong.name, wrong.why)) return;
    this.#context.failed(why(error));
  }

  /** Somebody else was first: theirs is shown, with what is changed here on top. */
  async #overtaken() {
    const before = valuesOf(this.#site);
    try {
      const site = await this.#context.client.call(pathOf(this.#site.id));
      const theirs = differing(before, valuesOf(site)).map((name) => this.#form.labelOf(name));
      this.take(site);
      this.#tell(texts.conflict([...new Set(theirs)].join(", ") || texts.other));
    } catch (error) {
      this.#context.failed(why(error));
    }
  }

  /** @param {string} text */
  #tell(text) {
    say(this.#notice, text);
    this.#notice.hidden = !text;
    if (text) this.#notice.scrollIntoView({ block: "center" });
  }
}

/** @param {Values} values @param {string[]} names */
const among = (values, names) =>
  Object.fromEntries(names.map((name) => [name, values[name] ?? ""]));

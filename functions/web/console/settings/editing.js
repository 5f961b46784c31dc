// @ts-check
import { Problem } from "../../client/http.js";
import { h, say } from "../../view/dom.js";
import { why } from "../contact_list.js";
import { texts } from "./texts.js";
import { differing, wrongField } from "./values.js";
/** @import { StoredValue } from "../../client/storage.js" */
/** @import { Context } from "../context.js" */
/** @import { Values } from "./values.js" */

/** @param {string} id */
export const pathOf = (id) => `manager/sites/${encodeURIComponent(id)}`;

/**
 * @typedef {{rev: number, values: Values}} Kept what is changed, of which revision
 *
 * @typedef {object} Form
 * @property {HTMLElement} element
 * @property {Values} values
 * @property {(values: Values) => void} show
 * @property {(name: string, why: string) => boolean} fail say it at its field, if there is one
 * @property {(name: string) => string} labelOf
 */

/**
 * What is edited: where it is, its fields, and how they are read and sent.
 * @template {{rev: number}} T
 * @typedef {object} Subject
 * @property {string} path
 * @property {string} kept under which name what is not saved is kept
 * @property {(changed: () => void) => Form} form
 * @property {(thing: T) => Values} valuesOf
 * @property {(values: Values, names: string[]) => Record<string, unknown>} bodyOf
 * @property {(what: string) => string} conflict
 * @property {HTMLElement} aside
 * @property {(form: Form) => void} [drawn] the fields hold something else now
 * @property {(form: Form, thing: T) => void} [figures] show what was used of its limits
 */

/**
 * Settings as somebody edits them. What is not saved is kept in this browser.
 * @template {{rev: number}} T
 */
export class Editing {
  #context;
  #subject;
  #thing;
  #took;
  #form;
  #notice = h("p", { class: "sure", role: "status", hidden: true });
  #state = h("span", { role: "status", class: "presence" });
  #save = h("button", { class: "primary" }, texts.save);
  #discard = h("button", { type: "button", class: "quiet" }, texts.discard);
  /** @type {StoredValue<any>} */
  #kept;

  /**
   * @param {Context} context
   * @param {Subject<T>} subject
   * @param {T} thing
   * @param {(thing: T) => void} took the server has it like that now
   */
  constructor(context, subject, thing, took) {
    this.#context = context;
    this.#subject = subject;
    this.#thing = thing;
    this.#took = took;
    this.#kept = context.drafts.of(subject.kept);
    this.#form = subject.form(() => this.#edited());
    this.#discard.onclick = () => this.discard();
    const bar = h("div", { class: "save-bar" }, this.#state, this.#discard, this.#save);
    const form = h("form", { novalidate: true }, this.#form.element, bar);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.save();
    };
    const edited = h("div", {}, this.#notice, form);
    this.element = h("div", { class: "editing" }, edited, subject.aside);
    this.#begin();
  }

  /** Whether something is not saved. */
  get isChanged() {
    return this.#changes.length > 0;
  }

  get #changes() {
    return differing(this.#subject.valuesOf(this.#thing), this.#form.values);
  }

  /** @returns {Promise<boolean>} whether all is saved now */
  async save() {
    const names = this.#changes;
    if (names.length === 0) return true;
    this.#save.disabled = true;
    const body = { rev: this.#thing.rev, ...this.#subject.bodyOf(this.#form.values, names) };
    try {
      const { client } = this.#context;
      const saved = await client.call(this.#subject.path, { method: "PATCH", body });
      this.take(saved, false);
      this.#tell("");
      say(this.#state, texts.saved);
      this.#subject.figures?.(this.#form, this.#thing);
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
    this.#form.show(this.#subject.valuesOf(this.#thing));
    this.#tell("");
    this.#draw();
  }

  /** The server has it like this now. @param {T} thing @param {boolean} [keep] one's own changes */
  take(thing, keep = true) {
    const { values } = this.#form;
    const own = keep ? this.#changes : [];
    this.#thing = thing;
    this.#form.show({ ...this.#subject.valuesOf(thing), ...among(values, own) });
    this.#edited();
    this.#took(thing);
  }

  #begin() {
    /** @type {Kept | null} */
    const kept = this.#kept.read();
    const now = this.#subject.valuesOf(this.#thing);
    this.#form.show({ ...now, ...kept?.values });
    if (kept && this.isChanged) {
      const newer = kept.rev !== this.#thing.rev;
      this.#tell(newer ? this.#subject.conflict(texts.other) : texts.kept);
    }
    this.#draw();
    this.#subject.figures?.(this.#form, this.#thing);
  }

  #edited() {
    const names = this.#changes;
    const values = among(this.#form.values, names);
    this.#kept.write(names.length ? { rev: this.#thing.rev, values } : null);
    this.#draw();
  }

  #draw() {
    const changed = this.isChanged;
    this.element.classList.toggle("changed", changed);
    say(this.#state, changed ? texts.unsaved : "");
    this.#discard.hidden = !changed;
    this.#save.hidden = !changed;
    this.#subject.drawn?.(this.#form);
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
    const { valuesOf, path, conflict } = this.#subject;
    const before = valuesOf(this.#thing);
    try {
      const thing = await this.#context.client.call(path);
      const theirs = differing(before, valuesOf(thing)).map((name) => this.#form.labelOf(name));
      this.take(thing);
      this.#tell(conflict([...new Set(theirs)].join(", ") || texts.other));
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

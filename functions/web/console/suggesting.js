// @ts-check
import { isComposing } from "../view/composer.js";
import { h, set } from "../view/dom.js";

export const MOST = 6;

/**
 * @template T
 * @typedef {object} Suggestions
 * @property {string} name as ids have it
 * @property {string} title
 * @property {RegExp} begun what before the caret opens the list; its first group is looked for
 * @property {(wanted: string) => T[]} find
 * @property {(one: T) => (Node | string)[]} draw
 * @property {(one: T) => string} text what is written for it, with its sign
 * @property {(one: T) => void} [written]
 */

/** The list that opens while one writes a sign, such as `@`. @template T */
export class Suggesting {
  #field;
  #of;
  /** @type {T[]} */
  #found = [];
  #active = 0;
  element;

  /**
   * @param {HTMLTextAreaElement} field
   * @param {Suggestions<T>} of
   */
  constructor(field, of) {
    this.#field = field;
    this.#of = of;
    const { name, title } = of;
    const list = { class: "naming", id: name, role: "listbox", "aria-label": title, hidden: true };
    this.element = h("ul", list);
    set(field, "aria-autocomplete", "list");
    set(field, "aria-controls", name);
    field.addEventListener("input", () => this.look());
    field.addEventListener("blur", () => this.#show([]));
    // Before the field's own keys: Enter chooses, and does not send.
    field.addEventListener("keydown", (event) => this.#key(event), { capture: true });
  }

  /** Look for what the text before the caret may mean. */
  look() {
    const begun = this.#begun;
    this.#show(begun === null ? [] : this.#of.find(begun.toLowerCase()).slice(0, MOST));
  }

  /** What follows the sign before the caret. */
  get #begun() {
    const { value, selectionStart } = this.#field;
    return this.#of.begun.exec(value.slice(0, selectionStart))?.[1] ?? null;
  }

  /** @param {T[]} found */
  #show(found) {
    this.#found = found;
    this.#active = 0;
    this.element.hidden = found.length === 0;
    this.element.replaceChildren(...found.map((one, at) => this.#option(one, at)));
    this.#mark();
  }

  /** @param {T} one @param {number} at */
  #option(one, at) {
    const id = `${this.#of.name}-${at}`;
    const option = h("li", { role: "option", id }, ...this.#of.draw(one));
    // The field keeps the keyboard.
    option.onmousedown = (event) => {
      event.preventDefault();
      this.#choose(at);
    };
    return option;
  }

  #mark() {
    for (const [at, option] of [...this.element.children].entries()) {
      set(option, "aria-selected", String(at === this.#active));
    }
    const active = this.element.hidden ? null : `${this.#of.name}-${this.#active}`;
    set(this.#field, "aria-activedescendant", active);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (this.element.hidden || isComposing(event)) return;
    const { length } = this.#found;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.#active = (this.#active + step + length) % length;
    else if (event.key === "Enter" || event.key === "Tab") this.#choose(this.#active);
    else if (event.key === "Escape") this.#show([]);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.#mark();
  }

  /** @param {number} at */
  #choose(at) {
    const one = this.#found[at];
    const begun = this.#begun;
    if (one === undefined || begun === null) return;
    const { selectionStart: end } = this.#field;
    this.#field.setRangeText(this.#of.text(one), end - begun.length - 1, end, "end");
    this.#field.dispatchEvent(new Event("input"));
    this.#of.written?.(one);
  }
}

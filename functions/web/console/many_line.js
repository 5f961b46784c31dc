// @ts-check
import { h } from "../view/dom.js";
import { attempt } from "./failing.js";
import { load } from "./later.js";
/** @import { Context } from "./context.js" */
/** @import { Selection } from "./selection.js" */

/** What can be done to the chats that are selected. It is loaded when somebody selects one. */
export class ManyLine {
  element = h("div", { class: "many", hidden: true });
  #context;
  #selection;
  /** @type {Promise<import("./many.js").Many> | undefined} */
  #bar;
  /** It could not be loaded, and is not tried again while the same chats are selected. */
  #failed = false;
  #list;

  /**
   * @param {Context} context
   * @param {Selection} selection
   * @param {import("./list.js").List} list
   */
  constructor(context, selection, list) {
    this.#context = context;
    this.#selection = selection;
    this.#list = list;
  }

  /** Chats are selected. */
  get selects() {
    return this.#selection.ids.size > 0;
  }

  /** The keyboard is in the list. */
  get lists() {
    return this.#list.focused;
  }

  /** Select the chat that the keyboard is at, or take it out again. */
  pick() {
    if (this.#list.active) this.#selection.toggle(this.#list.active);
  }

  draw() {
    this.#selection.settle();
    const some = this.selects;
    if (!some && this.element.contains(document.activeElement)) this.#list.focusShown();
    this.element.hidden = !some;
    if (!some) this.#failed = false;
    if ((some || this.#bar) && !this.#failed)
      void attempt(this.#context, async () => (await this.#load()).draw());
  }

  /** @param {Record<string, unknown>} act */
  async run(act) {
    await attempt(this.#context, async () => (await this.#load()).run(act));
  }

  #load() {
    this.#bar ??= load("many_bar.js").then(({ Many }) => {
      /** @type {import("./many.js").Many} */
      const bar = new Many(this.#context, this.#selection);
      this.element.replaceChildren(...bar.elements);
      return bar;
    });
    this.#bar.catch(() => {
      this.#failed = true;
      this.#bar = undefined;
    });
    return this.#bar;
  }
}

// @ts-check
import { h, icon, set } from "../view/dom.js";
import { attempt } from "./failing.js";
import { FILTERS } from "./filters.js";
import { follow } from "./follow.js";
import { load } from "./later.js";
import { notifyButton } from "./notify.js";
import { sayCount, texts } from "./texts.js";
/** @import { Context } from "./context.js" */
/** @import { Filter } from "./texts.js" */

const SEARCH_AFTER = 250;

/**
 * @typedef {object} FinderEvents
 * @property {(filter: Filter, query: string) => Promise<void>} look other chats are wanted
 * @property {() => void} down from the field to the chats
 * @property {(filter: Filter) => string} href
 * @property {() => void} save keep what the list shows as a view
 *
 * @typedef {object} AskedText what is searched for, as it is typed
 * @property {() => string} query
 * @property {(query: string) => void} change
 * @property {() => void} save
 */

/** Which chats the list shows: the words searched for, and a filter. */
export class Finder {
  /** @type {Filter} */
  #filter = "open";
  /** A search looks everywhere; this is where it began. */
  #widened = false;
  #shown = "";
  #events;
  #context;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typed;
  /** Lets the fields that narrow the search show it as it is. */
  #showFields = () => {};
  #waiting = h("span", { class: "n" });
  #field = h("input", {
    type: "search",
    "aria-label": texts.search,
    placeholder: texts.search,
    maxlength: "200",
    autocomplete: "off",
    oninput: () => this.#typing(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => void this.#key(event),
  });
  #views;
  #narrow = h(
    "button",
    {
      type: "button",
      class: "bare narrow",
      "aria-expanded": "false",
      onclick: () => this.filters(),
    },
    texts.narrow,
  );
  /** What narrows a search stands here once somebody wants it. */
  bar = h("div", { class: "narrowing", hidden: true });
  search = h("div", { class: "finder" }, icon("search"), this.#field, this.#narrow);

  /** @param {Context} context @param {FinderEvents} events */
  constructor(context, events) {
    this.#context = context;
    this.#events = events;
    this.#views = new Map(FILTERS.map((filter) => [filter, this.#view(filter)]));
    const label = { class: "views", "aria-label": texts.filterBy };
    this.views = h("nav", label, ...this.#views.values());
  }

  focus() {
    this.#field.focus();
  }

  /** What the list shows. @param {Filter} filter @param {string} query */
  show(filter, query) {
    this.#filter = filter;
    this.#shown = query;
    if (this.#query !== query) {
      clearTimeout(this.#typed);
      // It comes from the address, and not from the field.
      this.#field.value = query;
      this.#widened = Boolean(query) && filter === "all";
    }
    this.#showFields();
    for (const [name, view] of this.#views) {
      set(view, "aria-current", name === filter ? "page" : null);
    }
  }

  /** Search now for what was typed just now. */
  async settle() {
    if (this.#query !== this.#shown) await this.#search();
  }

  /** Show what narrows a search, or hide it again. */
  filters() {
    this.bar.hidden = !this.bar.hidden;
    set(this.#narrow, "aria-expanded", String(!this.bar.hidden));
    if (this.bar.hidden) this.focus();
    else void this.#narrowing();
  }

  async #narrowing() {
    const context = this.#context;
    const made = await attempt(context, () => load("search_bar.js"));
    const show = await made?.narrow(context, this.bar, {
      query: () => this.#query,
      change: (/** @type {string} */ query) => {
        this.#field.value = query;
        void this.#search();
      },
      save: () => this.#events.save(),
    });
    if (show) this.#showFields = show;
  }

  /** How many chats wait, as a text. @param {string} waiting */
  count(waiting) {
    sayCount(this.#waiting, waiting);
  }

  #typing() {
    clearTimeout(this.#typed);
    this.#typed = setTimeout(() => void this.#search(), SEARCH_AFTER);
  }

  async #search() {
    clearTimeout(this.#typed);
    const query = this.#query;
    const before = this.#filter;
    if (query && before === "open") this.#widened = true;
    const filter = !this.#widened ? before : query ? "all" : "open";
    if (!query) this.#widened = false;
    await this.#events.look(filter, query);
  }

  /** @param {KeyboardEvent} event */
  async #key(event) {
    if (event.isComposing || !["Enter", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") await this.#search();
    this.#events.down();
  }

  get #query() {
    return this.#field.value.trim();
  }

  /** @param {Filter} filter */
  #view(filter) {
    const count = filter === "waiting" && this.#waiting;
    const view = h("a", { href: this.#events.href(filter) }, texts.filters[filter], count);
    follow(view, () => {
      clearTimeout(this.#typed);
      this.#widened = false;
      void this.#events.look(filter, this.#query);
    });
    return view;
  }
}

/** What stands above the chats. @param {Context} context @param {Finder} finder */
export const inboxHead = ({ alerts }, finder) =>
  h(
    "div",
    { class: "head", role: "search", "aria-label": texts.search },
    h("div", { class: "title" }, h("h1", {}, texts.inbox), notifyButton(alerts)),
    finder.search,
    finder.bar,
  );

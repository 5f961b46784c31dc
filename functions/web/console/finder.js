// @ts-check
import { h, icon, set } from "../view/dom.js";
import { FILTERS, texts } from "./texts.js";
/** @import { Filter } from "./texts.js" */

const SEARCH_AFTER = 250;

/**
 * @typedef {object} FinderEvents
 * @property {(filter: Filter, query: string) => Promise<void>} look other chats are wanted
 * @property {() => void} down from the field to the chats
 */

/** Which chats the list shows: the words searched for, and a filter. */
export class Finder {
  /** @type {Filter} */
  #filter = "open";
  /** A search looks everywhere; this is where it began. */
  #widened = false;
  #events;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typed;
  #waiting = h("span", { class: "n" });
  #field = h("input", {
    type: "search",
    "aria-label": texts.search,
    placeholder: texts.search,
    autocomplete: "off",
    oninput: () => this.#typing(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => void this.#key(event),
  });
  #tabs = new Map(FILTERS.map((filter) => [filter, this.#tab(filter)]));
  search = h("div", { class: "finder" }, icon("search"), this.#field);
  tabs = h(
    "div",
    { class: "tabs", role: "group", "aria-label": texts.filterBy },
    ...this.#tabs.values(),
  );

  /** @param {FinderEvents} events */
  constructor(events) {
    this.#events = events;
  }

  focus() {
    this.#field.focus();
  }

  /** @param {Filter} filter */
  show(filter) {
    this.#filter = filter;
    for (const [name, tab] of this.#tabs) set(tab, "aria-pressed", String(name === filter));
  }

  /** How many chats wait, as a text. @param {string} waiting */
  count(waiting) {
    if (this.#waiting.textContent !== (waiting && `, ${waiting}`)) {
      this.#waiting.replaceChildren(waiting && h("span", { class: "spoken" }, ", "), waiting);
    }
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
  #tab(filter) {
    const label = texts.filters[filter];
    const count = filter === "waiting" && this.#waiting;
    const button = h("button", { type: "button" }, label, count);
    button.onclick = () => {
      clearTimeout(this.#typed);
      this.#widened = false;
      void this.#events.look(filter, this.#query);
    };
    return button;
  }
}

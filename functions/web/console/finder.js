// @ts-check
import { h, icon, say, set } from "../view/dom.js";
import { FILTERS, texts } from "./texts.js";
/** @import { Filter } from "./texts.js" */

const SEARCH_AFTER = 250;

/** Which chats the list shows: the words searched for, and a filter. */
export class Finder {
  /** @type {Filter} */
  #filter = "open";
  /** A search looks everywhere; this is where it began. */
  #widened = false;
  #look;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typed;
  #waiting = h("span", { class: "n" });
  #field = h("input", {
    type: "search",
    "aria-label": texts.search,
    placeholder: texts.search,
    autocomplete: "off",
    oninput: () => this.#search(),
  });
  #tabs = new Map(FILTERS.map((filter) => [filter, this.#tab(filter)]));
  search = h("div", { class: "finder" }, icon("search"), this.#field);
  tabs = h(
    "div",
    { class: "tabs", role: "group", "aria-label": texts.filterBy },
    ...this.#tabs.values(),
  );

  /** @param {(filter: Filter, query: string) => void} look other chats are wanted */
  constructor(look) {
    this.#look = look;
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
    say(this.#waiting, waiting);
  }

  #search() {
    clearTimeout(this.#typed);
    this.#typed = setTimeout(() => {
      const query = this.#query;
      const before = this.#filter;
      if (query && before === "open") this.#widened = true;
      const filter = !this.#widened ? before : query ? "all" : "open";
      if (!query) this.#widened = false;
      this.#look(filter, query);
    }, SEARCH_AFTER);
  }

  get #query() {
    return this.#field.value.trim();
  }

  /** @param {Filter} filter */
  #tab(filter) {
    const label = texts.filters[filter];
    const button = h("button", { type: "button" }, label, filter === "waiting" && this.#waiting);
    button.onclick = () => {
      clearTimeout(this.#typed);
      this.#widened = false;
      this.#look(filter, this.#query);
    };
    return button;
  }
}

// @ts-check
import { h, icon, say, set } from "../view/dom.js";
import { shown } from "./commands.js";
import { Keyed } from "./keyed.js";
import { nameOf, texts } from "./texts.js";
/** @import { Commands } from "./commands.js" */
/** @import { Context } from "./context.js" */
/** @import { ChatSummary } from "../client/types.js" */

const SEARCH_AFTER = 200;
const MOST = 8;
// One character finds everything.
const LEAST = 2;

/**
 * @typedef {object} Choice
 * @property {string} id
 * @property {string} title
 * @property {string} more its keys, or what else there is to say
 * @property {() => void} run
 */

/** Everything in one field: what can be done, every view, and every chat. */
export class Palette {
  #context;
  #commands;
  #known;
  #field = h("input", {
    ...{ type: "text", role: "combobox", "aria-expanded": "true", "aria-autocomplete": "list" },
    ...{ "aria-controls": "choices", autocomplete: "off", spellcheck: "false" },
    ...{ "aria-label": texts.palette, placeholder: texts.palette },
    oninput: () => this.#typed(),
    onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
  });
  #list = h("ul", { id: "choices", role: "listbox", "aria-label": texts.palette });
  #none = h("p", { class: "none", role: "status" });
  /** @type {Choice[]} */
  #choices = [];
  #active = 0;
  /** Chats that the server found for these words. @type {ChatSummary[]} */
  #found = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #asking;
  #keyed = new Keyed(
    this.#list,
    (/** @type {Choice} */ choice) => choice.id,
    (choice) => this.#make(choice),
  );

  /**
   * @param {Context} context
   * @param {() => ChatSummary[]} known the chats that are listed
   */
  constructor(context, known) {
    this.#context = context;
    this.#commands = /** @type {Commands} */ (context.commands);
    this.#known = known;
    this.element = h(
      "dialog",
      { class: "palette", "aria-label": texts.palette },
      h("div", { class: "ask" }, icon("search"), this.#field),
      this.#list,
      this.#none,
    );
    // A click beside it.
    this.element.onclick = ({ target }) => target === this.element && this.element.close();
  }

  open() {
    this.#field.value = "";
    this.#found = [];
    this.#active = 0;
    this.#show();
    this.element.showModal();
    this.#field.focus();
  }

  get #words() {
    return this.#field.value.trim().toLocaleLowerCase().split(/\s+/).filter(Boolean);
  }

  #typed() {
    this.#active = 0;
    this.#show();
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => void this.#ask(), SEARCH_AFTER);
  }

  /** The list holds a part of the chats; the server knows all. */
  async #ask() {
    const q = this.#field.value.trim();
    if (q.length < LEAST) return;
    const { client, failed } = this.#context;
    try {
      const parts = ["open", "snoozed", "closed"].map((filter) =>
        client.chats({ filter, q, limit: MOST }),
      );
      const pages = await Promise.all(parts);
      if (q !== this.#field.value.trim()) return;
      this.#found = pages.flatMap((page) => page.chats);
      this.#context.learn(this.#found);
      this.#show();
    } catch {
      failed(texts.unreachable);
    }
  }

  #show() {
    const words = this.#words;
    const fits = (/** @type {string} */ text) => {
      const lower = text.toLocaleLowerCase();
      return words.every((word) => lower.includes(word));
    };
    const commands = this.#commands.possible.filter((one) => fits(one.title));
    this.#choices = [
      ...commands.map((one) => ({
        ...{ id: one.id ?? `do ${one.title}`, title: one.title, run: one.run },
        more: one.keys ? shown(one.keys, texts) : "",
      })),
      ...(words.length > 0 ? this.#chats(fits) : []),
    ];
    this.#keyed.show(this.#choices);
    say(this.#none, this.#choices.length === 0 ? texts.nothingFits : "");
    this.#mark(this.#active);
  }

  /** @param {(text: string) => boolean} fits @returns {Choice[]} */
  #chats(fits) {
    const near = this.#known().filter((chat) => fits(nameOf(chat)));
    const all = new Map([...near.slice(0, MOST), ...this.#found].map((one) => [one.chat_id, one]));
    return [...all.values()].slice(0, 2 * MOST).map((chat) => ({
      ...{ id: `chat ${chat.chat_id}`, title: nameOf(chat), more: texts.chat },
      run: () => this.#context.choose(chat.chat_id),
    }));
  }

  /** @param {Choice} choice */
  #make({ id, title, more }) {
    const option = h(
      "li",
      { role: "option", id: `choice-${encodeURIComponent(id)}` },
      h("bdi", { class: "title" }, title),
      more && h("span", { class: "keys" }, more),
    );
    option.onclick = () => this.#run(this.#choices.findIndex((one) => one.id === id));
    return option;
  }

  /** @param {number} at */
  #mark(at) {
    this.#active = at;
    for (const [n, choice] of this.#choices.entries()) {
      const option = this.#keyed.of(choice.id);
      if (!option) continue;
      set(option, "aria-selected", String(n === at));
      if (n !== at) continue;
      set(this.#field, "aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    }
    if (this.#choices.length === 0) set(this.#field, "aria-activedescendant", null);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const last = this.#choices.length - 1;
    /** @type {Record<string, number>} */
    const to = { ArrowDown: this.#active + 1, ArrowUp: this.#active - 1, Home: 0, End: last };
    const wanted = to[event.key];
    if (wanted === undefined && event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Enter") this.#run(this.#active);
    else this.#mark((wanted + last + 1) % (last + 1 || 1));
  }

  /** @param {number} at */
  #run(at) {
    const choice = this.#choices[at];
    if (!choice) return;
    this.element.close();
    choice.run();
  }
}

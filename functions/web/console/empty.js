// @ts-check
import { h, icon, say } from "../view/dom.js";
import { taughtLine } from "./taught.js";
import { texts } from "./texts.js";
/** @import { Commands } from "./commands.js" */
/** @import { Filter } from "./texts.js" */
/** @import { Inbox } from "./inbox.js" */

/**
 * @typedef {object} EmptyActs
 * @property {() => void} again load the chats once more
 * @property {(view: Filter) => void} look show another view
 * @property {import("./first_steps.js").FirstSteps | null} steps how the first chat comes about
 */

/** What stands in place of a list without chats, with what one can do then. */
export class Empty {
  element = h("div", { class: "empty", hidden: true });
  /** The first steps stand here. */
  guides = false;
  #acts;
  #shown = "";

  /** @param {EmptyActs} acts */
  constructor(acts) {
    this.#acts = acts;
  }

  /**
   * @param {Inbox} inbox
   * @param {boolean} failed the chats could not be loaded
   * @param {boolean} waits there are chats that wait
   */
  show({ entries, cursor, query, filter, chats, missing }, failed, waits) {
    // A page may be empty, and still have a next one.
    this.element.hidden = entries.length > 0 || (cursor !== null && !failed);
    const none = chats.size === 0 && !query && (filter === "open" || filter === "all");
    this.guides = none && !failed && !this.element.hidden;
    const lacks = missing.map(({ kind, name }) => texts.missing[kind](name)).join(" ");
    const state = failed ? "failed" : `${query ? "search" : filter} ${none} ${waits} ${lacks}`;
    if (this.element.hidden || this.#shown === state) return;
    this.#shown = state;
    if (failed) this.element.replaceChildren(...this.#failure());
    else if (lacks) this.element.replaceChildren(icon("search"), h("p", {}, lacks));
    else this.element.replaceChildren(...this.#nothing(query ? "search" : filter, none, waits));
  }

  #failure() {
    const again = button(texts.again, this.#acts.again);
    return [h("p", {}, texts.loadFailed), again];
  }

  /**
   * @param {Filter | "search"} what
   * @param {boolean} none there was never a chat
   * @param {boolean} waits
   */
  #nothing(what, none, waits) {
    const [title, more] = texts.empty[what] ?? [];
    const { look } = this.#acts;
    const to = what === "waiting" ? "open" : what === "mine" && waits ? "waiting" : "";
    return [
      icon(what === "search" ? "search" : "chat"),
      h("h2", {}, title),
      h("p", {}, more),
      ...(none ? this.#start() : []),
      ...(to ? [button(texts.show[to], () => look(to))] : []),
    ];
  }

  #start() {
    const { steps } = this.#acts;
    if (!steps) return [];
    void steps.load();
    return [steps.element];
  }
}

/** @param {string} label @param {() => void} onclick */
const button = (label, onclick) => h("button", { type: "button", class: "quiet", onclick }, label);

// What a newcomer needs first.
const TAUGHT = ["Mod+K", "Alt+N", "/", "?"];

/**
 * What stands in place of a conversation while no chat is chosen.
 * @param {() => void} longest open the chat that waits longest
 */
export function prompt(longest) {
  const next = button(texts.openLongest, longest);
  next.className = "primary";
  const keys = h("dl", { class: "taught" });
  const title = h("h2", {});
  const more = h("p", {});
  const element = h("div", { class: "nothing" }, icon("chat"), title, more, next, keys);
  return {
    element,
    /**
     * @param {boolean} waits somebody does
     * @param {boolean} none there is no chat to choose
     * @param {Commands} commands
     */
    draw(waits, none, commands) {
      next.hidden = !waits;
      say(title, none ? texts.ready : texts.choose);
      say(more, none ? texts.readyMore : texts.chooseMore);
      if (!keys.firstChild) keys.append(...teach(commands));
    },
  };
}

/** @param {Commands} commands */
const teach = ({ taught }) =>
  TAUGHT.flatMap((keys) => {
    const does = taught.find((one) => one.keys === keys)?.title;
    return does ? [taughtLine(keys, does)] : [];
  });

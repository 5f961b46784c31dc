// @ts-check
import { h, icon } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { Inbox } from "./inbox.js" */

/** What stands in place of a list without chats. */
export class Empty {
  element = h("div", { class: "empty", hidden: true });
  #again;

  /** @param {() => void} again load the chats once more */
  constructor(again) {
    this.#again = again;
  }

  /**
   * @param {Inbox} inbox
   * @param {boolean} failed the chats could not be loaded
   */
  show({ entries, cursor, query, filter }, failed) {
    this.element.hidden = entries.length > 0 || (cursor === undefined && !failed);
    if (this.element.hidden) return;
    if (failed) return this.#showFailure();
    const [title, more] = texts.empty[query ? "search" : filter] ?? [];
    if (this.element.textContent === `${title}${more}`) return;
    this.element.replaceChildren(h("h2", {}, title), h("p", {}, more));
  }

  #showFailure() {
    if (this.element.querySelector("button")) return;
    const again = h("button", { type: "button", onclick: this.#again }, texts.again);
    this.element.replaceChildren(h("p", {}, texts.loadFailed), again);
  }
}

/** What stands in place of a conversation while no chat is chosen. */
export const prompt = () =>
  h(
    "div",
    { class: "nothing" },
    icon("chat"),
    h("h2", {}, texts.choose),
    h("p", {}, texts.chooseMore),
  );

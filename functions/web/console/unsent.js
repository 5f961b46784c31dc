// @ts-check
import { h, say } from "../view/dom.js";
import { texts } from "./texts.js";
/** @import { Outboxes } from "../client/outboxes.js" */

/** Says what is not sent in all chats, since the list may not show the chat that it is in. */
export class UnsentLine {
  #outboxes;
  /** The chat to open. */
  #first = "";
  element = h("button", { type: "button", class: "unsent-line", hidden: true });

  /**
   * @param {Outboxes} outboxes
   * @param {(id: string) => void} choose
   */
  constructor(outboxes, choose) {
    this.#outboxes = outboxes;
    this.element.onclick = () => choose(this.#first);
  }

  draw() {
    const late = this.#outboxes.chats.filter((id) => this.#outboxes.count(id) > 0);
    this.#first = late[0] ?? "";
    this.element.hidden = late.length === 0;
    const count = late.reduce((sum, id) => sum + this.#outboxes.count(id), 0);
    say(this.element, count ? texts.unsentN(count) : "");
  }
}

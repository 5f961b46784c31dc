// @ts-check
import { h } from "../view/dom.js";
import { ConversationPanel } from "./conversation.js";
import { prompt } from "./empty.js";
import { Route } from "./route.js";
import { texts } from "./texts.js";
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Drafts } from "./drafts.js" */
/** @import { Inbox } from "./inbox.js" */

/**
 * @typedef {object} SideEvents
 * @property {() => void} changed
 * @property {(id: string) => void} chosen another chat is open; empty: none
 * @property {(chat: ChatSummary) => (() => void)} closing the open chat is being closed; what to
 *   do then, if it is still open here
 * @property {(why: string) => void} failed
 */

/** The side of the open chat: which one it is, and its address. */
export class Side {
  element = h("main", { class: "side", "aria-label": texts.openChat }, prompt());
  /** @type {ConversationPanel | null} */
  conversation = null;
  /** @type {import("../client/open_chat.js").OpenChat | null} */
  #opened = null;
  /** The chat that is to be opened once it is known. */
  #wanted = "";
  #client;
  #inbox;
  #me;
  #format;
  #drafts;
  #events;
  #route;

  /**
   * @param {{client: ManagerClient, inbox: Inbox, me: string, drafts: Drafts,
   *   format: import("../view/format.js").Format}} parts
   * @param {SideEvents} events
   */
  constructor({ client, inbox, me, drafts, format }, events) {
    this.#client = client;
    this.#inbox = inbox;
    this.#me = me;
    this.#drafts = drafts;
    this.#format = format;
    this.#events = events;
    this.#route = new Route((id) => (id ? this.choose(id) : this.#leave()));
  }

  get chatId() {
    return this.#opened?.chat.chatId ?? "";
  }

  /** Open the chat in the page's address, if there is one. */
  begin() {
    if (this.#route.chat && !this.#opened) this.choose(this.#route.chat);
  }

  /** Open a chat. @param {string} id */
  choose(id) {
    this.#wanted = id;
    const summary = this.#inbox.chats.get(id);
    if (!summary || summary.stub) return void this.#find(id);
    if (this.chatId === id) return this.conversation?.composer.focus();
    this.#show(summary);
    this.#route.opened(id);
    const hit = this.#inbox.query ? this.#inbox.hits.get(id) : undefined;
    if (hit) void this.conversation?.reveal(hit.seq);
    this.#events.chosen(id);
    this.conversation?.composer.focus();
    this.#events.changed();
  }

  /** Go back to the list. */
  leave() {
    this.#leave();
    this.#route.left();
  }

  /** @param {ChatSummary} summary */
  #show(summary) {
    if (this.#opened) this.#client.leave(this.#opened);
    const opened = this.#client.open(summary, this.#events.changed);
    this.#opened = opened;
    const draft = this.#drafts.of(summary.chat_id);
    const parts = /** @type {const} */ ([this.#me, this.#format, draft, this.#inbox.presence]);
    this.conversation = new ConversationPanel(this.#client, opened, ...parts, {
      back: () => this.leave(),
      learned: (learned) => {
        this.#inbox.learn([learned]);
        this.#events.changed();
      },
      closing: () => {
        const done = this.#events.closing(summary);
        return () => this.#opened === opened && done();
      },
      failed: this.#events.failed,
    });
    this.element.replaceChildren(this.conversation.element);
  }

  /** A chat that the list has not loaded. @param {string} id */
  async #find(id) {
    try {
      const { chats } = await this.#client.named([id]);
      this.#inbox.learn(chats);
      if (this.#wanted !== id) return;
      if (chats.length > 0) return this.choose(id);
      this.#events.failed(texts.noSuchChat);
      this.#route.left();
    } catch {
      // The address stays, and is opened when the server is there.
      if (this.#wanted === id) this.#events.failed(texts.unreachable);
    }
  }

  #leave() {
    this.#wanted = "";
    if (this.#opened) this.#client.leave(this.#opened);
    this.#opened = null;
    this.conversation = null;
    this.element.replaceChildren(prompt());
    this.#events.chosen("");
    this.#events.changed();
  }
}

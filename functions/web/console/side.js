// @ts-check
import { h } from "../view/dom.js";
import { ConversationPanel } from "./conversation.js";
import { prompt } from "./empty.js";
import { texts } from "./texts.js";
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Context } from "./context.js" */
/** @import { Inbox } from "./inbox.js" */

// As in frame.css: the list and a chat do not stand side by side.
const NARROW = matchMedia("(max-width: 760px)");

/**
 * @typedef {object} SideEvents
 * @property {() => void} longest open the chat that waits longest
 * @property {() => void} details show or hide them where there is no column for them
 * @property {(id: string) => void} chosen another chat is open; empty: none
 * @property {() => (() => void)} closing the open chat is being closed; what to
 *   do then, if it is still open here
 */

/** The side of the open chat: which one it is, and its address. */
export class Side {
  #prompt = prompt(() => this.#events.longest());
  element = h("main", { class: "side", "aria-label": texts.openChat }, this.#prompt.element);
  /** @type {ConversationPanel | null} */
  conversation = null;
  /** @type {import("../client/open_chat.js").OpenChat | null} */
  #opened = null;
  /** The chat that is to be opened once it is known. */
  #wanted = "";
  #context;
  #inbox;
  #events;

  /**
   * @param {Context} context
   * @param {Inbox} inbox
   * @param {SideEvents} events
   */
  constructor(context, inbox, events) {
    this.#context = context;
    this.#inbox = inbox;
    this.#events = events;
  }

  get chatId() {
    return this.#opened?.chat.chatId ?? "";
  }

  /** Open the chat in the page's address, if there is one. */
  begin() {
    const { chat } = this.#context.route.place;
    if (chat && !this.#opened) this.choose(chat);
  }

  /** The address names another chat, or none. @param {string} id */
  moved(id) {
    if (id) this.choose(id);
    else if (this.#opened || this.#wanted) this.#leave();
  }

  /** Open a chat. @param {string} id */
  choose(id) {
    this.#wanted = id;
    const summary = this.#inbox.chats.get(id);
    if (!summary || summary.stub) return void this.#find(id);
    this.#context.route.opened(id);
    const there = this.chatId === id;
    if (!there) this.#show(summary);
    const hit = this.#inbox.query ? this.#inbox.hits.get(id) : undefined;
    if (hit) void this.conversation?.reveal(hit);
    if (there) return this.conversation?.composer.focus();
    this.#events.chosen(id);
    this.conversation?.composer.focus();
    this.#context.changed();
  }

  /** @param {boolean} lost the connection is @param {boolean} waits somebody does */
  draw(lost, waits) {
    this.conversation?.draw(lost);
    const { chats, cursor, query, filter } = this.#inbox;
    const loaded = cursor !== undefined && !query && (filter === "open" || filter === "all");
    this.#prompt.draw(waits, loaded && chats.size === 0, this.#context.commands);
  }

  /** Leave the chat if the manager may not see it any more. */
  seen() {
    if (!this.#opened || this.#inbox.chats.has(this.chatId)) return;
    this.leave();
    this.#context.failed(texts.lostSite);
  }

  /** Go back to the list. */
  leave() {
    this.#leave();
    this.#context.route.left();
  }

  /** Leave the open chat later, if it is open by then. @param {string} [next] go there */
  goOn(next) {
    const open = this.chatId;
    return () => {
      if (this.chatId !== open) return;
      if (next && !NARROW.matches) this.choose(next);
      else this.leave();
    };
  }

  /** @param {ChatSummary} summary */
  #show(summary) {
    const { client, changed, failed } = this.#context;
    if (this.#opened) client.leave(this.#opened);
    const opened = client.open(summary, changed);
    this.#opened = opened;
    this.conversation = new ConversationPanel(this.#context, opened, this.#inbox.presence, {
      back: () => this.leave(),
      details: this.#events.details,
      learned: (learned) => {
        this.#inbox.learn([learned]);
        changed();
      },
      closing: () => {
        const done = this.#events.closing();
        return () => this.#opened === opened && done();
      },
      failed,
    });
    this.element.replaceChildren(this.conversation.element);
  }

  /** A chat that the list has not loaded. @param {string} id */
  async #find(id) {
    try {
      const { chats } = await this.#context.client.named([id]);
      this.#inbox.learn(chats);
      if (this.#wanted !== id) return;
      if (chats.length > 0) return this.choose(id);
      this.#context.failed(texts.noSuchChat);
      this.#context.route.left();
    } catch {
      // The address stays, and is opened when the server is there.
      if (this.#wanted === id) this.#context.failed(texts.unreachable);
    }
  }

  #leave() {
    this.#wanted = "";
    if (this.#opened) this.#context.client.leave(this.#opened);
    this.#opened = null;
    this.conversation = null;
    this.element.replaceChildren(this.#prompt.element);
    this.#events.chosen("");
    this.#context.changed();
  }
}

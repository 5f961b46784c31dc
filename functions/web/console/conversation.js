// @ts-check
import { h, say, set } from "../view/dom.js";
import { lasting } from "../view/format.js";
import { Thread } from "../view/thread.js";
import { Card } from "./card.js";
import { writing } from "./colleagues.js";
import { Heading, hintLine, isOwn } from "./heading.js";
import { lookOf } from "./looks.js";
import { newerMark } from "./newer.js";
import { PANELS } from "./panels.js";
import { revealer } from "./reveal.js";
import { ageOf } from "./status.js";
import { calledBy, event, nameOf, texts, waitsFor, who } from "./texts.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Context } from "./context.js" */

/**
 * @typedef {object} ConversationEvents
 * @property {() => void} back
 * @property {() => void} details
 * @property {(summary: ChatSummary) => void} learned a call was answered with the chat as it is now
 * @property {() => (() => void)} closing the chat is being closed; what to do then
 * @property {(why: string) => void} failed
 */

/** The chat that is open: its messages, who answers, and what a manager can do about it. */
export class ConversationPanel {
  #client;
  /** All managers are one. */
  #shared;
  #undo;
  #opened;
  #me;
  #presence;
  #events;
  #heading;
  #between;
  #wait = h("p", { class: "wait", role: "status", hidden: true });
  #unloaded = h("p", { class: "unloaded", role: "status" });
  #again = h(
    "button",
    { type: "button", class: "quiet", onclick: () => void this.#opened.load() },
    texts.again,
  );
  #busy = false;
  /** It is to be closed once everything is sent. */
  #done = false;
  #loading = false;

  /**
   * @param {Context} context
   * @param {OpenChat} opened
   * @param {import("./presence.js").Presence} presence
   * @param {ConversationEvents} events
   */
  constructor(context, opened, presence, events) {
    this.#client = context.client;
    this.#shared = context.me.open;
    this.#undo = context.undo;
    this.#opened = opened;
    this.#me = context.me.id;
    this.#presence = presence;
    this.#events = events;
    this.thread = this.#makeThread(context);
    this.reveal = revealer(opened, this.thread);
    this.#between = PANELS.flatMap(({ between }) => (between ? [between(context, opened)] : []));
    this.composer = new Card(context, opened, {
      stop: () => this.stop(),
      sentAndDone: () => {
        this.#done = true;
        context.changed();
      },
      asked: () => {
        this.#done = false;
      },
    });
    this.#heading = new Heading({
      back: events.back,
      own: () => this.own(),
      close: () => this.close(),
      details: events.details,
    });
    this.element = h(
      "section",
      { class: "conversation" },
      this.#heading.element,
      this.#wait,
      h("div", { class: "unloaded" }, this.#unloaded, this.#again),
      this.thread.element,
      h("footer", {}, this.composer.element),
    );
  }

  /** @param {Context} context */
  #makeThread(context) {
    const { client, format } = context;
    const me = this.#me;
    const acts = PANELS.flatMap((one) => (one.acts ? [one.acts(context, this.#opened)] : []));
    return new Thread({
      mine: (message) => message.role !== "user",
      look: (message) => lookOf(message, me, this.#summary),
      texts: {
        ...texts,
        who: (one) => who(one, me, calledBy(this.#summary.visitor)),
        event: (one) => event(one, me, calledBy(this.#summary.visitor)),
        get waiting() {
          return client.socket.state === "refused" ? texts.waitingSignIn : texts.waiting;
        },
      },
      format,
      older: () => void this.#older(),
      again: (id) => this.#opened.outbox.again(id),
      discard: (id) => this.#opened.outbox.discard(id),
      acts: (message) => acts.flatMap((of) => of(message)),
      newer: (id) => newerMark(this.#opened, id, () => this.composer.reply),
    });
  }

  get #summary() {
    return /** @type {ChatSummary} */ (this.#opened.chat.summary);
  }

  /** @param {boolean} offline */
  draw(offline) {
    const { chat, outbox } = this.#opened;
    const { transcript } = chat;
    const summary = this.#summary;
    this.thread.show({
      messages: transcript.messages,
      beside: this.#between.flatMap((one) => one.items()),
      older: transcript.older,
      draft: transcript.draft,
      thinking: chat.thinking,
      typing: this.#typing(),
      unsent: outbox.unsent,
      seen: chat.seen("user"),
      offline,
    });
    const missing = this.#opened.failed ? texts.messagesFailed : texts.loading;
    say(this.#unloaded, transcript.begun ? "" : missing);
    this.#again.hidden = transcript.begun || !this.#opened.failed;
    const viewers = this.#client.viewers.of(chat.chatId);
    this.#heading.draw(summary, this.#me, this.#presence.of(summary), viewers);
    set(this.element, "aria-label", texts.conversationWith(nameOf(summary)));
    this.#showWait(summary);
    this.composer.draw(chat.pending, hintLine(summary, this.#me));
    if (this.thread.atEnd && !document.hidden) this.#opened.seen();
    // What was refused needs a look first.
    if (outbox.unsent.some((one) => one.state === "failed")) this.#done = false;
    if (this.#done && outbox.unsent.length === 0) this.#closeNow();
  }

  /** What was written is stored: the chat may rest. */
  #closeNow() {
    this.#done = false;
    if (this.#summary.status === "open") this.close();
  }

  #typing() {
    if (this.#opened.chat.types("user")) return texts.typing.user(calledBy(this.#summary.visitor));
    if (!this.#shared) return writing(this.#client.viewers.of(this.#opened.chat.chatId));
    return this.#opened.chat.types("manager") ? texts.typing.manager : "";
  }

  /** @param {ChatSummary} summary */
  #showWait(summary) {
    const since = summary.waiting_since;
    this.#wait.hidden = !since;
    this.#wait.dataset.age = since ? ageOf(since) : "";
    const what = waitsFor(summary, this.#me);
    say(this.#wait, since ? `${texts.waits(lasting(since))}: ${what}` : "");
  }

  /** Take over, or hand back. */
  own() {
    if (this.isOwn) this.handBack();
    else this.takeOver();
  }

  /** This manager answers here. */
  get isOwn() {
    return isOwn(this.#summary, this.#me);
  }

  get isOpen() {
    return this.#summary.status === "open";
  }

  /** An answer is being written, or will be. */
  get isPending() {
    return this.#opened.chat.pending;
  }

  /** The chat as the list knows it. */
  get summary() {
    return this.#summary;
  }

  takeOver() {
    void this.#act(this.#client.own(this.#opened.chat.chatId, "manager"));
    this.composer.focus();
  }

  handBack() {
    void this.#act(this.#client.own(this.#opened.chat.chatId, "assistant"));
  }

  /** Close, or reopen. */
  close() {
    const { chatId } = this.#opened.chat;
    if (!this.isOpen) return void this.#act(this.#client.setStatus(chatId, "open"));
    const said = texts.nowClosed(nameOf(this.#summary));
    const done = this.#events.closing();
    const made = this.#undo.change([chatId], { act: "close" }, () => said);
    void this.#act(
      made.then(([one]) => one?.chat ?? null),
      done,
    );
  }

  stop() {
    void this.#act(this.#client.stop(this.#opened.chat.chatId));
  }

  /**
   * @param {Promise<ChatSummary | null>} call null: why it failed is said already
   * @param {() => void} [done]
   */
  async #act(call, done = () => {}) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const summary = await call;
      if (!summary) return;
      this.#opened.chat.summarise(summary);
      this.#opened.chat.settle();
      this.#events.learned(summary);
      done();
    } catch (error) {
      this.#events.failed(
        error instanceof Error && error.message ? error.message : texts.unreachable,
      );
    } finally {
      this.#busy = false;
    }
  }

  async #older() {
    if (this.#loading) return;
    this.#loading = true;
    await this.#opened.older().catch(() => {});
    this.#loading = false;
  }
}

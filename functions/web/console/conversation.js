// @ts-check
import { Composer } from "../view/composer.js";
import { h, icon, say, set } from "../view/dom.js";
import { lasting } from "../view/format.js";
import { Thread } from "../view/thread.js";
import { ownerOf } from "./row.js";
import { calledBy, event, isVerified, nameOf, texts, waitsFor, who } from "./texts.js";
import { verifiedMark } from "./verified.js";
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { ChatSummary } from "../client/types.js" */

/**
 * @typedef {object} ConversationEvents
 * @property {() => void} back
 * @property {(summary: ChatSummary) => void} learned a call was answered with the chat as it is now
 * @property {() => (() => void)} closing the chat is being closed; what to do then
 * @property {(why: string) => void} failed
 */

/** The chat that is open: its messages, who answers, and what a manager can do about it. */
export class ConversationPanel {
  #client;
  #opened;
  #me;
  #presence;
  #events;
  #name = h("bdi", {});
  #verified = verifiedMark();
  #about = h("p", { class: "about" });
  #owner = h("button", { type: "button", onclick: () => this.own() });
  #status = h("button", { type: "button", class: "quiet", onclick: () => this.close() });
  #wait = h("p", { class: "wait", role: "status", hidden: true });
  #hint = h("p", { class: "hint" });
  #unloaded = h("p", { class: "unloaded", role: "status" });
  #again = h(
    "button",
    { type: "button", class: "quiet", onclick: () => void this.#opened.load() },
    texts.again,
  );
  #busy = false;
  #loading = false;

  /**
   * @param {ManagerClient} client
   * @param {OpenChat} opened
   * @param {string} me
   * @param {import("../view/format.js").Format} format
   * @param {import("../client/storage.js").StoredValue<string>} draft
   * @param {import("./presence.js").Presence} presence
   * @param {ConversationEvents} events
   */
  constructor(client, opened, me, format, draft, presence, events) {
    this.#client = client;
    this.#opened = opened;
    this.#me = me;
    this.#presence = presence;
    this.#events = events;
    this.thread = new Thread({
      mine: (message) => message.role !== "user",
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
      again: (id) => opened.outbox.again(id),
      discard: (id) => opened.outbox.discard(id),
    });
    this.composer = new Composer(texts, "", draft, {
      send: (text) => opened.send(text),
      typing: () => opened.typing(),
      stop: () => this.stop(),
    });
    const back = h(
      "button",
      { type: "button", class: "bare back", "aria-label": texts.back, onclick: events.back },
      icon("back"),
    );
    this.element = h(
      "section",
      { class: "conversation" },
      h(
        "header",
        {},
        back,
        h("div", { class: "names" }, h("h2", {}, this.#verified, this.#name), this.#about),
        h("div", { class: "acts" }, this.#owner, this.#status),
      ),
      this.#wait,
      h("div", { class: "unloaded" }, this.#unloaded, this.#again),
      this.thread.element,
      h("footer", {}, this.#hint, this.composer.element),
    );
  }

  /** Bring a message into view, and mark it. @param {number} seq */
  async reveal(seq) {
    await this.#opened.reach(seq).catch(() => {});
    // The next frame draws what was loaded.
    requestAnimationFrame(() => requestAnimationFrame(() => this.#mark(seq)));
  }

  /** @param {number} seq */
  #mark(seq) {
    const row = this.thread.element.querySelector(`[data-seq="${seq}"]`);
    row?.scrollIntoView({ block: "center" });
    row?.classList.add("found");
    // At once, so that the next drawing does not go back to the end.
    this.thread.scroller.dispatchEvent(new Event("scroll"));
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
    this.composer.showStop(chat.pending);
    say(this.#name, nameOf(summary));
    this.#verified.hidden = !isVerified(summary);
    set(this.element, "aria-label", texts.conversationWith(nameOf(summary)));
    say(this.#about, this.#aboutLine(summary));
    const owned = summary.owner === "manager" && summary.manager?.id === this.#me;
    say(this.#owner, owned ? texts.handBack : texts.takeOver);
    this.#owner.className = owned ? "quiet" : "primary";
    say(this.#status, summary.status === "open" ? texts.close : texts.reopen);
    this.#showWait(summary);
    say(this.#hint, this.#hintLine(summary, owned));
    if (this.thread.atEnd && !document.hidden) this.#opened.seen();
  }

  #typing() {
    if (this.#opened.chat.types("user")) return texts.typing.user(calledBy(this.#summary.visitor));
    return this.#opened.chat.types("manager") ? texts.typing.manager : "";
  }

  /** @param {ChatSummary} summary */
  #aboutLine(summary) {
    const { email, page_url: page } = summary.visitor;
    const parts = [
      this.#presence.of(summary) ? texts.online : texts.offline,
      ownerOf(summary, this.#me),
    ];
    if (summary.visitor.name && email) parts.push(email);
    if (page) parts.push(`${texts.on} ${page}`);
    return parts.join(" · ");
  }

  /** @param {ChatSummary} summary */
  #showWait(summary) {
    const since = summary.waiting_since;
    this.#wait.hidden = !since;
    const what = waitsFor(summary, this.#me);
    say(this.#wait, since ? `${texts.waits(lasting(since))}: ${what}` : "");
  }

  /**
   * @param {ChatSummary} summary
   * @param {boolean} owned
   */
  #hintLine(summary, owned) {
    if (owned || summary.status === "closed") return "";
    if (summary.owner === "assistant") return texts.takes;
    return summary.manager?.name ? texts.takesFrom(summary.manager.name) : "";
  }

  /** Take over, or hand back. */
  own() {
    const { owner, manager } = this.#summary;
    const owned = owner === "manager" && manager?.id === this.#me;
    if (owned) this.handBack();
    else this.takeOver();
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
    const next = this.#summary.status === "open" ? "closed" : "open";
    const done = next === "closed" ? this.#events.closing() : () => {};
    void this.#act(this.#client.setStatus(this.#opened.chat.chatId, next), done);
  }

  stop() {
    void this.#act(this.#client.stop(this.#opened.chat.chatId));
  }

  /**
   * @param {Promise<ChatSummary>} call
   * @param {() => void} [done]
   */
  async #act(call, done = () => {}) {
    if (this.#busy) return;
    this.#busy = true;
    try {
      const summary = await call;
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

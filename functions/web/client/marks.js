// @ts-check
/** @import { ChatSummary, Message, ReadMark } from "./types.js" */

/**
 * How far this manager has read, by chat. What is pushed is for all managers and does not say it:
 * lists do, and a frame of its own says what changed on another device.
 */
export class Marks {
  /** @type {Map<string, number>} */
  #read = new Map();
  /** What they wrote last, as far as it counts as read. @type {Map<string, number>} */
  #own = new Map();
  #me;
  #now;

  /** @param {{id: string, now: string}} [me] `now`: what began after it nobody has read before */
  constructor({ id, now } = { id: "", now: "" }) {
    this.#me = id;
    this.#now = Date.parse(now) || 0;
  }

  /** What a list says of a chat, and a push does not. @param {ChatSummary} summary */
  learn({ chat_id: id, read, last_message: last }) {
    if (last && read !== undefined) this.#own.set(id, last.seq);
    if (last) this.wrote(last);
    if (read !== undefined) this.forward(id, read);
    // What happens in a chat that is read is nothing to read.
    if (last?.kind === "event" && this.#read.get(id) === last.seq - 1) this.forward(id, last.seq);
  }

  /** Whoever writes has read what is above. @param {Message} message */
  wrote({ chat_id: id, seq, author, kind, broadcast_id: broadcast }) {
    if (author?.id !== this.#me || kind !== "text" || broadcast) return;
    // Once: it may be marked as unread after that.
    if (seq <= (this.#own.get(id) ?? 0)) return;
    this.#own.set(id, seq);
    this.forward(id, seq);
  }

  /** @param {string} id @param {number} seq */
  forward(id, seq) {
    this.#read.set(id, Math.max(seq, this.#read.get(id) ?? 0));
  }

  /** What the server says now; it may be less. @param {ReadMark} mark */
  set({ chat_id: id, seq }) {
    this.#read.set(id, seq);
  }

  /** How far a chat is read; undefined: a list has to say it.
   * @param {Pick<ChatSummary, "chat_id" | "created_at">} chat
   */
  of({ chat_id: id, created_at: began }) {
    return this.#read.get(id) ?? (Date.parse(began) >= this.#now ? 0 : undefined);
  }

  /** A list has come and did not say it. @param {ChatSummary} chat */
  assume(chat) {
    if (this.of(chat) === undefined) this.forward(chat.chat_id, chat.seen.manager);
  }

  /** How many messages of an open chat are not read. What happened last counts when more follows.
   * @param {ChatSummary} chat
   */
  unread(chat) {
    const { last_seq: last, last_message: top, status } = chat;
    if (status === "closed") return 0;
    const quiet = top?.seq === last && (top.kind === "event" || top.broadcast_id !== undefined);
    return Math.max(0, last - (this.of(chat) ?? last) - (quiet ? 1 : 0));
  }
}

// @ts-check
import { call } from "./http.js";
import { OpenChat } from "./open_chat.js";
import { newId } from "./outbox.js";
import { Socket } from "./socket.js";
/** @import { BroadcastProgress, ChatList, ChatSummary } from "./types.js" */
/** @import { History, ManagerFrame, Me } from "./types.js" */

const PAGE = 50;
// A change is pushed within this time, or its connection is closed.
const PUSHED_WITHIN = 20_000;

/**
 * @typedef {object} ManagerEvents
 * @property {(frame: ManagerFrame) => void} frame everything that happens in every chat
 * @property {(chats: ChatSummary[]) => void} changed summaries that changed while we were away
 * @property {(state: import("./socket.js").SocketState) => void} state
 */

/** A manager's side: every chat's events over one socket, and the calls of the inbox. */
export class ManagerClient {
  #base;
  #events;
  /** What the server said the time was; changes since then are asked for. */
  #since = "";
  /** @type {Map<string, OpenChat>} */
  #open = new Map();

  /**
   * @param {string} base
   * @param {ManagerEvents} events
   */
  constructor(base, events) {
    this.#base = base;
    this.#events = events;
    this.socket = new Socket({
      address: async () => (await this.post("tickets", {})).ws_url,
      opened: () => this.#opened(),
      frame: (frame) => this.#frame(frame),
      state: events.state,
    });
  }

  /** Open a chat: its messages, and its answers as they are written.
   * @param {ChatSummary} summary
   * @param {() => void} changed
   */
  open(summary, changed) {
    const opened = new OpenChat(this, summary, changed);
    this.#open.set(summary.chat_id, opened);
    void opened.load();
    return opened;
  }

  /** @param {OpenChat} opened */
  leave(opened) {
    opened.chat.close();
    this.socket.send({ action: "unwatch", chat_id: opened.chat.chatId });
    this.#open.delete(opened.chat.chatId);
  }

  /**
   * @param {{filter: string, q: string, cursor?: string | null, limit?: number}} query
   * @returns {Promise<ChatList>}
   */
  chats({ filter, q, cursor, limit = PAGE }) {
    const query = new URLSearchParams({ filter, q, limit: String(limit) });
    if (cursor) query.set("cursor", cursor);
    return this.#call(`manager/chats?${query}`);
  }

  /**
   * @param {string} chatId
   * @param {Record<string, string | number>} range
   * @returns {Promise<History>}
   */
  history(chatId, range) {
    const query = new URLSearchParams({ chat_id: chatId });
    for (const [name, value] of Object.entries(range)) query.set(name, String(value));
    return this.#call(`history?${query}`);
  }

  /**
   * @param {string} chatId
   * @param {"manager" | "assistant"} owner
   * @returns {Promise<ChatSummary>}
   */
  own(chatId, owner) {
    return this.post(`manager/chats/${encodeURIComponent(chatId)}/owner`, { owner });
  }

  /**
   * @param {string} chatId
   * @param {"open" | "closed"} status
   * @returns {Promise<ChatSummary>}
   */
  setStatus(chatId, status) {
    return this.post(`manager/chats/${encodeURIComponent(chatId)}/status`, { status });
  }

  /**
   * How many chats a broadcast would reach.
   * @param {"open" | "online" | string[]} audience
   * @returns {Promise<{recipients: number}>}
   */
  count(audience) {
    return this.post("manager/broadcast", { text: "?", audience, dry_run: true });
  }

  /**
   * @param {string} text
   * @param {"open" | "online" | string[]} audience
   * @param {string} [clientId]
   * @returns {Promise<{broadcast_id: string, recipients: number}>}
   */
  broadcast(text, audience, clientId = newId()) {
    return this.post("manager/broadcast", { text, audience, client_id: clientId });
  }

  /**
   * @param {string} id
   * @returns {Promise<BroadcastProgress>}
   */
  progress(id) {
    return this.#call(`manager/broadcasts/${id}`);
  }

  /**
   * Those of the named chats that exist.
   * @param {string[]} ids at most 50
   * @returns {Promise<ChatList>}
   */
  named(ids) {
    return this.#call(`manager/chats?${new URLSearchParams(ids.map((id) => ["chat_id", id]))}`);
  }

  /**
   * Who is signed in; `open`: nobody has to.
   * @returns {Promise<Me>}
   */
  me() {
    return this.#call("manager/me");
  }

  /** Sign this browser in. @param {string} token @returns {Promise<Me>} */
  signIn(token) {
    return this.post("manager/session", { token });
  }

  /** Sign out; every socket of this manager ends. */
  async signOut() {
    this.socket.stop();
    await this.#call("manager/session", { method: "DELETE" });
  }

  /**
   * End the answer being written.
   * @param {string} chatId
   * @returns {Promise<ChatSummary>}
   */
  stop(chatId) {
    return this.post(`manager/chats/${encodeURIComponent(chatId)}/stop`, {});
  }

  /**
   * @param {string} path
   * @param {unknown} body
   */
  post(path, body) {
    return this.#call(path, { method: "POST", body });
  }

  /**
   * @param {string} path
   * @param {{method?: string, body?: unknown}} [options]
   */
  #call(path, options) {
    return call(new URL(path, this.#base).href, options);
  }

  #opened() {
    this.socket.send(this.#since ? { action: "resume", since: this.#since } : { action: "resume" });
    for (const opened of this.#open.values()) opened.catchUp();
  }

  /** @param {ManagerFrame | null} frame */
  #frame(frame) {
    if (!frame) return;
    if (frame.type === "ready") return this.#ready(frame);
    if ("chat_id" in frame) this.#open.get(frame.chat_id)?.chat.apply(frame);
    if (frame.type === "message") this.#passed(frame.created_at);
    this.#events.frame(frame);
  }

  /** What happened well before a message that is here need not be asked for again.
   * @param {string} time
   */
  #passed(time) {
    const since = new Date(Date.parse(time) - PUSHED_WITHIN).toISOString();
    if (this.#since && Date.parse(since) > Date.parse(this.#since)) this.#since = since;
  }

  /** @param {import("./types.js").ManagerReadyFrame} frame */
  #ready(frame) {
    this.#since = frame.now;
    if (frame.chats.length > 0) this.#events.changed(frame.chats);
    for (const summary of frame.chats) {
      const opened = this.#open.get(summary.chat_id);
      opened?.chat.summarise(summary);
      opened?.chat.settle();
    }
    if (frame.has_more) this.socket.send({ action: "resume", since: frame.now });
  }
}

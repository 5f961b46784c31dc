// @ts-check
import { withTimes } from "./days.js";
import { call } from "./http.js";
import { newId } from "./outbox.js";
/** @import { BroadcastProgress, ChatList, ChatSummary, History } from "./types.js" */

const PAGE = 50;

/** The HTTP calls of the inbox. Each throws `Problem`. */
export class ManagerCalls {
  /** @param {string} base */
  constructor(base) {
    this.base = base;
  }

  /**
   * @param {{filter: string, q: string, cursor?: string | null, limit?: number}} query
   * @returns {Promise<ChatList>}
   */
  chats({ filter, q, cursor, limit = PAGE }) {
    const query = new URLSearchParams({ filter, q: withTimes(q), limit: String(limit) });
    if (cursor) query.set("cursor", cursor);
    return this.call(`manager/chats?${query}`);
  }

  /**
   * @param {string} chatId
   * @param {Record<string, string | number>} range
   * @returns {Promise<History>}
   */
  history(chatId, range) {
    const query = new URLSearchParams({ chat_id: chatId });
    for (const [name, value] of Object.entries(range)) query.set(name, String(value));
    return this.call(`history?${query}`);
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
    return this.call(`manager/broadcasts/${id}`);
  }

  /**
   * Those of the named chats that exist.
   * @param {string[]} ids at most 50
   * @returns {Promise<ChatList>}
   */
  named(ids) {
    return this.call(`manager/chats?${new URLSearchParams(ids.map((id) => ["chat_id", id]))}`);
  }

  /**
   * The visitor's newest message is new again, for this manager.
   * @param {string} chatId
   * @returns {Promise<import("./types.js").ReadMark>}
   */
  unread(chatId) {
    return this.post(`manager/chats/${encodeURIComponent(chatId)}/unread`, {});
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
   * A link that signs this manager in on another device, once.
   * @returns {Promise<{url: string, expires_at: string}>}
   */
  linkDevice() {
    return this.post("manager/links", {});
  }

  /**
   * @param {string} path
   * @param {unknown} body
   */
  post(path, body) {
    return this.call(path, { method: "POST", body });
  }

  /**
   * @param {string} path
   * @param {{method?: string, body?: unknown, patience?: number}} [options]
   */
  call(path, options) {
    return call(new URL(path, this.base).href, options);
  }
}

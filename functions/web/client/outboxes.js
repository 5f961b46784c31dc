// @ts-check
import { Outbox, afresh } from "./outbox.js";
import { keysWith, storedList } from "./stored_list.js";
/** @import { Unsent } from "./outbox.js" */

// A message that was sent a moment ago is under way, not unsent.
const TOLD_AFTER = 3_000;
// So long another tab gets for what it wrote.
const OTHERS_SEND_WITHIN = 10_000;
const RETRY_EVERY = 30_000;

/**
 * @typedef {object} OutboxesEvents
 * @property {(chatId: string, message: Unsent) => void} send
 * @property {(chatId: string) => void} changed
 * @property {() => boolean} connected
 */

/**
 * What a manager wrote and the server has not got, by chat. It lives with the client and not with
 * the chat that is open, and is kept in the browser under the owner's name: whoever else signs in
 * there neither sees nor sends it.
 */
export class Outboxes {
  /** @type {Map<string, Outbox>} */
  #outboxes = new Map();
  /** @type {Map<Outbox, import("./storage.js").StoredValue<Unsent[]>>} */
  #stores = new Map();
  #events;
  #prefix;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /**
   * @param {string} owner the installation and the manager; empty: nothing is kept
   * @param {OutboxesEvents} events
   */
  constructor(owner, events) {
    this.#events = events;
    this.#prefix = owner && `switchboard unsent ${owner} `;
    if (!owner) return;
    for (const key of keysWith(this.#prefix)) this.of(this.#chatOf(key));
    addEventListener("storage", (event) => this.#elsewhere(event));
  }

  /** A chat's outbox. @param {string} chatId */
  of(chatId) {
    const known = this.#outboxes.get(chatId);
    if (known) return known;
    const store = this.#prefix ? storedList(`${this.#prefix}${chatId} `) : undefined;
    const made = new Outbox(
      {
        send: (message) => {
          this.#events.send(chatId, message);
          setTimeout(() => this.#events.changed(chatId), TOLD_AFTER);
          return true;
        },
        changed: () => this.#events.changed(chatId),
        stuck: () => (this.#events.connected() ? made.refused(null) : this.later(chatId)),
      },
      store,
    );
    if (store) this.#stores.set(made, store);
    this.#outboxes.set(chatId, made);
    return made;
  }

  /** How many messages of a chat are not sent, other than for a moment. @param {string} chatId */
  count(chatId) {
    const unsent = this.#outboxes.get(chatId)?.unsent ?? [];
    const before = Date.now() - TOLD_AFTER;
    const late = (/** @type {Unsent} */ one) =>
      one.state === "failed" || Date.parse(one.created_at) <= before;
    return unsent.some(late) || !this.#events.connected() ? unsent.length : 0;
  }

  /** The chats that have unsent messages. */
  get chats() {
    return [...this.#outboxes].filter(([, { unsent }]) => unsent.length > 0).map(([id]) => id);
  }

  /** How many messages are in all of them. */
  get total() {
    let total = 0;
    for (const { unsent } of this.#outboxes.values()) total += unsent.length;
    return total;
  }

  /** A message is only in this page's memory: closing the page would lose it. */
  get unkept() {
    return this.total > keysWith(this.#prefix).length;
  }

  /** The connection is there. */
  flush() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const outbox of this.#outboxes.values()) outbox.flush();
  }

  /** The connection is gone. */
  pause() {
    for (const outbox of this.#outboxes.values()) outbox.pause();
  }

  /** The server was not reached, and no connection says when it is there again. @param {string} chatId */
  later(chatId) {
    this.of(chatId).pause();
    this.#retry ??= setTimeout(() => this.flush(), RETRY_EVERY);
    this.#events.changed(chatId);
  }

  /** Forget everything, also what is stored. */
  discard() {
    for (const outbox of this.#outboxes.values()) {
      for (const { client_id } of [...outbox.unsent]) outbox.discard(client_id);
    }
  }

  /** @param {string} key */
  #chatOf(key) {
    return key.slice(this.#prefix.length).split(" ")[0] ?? "";
  }

  /** @param {StorageEvent} event */
  #elsewhere({ key, newValue }) {
    if (!key?.startsWith(this.#prefix)) return;
    const outbox = this.of(this.#chatOf(key));
    reread(outbox, this.#stores.get(outbox)?.read() ?? []);
    this.#events.changed(this.#chatOf(key));
    // The tab that wrote it may be closed before it is sent.
    if (newValue) setTimeout(() => outbox.flush(), OTHERS_SEND_WITHIN);
  }
}

/**
 * Another tab changed what is stored: take over what it wrote, and what it sent.
 * @param {Outbox} outbox
 * @param {Unsent[]} stored
 */
function reread(outbox, stored) {
  const here = new Map(outbox.unsent.map((one) => [one.client_id, one]));
  const list = stored.map((one) => here.get(one.client_id) ?? afresh(one));
  const sending = outbox.unsent.filter((one) => one.state === "sending" && !list.includes(one));
  outbox.unsent = [...sending, ...list];
}

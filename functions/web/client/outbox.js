// @ts-check
/** @import { ErrorFrame } from "./types.js" */

const ANSWER_WITHIN = 8_000;
const PAUSE = 1_000;
const MOST_TRIES = 6;

/**
 * @typedef {object} Unsent a message on its way to the server
 * @property {string} client_id
 * @property {string} text
 * @property {"waiting" | "sending" | "failed"} state
 * @property {string} [why] what the server said against it
 * @property {string} created_at
 *
 * @typedef {object} OutboxEvents
 * @property {(message: Unsent) => boolean} send false: it cannot be sent now
 * @property {() => void} changed
 * @property {() => void} stuck nothing answers: the socket is probably dead
 */

/**
 * Messages on their way to the server: one at a time, in order, each until it is acknowledged or
 * refused. Sending one twice is harmless: its `client_id` names it.
 */
export class Outbox {
  /** @type {Unsent[]} */
  unsent = [];
  #events;
  #store;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #tries = 0;

  /**
   * @param {OutboxEvents} events
   * @param {import("./storage.js").StoredValue<Unsent[]>} [store] where it outlives a reload
   */
  constructor(events, store) {
    this.#events = events;
    this.#store = store;
    const stored = store?.read() ?? [];
    this.unsent = stored.map((one) =>
      one.state === "sending" ? { ...one, state: "waiting" } : one,
    );
  }

  /** @param {string} text */
  add(text) {
    /** @type {Unsent} */
    const message = {
      client_id: newId(),
      text,
      state: "waiting",
      created_at: new Date().toISOString(),
    };
    this.unsent.push(message);
    this.flush();
    this.#changed();
    return message;
  }

  /** Try one again that failed. @param {string} clientId */
  again(clientId) {
    const found = this.#find(clientId);
    if (!found) return;
    this.unsent = [...this.unsent.filter((one) => one !== found), found];
    found.state = "waiting";
    found.why = undefined;
    this.flush();
    this.#changed();
  }

  /** Give one up that failed. @param {string} clientId */
  discard(clientId) {
    this.unsent = this.unsent.filter((one) => one.client_id !== clientId);
    this.#changed();
  }

  /** Send the next one, unless one is under way. */
  flush() {
    if (this.#sending) return;
    const next = this.unsent.find((one) => one.state === "waiting");
    if (!next) return;
    next.state = "sending";
    this.#tries++;
    this.#after(ANSWER_WITHIN, () => this.#unanswered());
    if (!this.#events.send(next)) this.pause();
  }

  /** The socket is gone: what was under way waits for the next one. */
  pause() {
    const sending = this.#sending;
    clearTimeout(this.#timer);
    this.#tries = 0;
    if (sending) sending.state = "waiting";
  }

  /** The server has it. @param {string | undefined} clientId */
  stored(clientId) {
    const found = clientId && this.#find(clientId);
    if (!found) return;
    this.unsent = this.unsent.filter((one) => one !== found);
    if (found.state === "sending") this.#next();
    this.#changed();
  }

  /**
   * The server said no, or (without a word) the gateway failed.
   * @param {ErrorFrame | null} error
   */
  refused(error) {
    const found = error?.client_id ? this.#find(error.client_id) : this.#sending;
    if (found?.state !== "sending") return;
    const passing = !error || ["try_again", "internal", "too_many"].includes(error.code);
    if (passing && this.#tries < MOST_TRIES) {
      const asked = (error?.retry_after ?? 0) * 1000;
      this.#after(Math.max(PAUSE * this.#tries, asked), () => this.#repeat());
      return;
    }
    found.state = "failed";
    found.why = error?.message;
    this.#next();
    this.#changed();
  }

  get #sending() {
    return this.unsent.find((one) => one.state === "sending");
  }

  /** @param {string} clientId */
  #find(clientId) {
    return this.unsent.find((one) => one.client_id === clientId);
  }

  #unanswered() {
    if (this.#tries >= 2) this.#events.stuck();
    else this.#repeat();
  }

  #repeat() {
    const sending = this.#sending;
    if (!sending) return;
    sending.state = "waiting";
    this.flush();
  }

  #next() {
    clearTimeout(this.#timer);
    this.#tries = 0;
    this.flush();
  }

  #changed() {
    this.#store?.write(this.unsent);
    this.#events.changed();
  }

  /**
   * @param {number} wait
   * @param {() => void} then
   */
  #after(wait, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, wait);
  }
}

/** A name for a message that no other client makes; also where the page is not served by TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// @ts-check
/** @import { ErrorFrame } from "./types.js" */

const ANSWER_WITHIN = 8_000;
const PAUSE = 1_000;
// From here on people are told that it is not sent. It is tried further.
const TOLD_AFTER = 6;
// Nor do they have to guess when the server lets them wait for longer than this.
const LONG_WAIT = 60_000;

/**
 * @typedef {object} Unsent a message on its way to the server
 * @property {string} client_id
 * @property {string} text
 * @property {"waiting" | "sending" | "failed"} state
 * @property {string} [why] what the server said against it
 * @property {boolean} [passing] it failed, and is tried again by itself
 * @property {string} created_at
 * @property {number} [after_seq] the last message that its writer had seen
 * @property {boolean} [newer] it failed: a colleague has replied after that
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
    this.unsent = (store?.read() ?? []).map(afresh);
  }

  /** @param {string} text @param {Pick<Unsent, "after_seq">} [more] */
  add(text, more = {}) {
    /** @type {Unsent} */
    const message = {
      client_id: newId(),
      text,
      state: "waiting",
      created_at: new Date(Date.now()).toISOString(),
      ...more,
    };
    this.unsent.push(message);
    this.#send();
    this.#changed();
    return message;
  }

  /** Try one again that failed; now it goes whoever has replied. @param {string} clientId */
  again(clientId) {
    const found = this.#find(clientId);
    if (!found) return;
    if (found.newer) found.after_seq = undefined;
    if (!found.passing) this.unsent = [...this.unsent.filter((one) => one !== found), found];
    wait(found);
    this.#send();
    this.#changed();
  }

  /** Give one up that failed. @param {string} clientId */
  discard(clientId) {
    const found = this.#find(clientId);
    this.unsent = this.unsent.filter((one) => one !== found);
    if (found?.passing) this.#next();
    this.#changed();
  }

  /** The server may be there: send the next one, unless one is under way. */
  flush() {
    for (const one of this.unsent) if (one.passing) wait(one);
    this.#send();
  }

  /** The socket is gone: what was under way waits for the next one. */
  pause() {
    clearTimeout(this.#timer);
    this.#tries = 0;
    for (const one of this.unsent) if (one.passing || one.state === "sending") wait(one);
  }

  /** The server has it. @param {string | undefined} clientId */
  stored(clientId) {
    const found = clientId && this.#find(clientId);
    if (!found) return;
    this.unsent = this.unsent.filter((one) => one !== found);
    if (found.passing || found.state === "sending") this.#next();
    this.#changed();
  }

  /**
   * The server said no, or (without a word) the gateway failed.
   * @param {ErrorFrame | null} error
   * @returns {boolean} whether a message has failed by it
   */
  refused(error) {
    const found = error?.client_id ? this.#find(error.client_id) : this.#sending;
    if (found?.state !== "sending") return false;
    const passing = !error || ["try_again", "internal", "too_many"].includes(error.code);
    if (passing) {
      this.#later(found, error);
      return false;
    }
    found.state = "failed";
    found.why = error?.message;
    found.newer = error?.code === "newer_reply" || undefined;
    this.#next();
    this.#changed();
    return true;
  }

  /**
   * Try it again, later and later. What follows it waits, so that the order stays.
   * @param {Unsent} unsent
   * @param {ErrorFrame | null} error
   */
  #later(unsent, error) {
    const pause = PAUSE * (this.#tries < TOLD_AFTER ? this.#tries : 30);
    const asked = (error?.retry_after ?? 0) * 1000;
    this.#after(Math.max(pause, asked), () => this.#repeat());
    if (this.#tries < TOLD_AFTER && asked <= LONG_WAIT) return;
    unsent.state = "failed";
    unsent.passing = true;
    unsent.why = error?.message;
    this.#changed();
  }

  #send() {
    if (this.unsent.some((one) => one.passing || one.state === "sending")) return;
    const next = this.unsent.find((one) => one.state === "waiting");
    if (!next) return;
    next.state = "sending";
    this.#tries++;
    this.#after(ANSWER_WITHIN, () => this.#unanswered());
    if (!this.#events.send(next)) this.pause();
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
    const found = this.unsent.find((one) => one.passing || one.state === "sending");
    if (!found) return;
    wait(found);
    this.#send();
    this.#events.changed();
  }

  #next() {
    clearTimeout(this.#timer);
    this.#tries = 0;
    this.#send();
  }

  #changed() {
    this.#store?.write(this.unsent);
    this.#events.changed();
  }

  /**
   * @param {number} pause
   * @param {() => void} then
   */
  #after(pause, then) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, pause);
  }
}

/** @param {Unsent} unsent */
function wait(unsent) {
  unsent.state = "waiting";
  unsent.why = undefined;
  unsent.passing = undefined;
  unsent.newer = undefined;
}

/** As it begins in a page that finds it stored. @param {Unsent} stored */
export function afresh(stored) {
  const unsent = { ...stored };
  if (unsent.passing || unsent.state === "sending") wait(unsent);
  return unsent;
}

/** A name for a message that no other client makes; also where the page is not served by TLS. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

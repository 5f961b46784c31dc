// @ts-check
/** @import { ManagerFrame } from "./types.js" */

// A sign that somebody writes comes each three seconds, and may be late.
const WRITING = 6_000;
// So many are named; who else looks is not known.
const MOST_NAMED = 10;

/** @typedef {{id: string, name: string, typing: boolean}} Viewer a colleague */

/** Which colleagues look at which chats, and who of them writes. */
export class Viewers {
  me;
  #changed;
  /** @type {Map<string, {at: number, managers: {id: string, name: string}[]}>} */
  #looking = new Map();
  /** By chat and manager. @type {Map<string, Map<string, {name: string, timer: number}>>} */
  #writing = new Map();
  /** Asked for. @type {Set<string>} */
  #peeked = new Set();
  /** @type {Set<string>} */
  #open = new Set();

  /** @param {string} me whom nobody has to tell of @param {() => void} changed */
  constructor(me, changed) {
    this.me = me;
    this.#changed = changed;
  }

  /** Those who write come first. @param {string} chatId @returns {Viewer[]} */
  of(chatId) {
    const writing = this.#writing.get(chatId);
    const looking = this.#looking.get(chatId)?.managers ?? [];
    const writers = [...(writing ?? [])].map(([id, { name }]) => ({ id, name, typing: true }));
    const others = looking.filter(({ id }) => id !== this.me && !writing?.has(id));
    return [...writers, ...others.map((one) => ({ ...one, typing: false }))];
  }

  /** @param {ManagerFrame} frame */
  hear(frame) {
    switch (frame.type) {
      case "viewing":
        this.#look(frame.chat_id, frame.managers, frame.at);
        break;
      case "peeked":
        this.#answered(frame);
        break;
      case "typing":
        if (frame.by && frame.by.id !== this.me) this.#write(frame.chat_id, frame.by);
        break;
      case "message":
        if (frame.author) this.#stop(frame.chat_id, frame.author.id);
        break;
      case "chat":
        if (frame.last_message?.author) this.#stop(frame.chat_id, frame.last_message.author.id);
    }
  }

  /** The connection is lost: nobody says any more who leaves. */
  clear() {
    for (const all of this.#writing.values())
      for (const one of all.values()) clearTimeout(one.timer);
    this.#writing.clear();
    this.#looking.clear();
    this.#peeked.clear();
  }

  /** It is told of these from now on, and of those that are open. @param {string[]} ids */
  told(ids) {
    this.#peeked = new Set(ids);
    for (const id of this.#looking.keys()) this.#forget(id);
    for (const id of this.#writing.keys()) this.#forget(id);
  }

  /** This chat is open now. @param {string} id */
  opened(id) {
    this.#open.add(id);
  }

  /** This chat is open no more. @param {string} id */
  left(id) {
    this.#open.delete(id);
    this.#forget(id);
  }

  /** @param {string} id */
  #forget(id) {
    if (this.#open.has(id) || this.#peeked.has(id)) return;
    this.#looking.delete(id);
    for (const by of this.#writing.get(id)?.keys() ?? []) this.#stop(id, by);
  }

  /**
   * @param {string} chatId
   * @param {{id: string, name: string}[]} managers
   * @param {string} at
   */
  #look(chatId, managers, at) {
    const time = Date.parse(at);
    if (time < (this.#looking.get(chatId)?.at ?? 0)) return;
    this.#looking.set(chatId, { at: time, managers });
    // Who has left does not write.
    if (managers.length >= MOST_NAMED) return;
    for (const id of this.#writing.get(chatId)?.keys() ?? []) {
      if (!managers.some((one) => one.id === id)) this.#stop(chatId, id);
    }
  }

  /** At those that it leaves out nobody looks. @param {import("./types.js").ManagerPeekedFrame} frame */
  #answered({ chats, at }) {
    const named = new Set(chats.map((one) => one.chat_id));
    for (const one of chats) this.#look(one.chat_id, one.managers, at);
    for (const id of this.#peeked) if (!named.has(id)) this.#look(id, [], at);
  }

  /** @param {string} chatId @param {{id: string, name: string}} by */
  #write(chatId, { id, name }) {
    const all = this.#writing.get(chatId) ?? new Map();
    this.#writing.set(chatId, all);
    clearTimeout(all.get(id)?.timer);
    const timer = setTimeout(() => {
      this.#stop(chatId, id);
      this.#changed();
    }, WRITING);
    all.set(id, { name, timer });
  }

  /** @param {string} chatId @param {string} id */
  #stop(chatId, id) {
    const all = this.#writing.get(chatId);
    clearTimeout(all?.get(id)?.timer);
    all?.delete(id);
    if (all?.size === 0) this.#writing.delete(chatId);
  }
}

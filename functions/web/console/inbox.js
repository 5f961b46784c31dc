// @ts-check
import { isNewer } from "../client/chat.js";
import { Marks } from "../client/marks.js";
import { belongs, sortedBy } from "./listed.js";
import { Presence } from "./presence.js";
import { Sight } from "./sight.js";
import {
  beganToWait,
  isBroadcast,
  shortened,
  shortenedHit,
  shortenedNote,
  stub,
} from "./summaries.js";
/** @import { ChatList, ChatSummary, ManagerFrame, Message } from "../client/types.js" */
/** @import { ListedChat } from "./summaries.js" */
/** @import { Filter } from "./texts.js" */

/** @typedef {{id: string, at: number}} Entry */

/**
 * The chats as the list shows them: loaded page by page, kept up to date by frames. Bursts cost
 * little: a frame only notes what changed, and `arrange` puts it in its place once per drawing.
 */
export class Inbox {
  /** @type {Map<string, ListedChat>} */
  chats = new Map();
  /** @type {Entry[]} */
  entries = [];
  /** Since when each chat waits that does. @type {Map<string, number>} */
  waiting = new Map();
  /** @type {Filter} */
  filter = "open";
  query = "";
  /** What a search found, by chat. @type {Map<string, import("./summaries.js").Hit>} */
  hits = new Map();
  /** What the list names and what is not there. @type {NonNullable<ChatList["missing"]>} */
  missing = [];
  /** Where the next page begins; null: there is none. @type {string | null | undefined} */
  cursor;
  #sight = new Sight();
  /** Who looks, for the filter "mine". */
  me = "manager";
  /** @type {Map<string, Entry>} */
  #placed = new Map();
  /** @type {Set<string>} */
  #dirty = new Set();

  /**
   * @param {() => void} [changed] something is different that no frame said
   * @param {Marks} [marks]
   */
  constructor(changed = () => {}, marks = new Marks()) {
    this.marks = marks;
    this.presence = new Presence(changed);
  }

  /**
   * Show other chats.
   * @param {Filter} filter
   * @param {string} query
   */
  look(filter, query) {
    this.filter = filter;
    this.query = query;
    this.clear();
  }

  clear() {
    this.entries = [];
    this.cursor = undefined;
    this.hits.clear();
    this.missing = [];
    this.#placed.clear();
    this.#dirty.clear();
  }

  /** @param {ChatList} page */
  append({ chats, next_cursor, hits = [], note_hits = [], missing = [] }) {
    this.missing = missing;
    for (const hit of note_hits) this.hits.set(hit.chat_id, shortenedNote(hit));
    for (const hit of hits) this.hits.set(hit.chat_id, shortenedHit(hit));
    for (const summary of chats) {
      this.#learn(summary);
      this.#remove(summary.chat_id);
      this.marks.assume(summary);
      if (this.#sight.sees(summary)) this.#insert(this.#known(summary.chat_id));
    }
    this.cursor = next_cursor ?? null;
  }

  /**
   * Summaries of chats from elsewhere: what changed while we were away, or stubs completed.
   * Returns the chats that wait, and of which that was not known.
   * @param {ChatSummary[]} chats
   */
  learn(chats) {
    const waited = new Set(this.waiting.keys());
    for (const summary of chats) this.#learn(summary);
    const ids = new Set(chats.map((summary) => summary.chat_id));
    return [...ids]
      .filter((id) => this.waiting.has(id) && !waited.has(id))
      .map((id) => this.#known(id));
  }

  /**
   * Note what a frame changes. Returns a chat that began to wait by it.
   * @param {ManagerFrame} frame
   * @returns {ListedChat | null}
   */
  apply(frame) {
    if (frame.type === "message") this.#message(frame);
    if (frame.type !== "chat") return null;
    const id = frame.chat_id;
    // Of an unknown chat it is not known whether it waited before.
    const waited = this.chats.has(id) ? this.waiting.has(id) : !beganToWait(frame);
    const { type: _, ...summary } = frame;
    this.#learn(summary);
    return this.waiting.has(id) && !waited ? this.#known(id) : null;
  }

  /**
   * The manager sees these sites now. What is of others is gone at once.
   * @param {string[] | undefined} sites without: all
   * @returns {boolean} whether what they see is to be loaded again
   */
  see(sites) {
    const changed = this.#sight.change(sites);
    // Of a stub it is not known whose it is.
    const lost = [...this.chats.values()].filter(
      (chat) => !this.#sight.sees(chat) || (changed && chat.stub),
    );
    for (const { chat_id } of lost) this.forget(chat_id);
    return changed || lost.length > 0;
  }

  /** There is no such chat for this manager. @param {string} id */
  forget(id) {
    this.#remove(id);
    this.chats.delete(id);
    this.waiting.delete(id);
    this.hits.delete(id);
    this.#dirty.delete(id);
  }

  /** Put every chat that changed in its place. Whether the order may have changed. */
  arrange() {
    if (this.#dirty.size === 0) return false;
    for (const id of this.#dirty) {
      const chat = this.#known(id);
      const was = this.#placed.get(id);
      const listed = this.query ? was !== undefined : belongs(chat, this.filter, this.me);
      const entry = { id, at: sortedBy(chat, this.filter) };
      if (was && listed && was.at === entry.at) continue;
      this.#remove(id);
      if (listed && this.#isLoaded(entry)) this.#insert(chat);
    }
    this.#dirty.clear();
    return true;
  }

  /** Chats to be completed, of those between two places. @param {number} from @param {number} to */
  stubs(from, to) {
    const shown = this.entries.slice(Math.max(0, from), to);
    return shown.map(({ id }) => id).filter((id) => this.#lacks(id));
  }

  /** Too little is known of it. @param {string} id */
  #lacks(id) {
    const chat = this.chats.get(id);
    return chat && (chat.stub || this.marks.of(chat) === undefined);
  }

  /** @param {string} id */
  #known(id) {
    return /** @type {ListedChat} */ (this.chats.get(id));
  }

  /** @param {ChatSummary} summary */
  #learn(summary) {
    const id = summary.chat_id;
    const known = this.chats.get(id);
    // On its way when the manager lost the site.
    if (!this.#sight.sees(summary)) return;
    this.marks.learn(summary);
    if (known && !known.stub && isNewer(known, summary)) return;
    const learned = { ...summary, last_message: shortened(summary.last_message) };
    if (known && known.last_seq > summary.last_seq) {
      const { last_seq, last_message, active_at } = known;
      Object.assign(learned, { last_seq, last_message, active_at });
    }
    this.presence.learn(id, known?.online ?? false, learned.online);
    this.chats.set(id, learned);
    // Nobody is called to somebody who is blocked, or to spam.
    if (learned.contact?.restriction) delete learned.waiting_since;
    const { waiting_since: since, snoozed } = learned;
    if (since && !snoozed) this.waiting.set(id, Date.parse(since));
    else this.waiting.delete(id);
    this.#dirty.add(id);
  }

  /** @param {Message} message */
  #message(message) {
    const chat = this.chats.get(message.chat_id) ?? stub(message);
    if (message.seq <= chat.last_seq) return;
    if (!isBroadcast(message)) chat.active_at = message.created_at;
    else chat.active_at ??= chat.last_message?.created_at ?? message.created_at;
    chat.last_seq = message.seq;
    chat.last_message = shortened(message);
    this.marks.wrote(message);
    if (message.role === "user" && message.kind === "text") {
      chat.status = "open";
      delete chat.snoozed;
    }
    this.chats.set(message.chat_id, chat);
    this.#dirty.add(message.chat_id);
  }

  /** Not beyond the last page: what is there comes with its page. @param {Entry} entry */
  #isLoaded(entry) {
    const last = this.entries.at(-1);
    return this.cursor === null || (last !== undefined && compare(entry, last) < 0);
  }

  /** @param {ListedChat} chat */
  #insert(chat) {
    const entry = { id: chat.chat_id, at: sortedBy(chat, this.filter) };
    this.entries.splice(this.#place(entry), 0, entry);
    this.#placed.set(entry.id, entry);
    this.#dirty.delete(entry.id);
  }

  /** @param {string} id */
  #remove(id) {
    const entry = this.#placed.get(id);
    if (!entry) return;
    this.entries.splice(this.#place(entry), 1);
    this.#placed.delete(id);
  }

  /** Where an entry is or would be. @param {Entry} entry */
  #place(entry) {
    let low = 0;
    let high = this.entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(/** @type {Entry} */ (this.entries[middle]), entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/**
 * @param {Entry} a
 * @param {Entry} b
 */
const compare = (a, b) => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

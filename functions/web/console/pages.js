// @ts-check
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { Inbox } from "./inbox.js" */
/** @import { Filter } from "./texts.js" */

/** Where all chats are looked at, they come in this order. */
const PARTS = /** @type {const} */ (["open", "snoozed", "closed"]);

/** Loads the list page by page, and single chats by their names. */
export class Pages {
  /** The last page could not be loaded. */
  failed = false;
  #loading = false;
  #part = 0;
  #client;
  #inbox;
  #changed;
  #ahead;
  /** @type {Set<string>} */
  #asked = new Set();

  /**
   * @param {ManagerClient} client
   * @param {Inbox} inbox
   * @param {() => void} changed
   * @param {import("./ahead.js").Ahead | null} [ahead]
   */
  constructor(client, inbox, changed, ahead = null) {
    this.#ahead = ahead;
    this.#client = client;
    this.#inbox = inbox;
    this.#changed = changed;
  }

  /**
   * Load other chats.
   * @param {Filter} filter
   * @param {string} query
   */
  async look(filter, query) {
    this.#inbox.look(filter, query);
    this.#loading = false;
    this.#part = 0;
    this.failed = false;
    await this.load();
  }

  /** The next page of what is looked at. */
  async load() {
    const { filter, query, cursor } = this.#inbox;
    if (this.#loading || cursor === null) return;
    this.#loading = true;
    const isWanted = () => filter === this.#inbox.filter && query === this.#inbox.query;
    const part = filter === "all" ? (PARTS[this.#part] ?? "closed") : filter;
    let next = false;
    try {
      const ahead = cursor === undefined && (await this.#ahead?.take(part, query));
      const page = ahead || (await this.#client.chats({ filter: part, q: query, cursor }));
      if (!isWanted()) return;
      this.#inbox.append(page);
      this.failed = false;
      next = filter === "all" && part !== "closed" && !page.next_cursor;
    } catch {
      this.failed = filter === this.#inbox.filter;
    } finally {
      if (isWanted()) this.#loading = false;
      this.#changed();
    }
    if (next) await this.#loadNext();
  }

  async #loadNext() {
    this.#part += 1;
    this.#inbox.cursor = undefined;
    await this.load();
  }

  /** Load chats of which too little is known. @param {string[]} ids */
  async complete(ids) {
    const wanted = ids.filter((id) => !this.#asked.has(id));
    if (wanted.length === 0) return;
    for (const id of wanted) this.#asked.add(id);
    const found = await this.#client.named(wanted).catch(() => null);
    for (const id of wanted) this.#asked.delete(id);
    if (found) this.#inbox.learn(found.chats);
    for (const one of found?.chats ?? []) this.#inbox.marks.assume(one);
    // A chat whose message came while the manager lost its site.
    for (const id of found ? wanted : []) {
      if (this.#inbox.chats.get(id)?.stub) this.#inbox.forget(id);
    }
    this.#changed();
  }
}

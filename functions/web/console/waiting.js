// @ts-check
import { capped, concerns } from "./texts.js";
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { Inbox } from "./inbox.js" */

// More are not counted one by one.
const MOST = 100;
const FEW = 50;
const NOT_SOONER = 5_000;

/** Who waits, whatever the list shows. It is known from the start, and from then on by frames. */
export class Waiting {
  #client;
  #inbox;
  #me;
  #changed;
  /** More wait than were loaded. */
  #more = false;
  /** They could not be loaded. */
  failed = false;
  #loadedAt = 0;
  /** Something came since then. An idle console asks for nothing. */
  #heard = false;

  /**
   * @param {ManagerClient} client
   * @param {Inbox} inbox
   * @param {string} me
   * @param {() => void} changed
   */
  constructor(client, inbox, me, changed) {
    this.#client = client;
    this.#inbox = inbox;
    this.#me = me;
    this.#changed = changed;
  }

  async load() {
    this.#loadedAt = Date.now();
    this.#heard = false;
    try {
      const page = await this.#client.chats({ filter: "waiting", q: "", limit: MOST });
      this.#inbox.learn(page.chats);
      this.#more = Boolean(page.next_cursor);
      this.failed = false;
    } catch {
      this.failed = true;
    }
    this.#changed();
  }

  /** Something happened in a chat. */
  heard() {
    this.#heard = true;
  }

  /** When few of those are left that were loaded, load the next ones. */
  refill() {
    if (!this.#heard || !this.#more || this.#inbox.waiting.size >= FEW) return;
    if (Date.now() - this.#loadedAt > NOT_SOONER) void this.load();
  }

  /** All who wait, as a text; empty: nobody. */
  get label() {
    const { size } = this.#inbox.waiting;
    return size > 0 ? capped(size, this.#more) : "";
  }

  /** Those who wait for this manager or for anybody, and whether there may be more. */
  get mine() {
    return { count: this.#mine.length, more: this.#more };
  }

  /** The chat of them that waits longest. */
  get longest() {
    return this.#mine.sort((a, b) => a[1] - b[1])[0]?.[0];
  }

  get #mine() {
    return [...this.#inbox.waiting].filter(([id]) => {
      const chat = this.#inbox.chats.get(id);
      return chat && concerns(chat, this.#me);
    });
  }
}

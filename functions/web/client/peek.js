// @ts-check
import { Viewers } from "./viewers.js";

// Who scrolls through the list asks for no row on the way.
const STILL = 1_000;
// As the server takes them.
const MOST = 60;

/** Who else of the team looks at the chats that are on the screen, and who of them writes. */
export class Peek extends Viewers {
  #send;
  /** @type {string[]} */
  #sight = [];
  #key = "";
  #asked = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #asking;

  /**
   * @param {string} me empty: all managers are one, and there is nobody to tell of
   * @param {(action: import("./types.js").PeekAction) => boolean} send
   * @param {() => void} changed
   */
  constructor(me, send, changed) {
    super(me, changed);
    this.#send = send;
  }

  /** There is a connection, or none any more. @param {boolean} open */
  connected(open) {
    this.#asked = "";
    clearTimeout(this.#asking);
    if (open) this.#askSoon();
    else this.clear();
  }

  /** These rows are on the screen. @param {string[]} ids */
  see(ids) {
    const key = [...ids].sort().join();
    if (key === this.#key) return;
    this.#key = key;
    this.#sight = ids.slice(0, MOST);
    this.#askSoon();
  }

  #askSoon() {
    clearTimeout(this.#asking);
    if (this.me) this.#asking = setTimeout(() => this.#ask(), STILL);
  }

  #ask() {
    if (this.#key === this.#asked) return;
    if (!this.#send({ action: "peek", chat_ids: this.#sight })) return;
    this.#asked = this.#key;
    this.told(this.#sight);
  }
}

// @ts-check
import { Viewers } from "./viewers.js";

// Who scrolls through the list asks for no row on the way.
const STILL = 1_000;
const MOST_WAIT = 5_000;
// As the server takes them.
const MOST = 60;

/** Who else of the team looks at the chats that are on the screen, and who of them writes. */
export class Peek extends Viewers {
  #send;
  /** @type {string[]} */
  #sight = [];
  #key = "";
  #asked = "";
  #answered = true;
  /** Since when the rows have not been asked for. */
  #since = 0;
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

  /** Somebody may see the page again. */
  shown() {
    if (!document.hidden && this.#key !== this.#asked) this.#askSoon();
  }

  /** @param {import("./types.js").ManagerFrame} frame */
  hear(frame) {
    super.hear(frame);
    if (frame.type === "peeked") this.#answered = true;
    // It may be about something else: then the same is asked once more.
    if (frame.type !== "error" || this.#answered) return;
    this.#asked = "";
    this.#answered = true;
    this.#askSoon(frame.retry_after);
  }

  /** These rows are on the screen. @param {string[]} ids */
  see(ids) {
    const key = [...ids].sort().join();
    if (key === this.#key) return;
    this.#key = key;
    this.#sight = ids.slice(0, MOST);
    this.#askSoon();
  }

  /** Once the rows are still, and in a list that never is, from time to time.
   * @param {number} [seconds] at least
   */
  #askSoon(seconds = 0) {
    if (!this.me) return;
    this.#since ||= Date.now();
    clearTimeout(this.#asking);
    const wait = Date.now() - this.#since < MOST_WAIT ? STILL : 0;
    this.#asking = setTimeout(() => this.#ask(), Math.max(wait, seconds * 1_000));
  }

  #ask() {
    this.#since = 0;
    // Nobody sees the rows, and who comes back asks.
    if (document.hidden) return;
    if (this.#key === this.#asked) return;
    if (!this.#send({ action: "peek", chat_ids: this.#sight })) return;
    this.#asked = this.#key;
    this.#answered = false;
    this.told(this.#sight);
  }
}

// @ts-check
import { ManagerCalls } from "../client/manager_calls.js";
import { placeIn, rootOf, TOKEN } from "./route.js";
/** @import { ChatList, Me } from "../client/types.js" */

// Two scripts of the page share it.
const KEY = Symbol.for("switchboard ahead");
/** @type {Record<symbol, Ahead | null | undefined>} */
const shared = /** @type {any} */ (globalThis);

// Then the frame of the page is shown without its chats.
const NOT_LONGER = 150;

/** Who asks, and the first page of their list: asked for while the rest is still on its way. */
export class Ahead {
  #key;
  /** @type {Promise<ChatList | null> | null} */
  #page;
  /** The page is here: nothing has to be waited for. */
  isHere = false;

  /** @param {string} base */
  constructor(base) {
    const calls = new ManagerCalls(base);
    const { view, query } = placeIn(rootOf(base), []);
    const filter = view === "all" ? "open" : view;
    this.#key = `${filter} ${query}`;
    this.#page = calls.chats({ filter, q: query }).then(
      (page) => {
        this.isHere = true;
        return page;
      },
      () => null,
    );
    /** @type {Promise<Me>} */
    this.me = calls.call("manager/me");
    // Whoever takes it hears that it failed. Until then nobody does.
    this.me.catch(() => {});
  }

  /** Wait for the page, but not long. */
  async soon() {
    await Promise.race([this.#page, new Promise((resolve) => setTimeout(resolve, NOT_LONGER))]);
  }

  /**
   * The page, once; null if it is another one, or did not come.
   * @param {string} filter
   * @param {string} q
   */
  async take(filter, q) {
    const page = this.#key === `${filter} ${q}` ? this.#page : null;
    this.#page = null;
    return await page;
  }
}

/** Ask already, unless that was done, or somebody is to be signed in first. @param {string} base */
export function askAhead(base) {
  if (shared[KEY] === undefined && !location.hash.startsWith(TOKEN)) shared[KEY] = new Ahead(base);
}

/** What was asked for already, once; or what is asked for now. @param {string} base */
export function takeAhead(base) {
  const asked = shared[KEY] ?? new Ahead(base);
  shared[KEY] = null;
  return asked;
}

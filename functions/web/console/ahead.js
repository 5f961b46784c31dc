// @ts-check
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { ChatList } from "../client/types.js" */

/** The first page of the list, asked for before it is known who asks: nobody waits for two answers. */
export class Ahead {
  #key;
  /** @type {Promise<ChatList | null> | null} */
  #page;

  /**
   * @param {ManagerClient} client
   * @param {string} filter
   * @param {string} q
   */
  constructor(client, filter, q) {
    this.#key = `${filter} ${q}`;
    this.#page = client.chats({ filter, q }).catch(() => null);
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

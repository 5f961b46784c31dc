// @ts-check
import { storedValue } from "../client/storage.js";
import { keysWith } from "../client/stored_list.js";

/** What is written and not sent yet, by chat, under its writer's name. */
export class Drafts {
  #prefix;

  /** @param {string} owner the installation and the manager */
  constructor(owner) {
    this.#prefix = `switchboard draft ${owner} `;
  }

  /** @param {string} chatId @returns {import("../client/storage.js").StoredValue<string>} */
  of(chatId) {
    return storedValue("localStorage", this.#prefix + chatId);
  }

  get total() {
    return keysWith(this.#prefix).length;
  }

  discard() {
    for (const key of keysWith(this.#prefix)) localStorage.removeItem(key);
  }
}

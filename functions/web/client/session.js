// @ts-check
import { call } from "./http.js";
import { storedValue } from "./storage.js";
/** @import { History, VisitorData } from "./types.js" */

const PAGE = 50;

/**
 * @typedef {{chat_id: string, token: string}} Key
 */

/** The key of this browser's chat, and the calls that need it. */
export class Session {
  /** @type {Key | null} */
  key = null;
  /** This page began the chat, so there is no history of it. */
  began = false;
  /** @type {import("./storage.js").StoredValue<Key>} */
  #stored;
  #base;
  #visitor;
  #identity;

  /**
   * @param {string} base
   * @param {VisitorData} visitor
   * @param {string} [identity] the host site's word for who this is, a signed JWT
   */
  constructor(base, visitor, identity = "") {
    this.#base = base;
    this.#visitor = visitor;
    this.#identity = identity;
    this.#stored = storedValue("localStorage", `switchboard ${base}`);
  }

  /** What this browser remembers, perhaps from another tab. */
  remembered() {
    // Whose chat it is the site says anew on each page, and not what was here before.
    return this.#identity ? null : this.#stored.read();
  }

  forget() {
    this.key = null;
    if (!this.#identity) this.#stored.write(null);
  }

  /**
   * Begin a chat; of several tabs that want to at once, one does.
   * @returns {Promise<Key>}
   */
  begin() {
    if (!navigator.locks) return this.#begin();
    return navigator.locks.request(`switchboard ${this.#base}`, () => this.#begin());
  }

  /** The address of the next socket. @returns {Promise<string>} */
  async ticket() {
    const body = { chat_id: this.key?.chat_id };
    const { ws_url, token } = await this.#call("tickets", { method: "POST", body });
    if (token && this.key) this.#store({ ...this.key, token });
    return ws_url;
  }

  /**
   * The last messages before a `seq`.
   * @param {number} before
   * @returns {Promise<History>}
   */
  history(before) {
    const chat = encodeURIComponent(this.key?.chat_id ?? "");
    return this.#call(`history?chat_id=${chat}&before=${before}&limit=${PAGE}`, {});
  }

  /** @returns {Promise<Key>} */
  async #begin() {
    const known = this.remembered();
    if (known) return known;
    const body = { visitor: this.#visitor, page_url: location.href.split("#")[0] };
    const url = new URL("chats", this.#base).href;
    const options = { method: "POST", body, token: this.#identity, anonymous: true };
    const { chat_id, token } = await call(url, options);
    this.began = !this.#identity;
    this.#store({ chat_id, token });
    return { chat_id, token };
  }

  /** @param {Key} key */
  #store(key) {
    if (this.key) this.key = key;
    if (!this.#identity) this.#stored.write(key);
  }

  /**
   * @param {string} path
   * @param {{method?: string, body?: unknown}} options
   */
  #call(path, options) {
    const url = new URL(path, this.#base).href;
    return call(url, { ...options, token: this.key?.token, anonymous: true });
  }
}

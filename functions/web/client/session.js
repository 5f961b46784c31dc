// @ts-check
import { call, Problem } from "./http.js";
import { storedValue } from "./storage.js";
/** @import { History, VisitorData } from "./types.js" */

const PAGE = 50;
const CHAT_ID = /^[A-Za-z0-9._~-]{1,64}$/;

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
  #site;
  #name;

  /**
   * @param {string} base
   * @param {VisitorData} visitor
   * @param {string} [identity] the host site's word for who this is, a signed JWT
   * @param {string} [site] the public key of the page's site
   */
  constructor(base, visitor, identity = "", site = "") {
    this.#base = base;
    this.#site = site;
    this.#name = `switchboard ${nameOf(base, site)}`;
    this.#visitor = visitor;
    this.#identity = identity;
    this.#stored = storedValue("localStorage", this.#name, isKey);
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
  async begin() {
    /** @type {Promise<Key> | undefined} */
    let begun;
    const begin = () => {
      begun ??= this.#begin();
      return begun;
    };
    try {
      await navigator.locks.request(this.#name, begin);
    } catch {
      // There are no locks here, or the browser refuses them with its storage.
    }
    return begin();
  }

  /**
   * Begin a chat after the one that is closed, of the same contact; of several tabs one does.
   * @returns {Promise<Key>}
   */
  async beginAnew() {
    const { key } = this;
    const begin = () => {
      const known = this.remembered();
      const isOther = known && known.chat_id !== key?.chat_id;
      return isOther ? Promise.resolve(known) : this.#made({ after: key?.chat_id }, key?.token);
    };
    try {
      return await navigator.locks.request(this.#name, begin);
    } catch (error) {
      if (error instanceof Problem) throw error;
      return begin();
    }
  }

  /** The address of the next socket. @returns {Promise<string>} */
  async ticket() {
    // A ticket for no chat would be a manager's.
    if (!isKey(this.key)) throw new Problem(403, "forbidden", "");
    const body = { chat_id: this.key.chat_id, ...this.#ofSite };
    const { ws_url, token } = await this.#call("tickets", { method: "POST", body });
    if (token && this.key) this.#store({ ...this.key, token });
    return ws_url;
  }

  /**
   * The last messages before a `seq`. A chat that nobody has written in is unknown to the server.
   * @param {number} before
   * @returns {Promise<History>}
   */
  async history(before) {
    const chat = encodeURIComponent(this.key?.chat_id ?? "");
    try {
      return await this.#call(`history?chat_id=${chat}&before=${before}&limit=${PAGE}`, {});
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
      return { chat_id: "", messages: [], has_more: false };
    }
  }

  /** @returns {Promise<Key>} */
  async #begin() {
    const known = this.remembered();
    if (known) return known;
    const key = await this.#made({}, this.#identity);
    this.began = !this.#identity;
    return key;
  }

  /**
   * @param {{after?: string}} of
   * @param {string} [shown] whose chat it is to be
   * @returns {Promise<Key>}
   */
  async #made(of, shown) {
    const page_url = location.href.split("#")[0];
    const visitor = { ...this.#visitor, time_zone: timeZone() };
    const body = { visitor, page_url, ...this.#ofSite, ...of };
    const url = new URL("chats", this.#base).href;
    const options = { method: "POST", body, token: shown, anonymous: true };
    const { chat_id, token } = await call(url, options);
    this.#store({ chat_id, token });
    return { chat_id, token };
  }

  get #ofSite() {
    return this.#site ? { site: this.#site } : {};
  }

  /** @param {Key} key */
  #store(key) {
    if (this.key?.chat_id === key.chat_id) this.key = key;
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

/**
 * What tells the chats of one site from those of others in the same browser.
 * @param {string} base
 * @param {string} [site]
 */
export function nameOf(base, site = "") {
  return site ? `${base} ${site}` : base;
}

/** The visitor's, as the IANA database names it. @returns {string | undefined} */
function timeZone() {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether a value is the key of a chat. @param {any} value @returns {value is Key} */
export function isKey(value) {
  const { chat_id, token } = value ?? {};
  return typeof chat_id === "string" && CHAT_ID.test(chat_id) && typeof token === "string";
}

/**
 * Who a JWT names, so that nobody sends what another person wrote in this browser.
 * @param {string} identity
 */
export function personOf(identity) {
  if (!identity) return "";
  try {
    const claims = identity.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    return ` ${JSON.parse(atob(claims)).sub}`;
  } catch {
    return ` ${identity}`;
  }
}

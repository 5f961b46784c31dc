// @ts-check
import { FILTERS } from "./filters.js";
/** @import { Filter } from "./filters.js" */

const HASH = /^#chat=([A-Za-z0-9._~-]{1,64})$/;
const CHAT = /^[A-Za-z0-9._~-]{1,64}$/;
// A browser takes these out of a path.
const DOTS = /^\.\.?$/;
/** What a sign-in link has before its token. */
export const TOKEN = "#token=";
export const INBOX = "inbox";

/**
 * @typedef {object} Place
 * @property {string} room
 * @property {Filter} view
 * @property {string} chat empty: none is open
 * @property {string} query the words searched for
 * @property {string} rest what follows the name of another room
 */

/** What the page shows, in its address: it can be linked, a reload keeps it, Back goes one step. */
export class Route {
  #root;
  #rooms;

  /**
   * @param {string} root the path of the console itself
   * @param {readonly string[]} rooms
   * @param {(place: Place) => void} moved the browser went to another address
   */
  constructor(root, rooms, moved) {
    this.#root = root;
    this.#rooms = rooms;
    addEventListener("popstate", () => {
      // A sign-in link, opened in this tab: the page begins anew.
      if (location.hash.startsWith(TOKEN)) return location.reload();
      this.#settle();
      moved(this.place);
    });
    this.#settle();
  }

  get place() {
    return placeIn(this.#root, this.#rooms);
  }

  /** The address of a place. @param {Partial<Place>} place */
  href(place) {
    const { room = INBOX, view = "open", chat = "", query = "", rest = "" } = place;
    if (room !== INBOX) return [this.#root, room, ...(rest ? [rest] : [])].join("/");
    const words = query && `?${new URLSearchParams({ q: query })}`;
    const list = `${this.#root}/${INBOX}/${view}`;
    if (DOTS.test(chat)) return `${list}${words}#chat=${chat}`;
    return chat ? `${list}/${chat}${words}` : list + words;
  }

  /** Another room or view is shown now. @param {Partial<Place>} place */
  went(place) {
    const address = this.href({ ...this.place, rest: "", ...place });
    if (address !== this.#address) history.pushState({}, "", address);
  }

  /** What is searched for is no step of its own. @param {Partial<Place>} place */
  searched(place) {
    const address = this.href({ ...this.place, ...place });
    if (address !== this.#address) history.replaceState(history.state, "", address);
  }

  /** A chat is open now; from chat to chat it is one step. @param {string} chat */
  opened(chat) {
    const { place } = this;
    if (place.room === INBOX && place.chat === chat) return;
    const address = this.href({ ...place, room: INBOX, chat });
    if (place.chat) history.replaceState(history.state, "", address);
    else history.pushState({ over: this.#address }, "", address);
  }

  /** No chat is open any more. */
  left() {
    const { place } = this;
    if (!place.chat) return;
    const list = this.href({ ...place, chat: "" });
    if (history.state?.over === list) history.back();
    else history.replaceState(null, "", list);
  }

  /** Every place has one address; before a chat's first one stands that of its list. */
  #settle() {
    const { place } = this;
    const address = this.href(place);
    if (place.room === INBOX && place.chat && !history.state) {
      const list = this.href({ ...place, chat: "" });
      history.replaceState(null, "", list);
      history.pushState({ over: list }, "", address);
    } else if (address !== this.#address) {
      history.replaceState(history.state, "", address);
    }
  }

  get #address() {
    return location.pathname + location.search + location.hash;
  }
}

/**
 * What the page's address names.
 * @param {string} root
 * @param {readonly string[]} rooms
 * @returns {Place}
 */
export function placeIn(root, rooms) {
  const [, room = "", ...rest] = location.pathname.slice(root.length).split("/");
  const linked = HASH.exec(location.hash)?.[1];
  const known = rooms.includes(room) && !linked;
  const elsewhere = known && room !== INBOX;
  const [view = "", chat = ""] = elsewhere ? [] : rest;
  return {
    room: known ? room : INBOX,
    view: FILTERS.find((filter) => filter === view) ?? "open",
    chat: linked ?? (CHAT.test(chat) ? chat : ""),
    query: new URLSearchParams(location.search).get("q") ?? "",
    rest: elsewhere ? rest.join("/") : "",
  };
}

/** The path of the console itself. @param {string} base */
export const rootOf = (base) => new URL("manager", base).pathname;

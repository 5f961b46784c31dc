// @ts-check
import { h, set } from "../view/dom.js";
import { keyLeads, putInOrder } from "./list_ways.js";
import { fill, makeRow } from "./row.js";
import { texts } from "./texts.js";
/** @import { Inbox } from "./inbox.js" */
/** @import { ListedChat } from "./summaries.js" */

// As in list.css.
const HEIGHT = 68;
// When more moves, or again so soon, nobody can follow it with their eyes.
const FEW = 12;
const CALM_AFTER = 400;
const ORDER_AFTER = 100;
const BEYOND = 6;
const STUBS_AT_ONCE = 50;

/**
 * @typedef {object} ListEvents
 * @property {(id: string) => void} choose
 * @property {(id: string) => string} href
 * @property {() => void} more the end comes near
 * @property {(ids: string[]) => void} complete chats of which too little is known to show them
 * @property {(id: string) => number} unsent how many messages are not sent
 * @property {import("./selection.js").Selection} selection
 * @property {import("../client/peek.js").Peek} viewers
 */

/** The chats. However many there are, only those in sight are elements. */
export class List {
  #inbox;
  #events;
  #seeing;
  /** @type {Map<string, import("./row.js").Row>} */
  #rows = new Map();
  /** Rows of chats that are out of sight: made once, used again. @type {import("./row.js").Row[]} */
  #spare = [];
  #body = h("ol", { class: "chats", "aria-label": texts.chats });
  #chosen = "";
  #active = "";
  #movedAt = 0;
  /** What is in sight. To ask the page would make it lay out all that was just drawn. */
  #seen = { top: 0, height: innerHeight };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #ordering;

  /**
   * @param {Inbox} inbox
   * @param {string} me
   * @param {ListEvents} events
   * @param {() => void} scrolled
   */
  constructor(inbox, me, events, scrolled) {
    this.#inbox = inbox;
    this.#events = events;
    this.#seeing = { me, inbox, unsent: events.unsent, viewers: events.viewers };
    const measure = () => {
      this.#measure();
      scrolled();
    };
    this.element = h("div", { class: "list", tabindex: "-1", onscroll: measure }, this.#body);
    this.#body.onkeydown = (event) => this.#key(event);
    this.#body.addEventListener("focusin", (event) => this.#focused(event));
    new ResizeObserver(measure).observe(this.element);
  }

  #measure() {
    this.#seen = { top: this.element.scrollTop, height: this.element.clientHeight };
  }

  draw() {
    const { entries, cursor } = this.#inbox;
    this.#body.classList.toggle("selecting", this.#events.selection.ids.size > 0);
    const { top, height: sight } = this.#seen;
    const from = Math.max(0, Math.floor(top / HEIGHT) - BEYOND);
    const to = Math.min(entries.length, Math.ceil((top + sight) / HEIGHT) + BEYOND);
    const height = `${entries.length * HEIGHT}px`;
    if (this.#body.style.height !== height) this.#body.style.height = height;
    const shown = entries.slice(from, to).map((entry) => entry.id);
    const [first, last] = [Math.floor(top / HEIGHT), Math.ceil((top + sight) / HEIGHT)];
    this.#events.viewers.see(entries.slice(first, last).map((entry) => entry.id));
    this.#settle(shown);
    this.#animate(shown, from);
    const focused = this.#recycle(new Set(shown));
    for (const [n, id] of shown.entries()) this.#place(id, from + n, entries.length);
    if (focused) this.focus();
    for (const row of this.#spare) row.element.remove();
    this.#orderSoon();
    const stubs = this.#inbox.stubs(from, to);
    if (stubs.length > 0) this.#events.complete(stubs.slice(0, STUBS_AT_ONCE));
    if (cursor && to > entries.length - 20) this.#events.more();
  }

  /** Take the rows that are not shown any more. @param {Set<string>} shown @returns {boolean} whether one had the focus */
  #recycle(shown) {
    let focused = false;
    for (const [id, row] of this.#rows) {
      if (shown.has(id)) continue;
      if (row.element.contains(document.activeElement)) {
        // It is out of sight, and stays, so that the keyboard does not lose its place.
        if (this.#inbox.entries.some((entry) => entry.id === id)) continue;
        focused = true;
      }
      this.#rows.delete(id);
      this.#spare.push(row);
    }
    return focused;
  }

  /** Let rows glide to new places, if few do and the list was still before.
   * @param {string[]} shown
   * @param {number} from
   */
  #animate(shown, from) {
    const moved = shown.filter((id, n) => {
      const row = this.#rows.get(id);
      return row && row.element.dataset.at !== String(from + n);
    });
    if (moved.length === 0) return;
    const now = performance.now();
    const calm = moved.length <= FEW && now - this.#movedAt > CALM_AFTER;
    this.#body.classList.toggle("calm", calm);
    this.#movedAt = now;
  }

  /** Mark a chat as the open one, and bring it into sight. @param {string} id */
  choose(id) {
    this.#chosen = id;
    if (id) this.#active = id;
    const at = this.#inbox.entries.findIndex((entry) => entry.id === id);
    if (at >= 0) this.#reveal(at);
  }

  /** @param {number} at */
  #reveal(at) {
    const top = at * HEIGHT;
    const { scrollTop, clientHeight } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + HEIGHT > scrollTop + clientHeight) {
      this.element.scrollTop = top + HEIGHT - clientHeight;
    }
    this.#measure();
  }

  /** To the chat that the keyboard is at, or was last. */
  focus() {
    (this.#rows.get(this.#active)?.link ?? this.element).focus({ preventScroll: true });
  }

  /** The keyboard is in the list. */
  get focused() {
    return this.element.contains(document.activeElement);
  }

  /** The chat that the keyboard is at, or was last. */
  get active() {
    return this.#active;
  }

  /** To the chats that are listed now. */
  focusShown() {
    this.#inbox.arrange();
    this.draw();
    this.focus();
  }

  focusFirst() {
    if (this.#inbox.entries.length > 0) this.#focusAt(0);
  }

  /** @param {number} at */
  #focusAt(at) {
    const entry = this.#inbox.entries[at];
    if (!entry) return;
    this.#active = entry.id;
    this.#reveal(at);
    this.draw();
    this.focus();
  }

  /** The list is one stop of the Tab key; in it, the arrows go from chat to chat.
   * @param {KeyboardEvent} event
   */
  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const { entries } = this.#inbox;
    const at = entries.findIndex((entry) => entry.id === this.#active);
    const page = Math.max(1, Math.floor(this.element.clientHeight / HEIGHT) - 1);
    const wanted = keyLeads(event.key, at, entries.length - 1, page);
    if (event.key === "Escape") this.#events.selection.keep();
    if (wanted === undefined) return;
    event.preventDefault();
    const before = this.#active;
    this.#focusAt(wanted);
    if (event.shiftKey) this.#events.selection.extend(before, this.#active);
  }

  /** @param {FocusEvent} event */
  #focused({ target }) {
    for (const [id, row] of this.#rows) if (row.link === target) this.#active = id;
    for (const [id, row] of this.#rows) set(row.link, "tabindex", id === this.#active ? "0" : "-1");
  }

  /** Which chat is the list's stop: the one the keyboard was at, the open one, or one in sight.
   * @param {string[]} shown
   */
  #settle(shown) {
    const [first = ""] = shown;
    if (shown.includes(this.#active)) return;
    this.#active = shown.includes(this.#chosen) ? this.#chosen : first;
  }

  /** The chat that stands before (-1) or after (1) the chosen one. @param {-1 | 1} way */
  neighbour(way) {
    const { entries } = this.#inbox;
    const at = entries.findIndex((entry) => entry.id === this.#chosen);
    return entries[at < 0 ? 0 : at + way]?.id;
  }

  /**
   * @param {string} id
   * @param {number} at
   * @param {number} of
   */
  #place(id, at, of) {
    const chat = /** @type {ListedChat} */ (this.#inbox.chats.get(id));
    const row = this.#rows.get(id) ?? this.#row(id);
    const place = `translateY(${at * HEIGHT}px)`;
    if (row.element.style.transform !== place) row.element.style.transform = place;
    row.element.dataset.at = String(at);
    if (!row.element.isConnected) this.#body.append(row.element);
    set(row.element, "aria-posinset", at + 1);
    set(row.element, "aria-setsize", of);
    set(row.link, "aria-current", id === this.#chosen ? "true" : null);
    set(row.link, "tabindex", id === this.#active ? "0" : "-1");
    set(row.link, "href", this.#events.href(id));
    row.box.checked = this.#events.selection.ids.has(id);
    fill(row, chat, this.#seeing);
  }

  /** A row for a chat: one that another needs no more, or a new one. @param {string} id */
  #row(id) {
    const { selection, choose } = this.#events;
    const row =
      this.#spare.pop() ?? makeRow(choose, (shown, ranging) => selection.toggle(shown, ranging));
    row.link.dataset.chat = id;
    this.#rows.set(id, row);
    return row;
  }

  /** Reading order is screen order, as soon as nothing moves: to move elements takes long. */
  #orderSoon() {
    clearTimeout(this.#ordering);
    this.#ordering = setTimeout(() => {
      putInOrder(
        this.#body,
        Array.from(this.#rows.values(), (row) => row.element),
      );
    }, ORDER_AFTER);
  }
}

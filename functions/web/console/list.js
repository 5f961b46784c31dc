// @ts-check
import { h, say, set } from "../view/dom.js";
import { lasting } from "../view/format.js";
import { capped, event, nameOf, texts, waitsFor, who } from "./texts.js";
/** @import { Inbox, ListedChat } from "./inbox.js" */

// As in console.css.
const HEIGHT = 76;
const BEYOND = 6;
const STUBS_AT_ONCE = 50;

/**
 * @typedef {object} ListEvents
 * @property {(id: string) => void} choose
 * @property {() => void} more the end comes near
 * @property {(ids: string[]) => void} complete chats of which too little is known to show them
 * @property {(id: string) => number} unsent how many messages are not sent
 *
 * @typedef {ReturnType<typeof makeRow>} Row
 */

/** The chats. However many there are, only those in sight are elements. */
export class List {
  #inbox;
  #events;
  #format;
  #me;
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #body = h("ol", { class: "chats", "aria-label": texts.chats });
  #chosen = "";

  /**
   * @param {Inbox} inbox
   * @param {import("../view/format.js").Format} format
   * @param {string} me
   * @param {ListEvents} events
   * @param {() => void} scrolled
   */
  constructor(inbox, format, me, events, scrolled) {
    this.#inbox = inbox;
    this.#format = format;
    this.#me = me;
    this.#events = events;
    this.element = h("div", { class: "list", tabindex: "-1", onscroll: scrolled }, this.#body);
    new ResizeObserver(scrolled).observe(this.element);
  }

  draw() {
    const { entries, cursor } = this.#inbox;
    const { scrollTop, clientHeight } = this.element;
    const from = Math.max(0, Math.floor(scrollTop / HEIGHT) - BEYOND);
    const to = Math.min(entries.length, Math.ceil((scrollTop + clientHeight) / HEIGHT) + BEYOND);
    const height = `${entries.length * HEIGHT}px`;
    if (this.#body.style.height !== height) this.#body.style.height = height;
    const seen = new Set();
    for (let at = from; at < to; at++) {
      const entry = /** @type {import("./inbox.js").Entry} */ (entries[at]);
      seen.add(entry.id);
      this.#place(entry.id, at, entries.length);
    }
    for (const [id, row] of this.#rows) {
      // What has the focus stays, so that the keyboard does not lose its place.
      if (seen.has(id) || row.button === document.activeElement) continue;
      row.element.remove();
      this.#rows.delete(id);
    }
    const stubs = this.#inbox.stubs(from, to);
    if (stubs.length > 0) this.#events.complete(stubs.slice(0, STUBS_AT_ONCE));
    if (cursor && to > entries.length - 20) this.#events.more();
  }

  /** Mark a chat as the open one, and bring it into sight. @param {string} id */
  choose(id) {
    this.#chosen = id;
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
    let row = this.#rows.get(id);
    if (!row) {
      row = makeRow(() => this.#events.choose(id));
      this.#rows.set(id, row);
    }
    const top = `${at * HEIGHT}px`;
    if (row.element.style.top !== top) row.element.style.top = top;
    // Reading order is screen order.
    const next = this.#body.children[this.#orderOf(at)];
    if (!row.element.isConnected) this.#body.insertBefore(row.element, next ?? null);
    row.element.dataset.at = String(at);
    set(row.element, "aria-posinset", at + 1);
    set(row.element, "aria-setsize", of);
    set(row.button, "aria-current", id === this.#chosen ? "true" : null);
    this.#fill(row, chat);
  }

  /** Where among the elements the one at a place belongs. @param {number} at */
  #orderOf(at) {
    const { children } = this.#body;
    let index = 0;
    while (
      index < children.length &&
      Number(/** @type {HTMLElement} */ (children[index]).dataset.at) < at
    ) {
      index++;
    }
    return index;
  }

  /**
   * @param {Row} row
   * @param {ListedChat} chat
   */
  #fill(row, chat) {
    const last = chat.last_message;
    const waits = chat.waiting_since;
    say(row.name, nameOf(chat));
    say(row.time, waits ? lasting(waits) : last ? this.#format.listTime(last.created_at) : "");
    row.time.classList.toggle("waits", Boolean(waits));
    row.time.title = waits ? waitsFor(chat, this.#me) : "";
    say(row.line, last ? preview(last, this.#me) : "");
    say(row.owner, ownerOf(chat, this.#me));
    row.owner.dataset.owner = chat.owner;
    say(row.unread, chat.unread ? capped(chat.unread) : "");
    row.unread.hidden = !chat.unread;
    row.online.hidden = !chat.online;
    const unsent = this.#events.unsent(chat.chat_id);
    say(row.unsent, unsent ? texts.unsentShort(unsent) : "");
    row.button.classList.toggle("unread", Boolean(chat.unread));
    const label = [
      nameOf(chat),
      chat.online ? texts.online : texts.offline,
      ownerOf(chat, this.#me),
      waits ? `${texts.waits(lasting(waits))}: ${waitsFor(chat, this.#me)}` : "",
      chat.unread ? texts.unread(capped(chat.unread)) : "",
      unsent ? texts.unsentShort(unsent) : "",
      row.line.textContent,
    ];
    set(row.button, "aria-label", label.filter(Boolean).join(", "));
  }
}

/** @param {() => void} choose */
function makeRow(choose) {
  const name = h("bdi", { class: "name" });
  const online = h("span", { class: "online", "aria-hidden": "true" });
  const time = h("span", { class: "time" });
  const line = h("span", { class: "line", dir: "auto" });
  const unread = h("span", { class: "count", hidden: true });
  const owner = h("span", { class: "owner" });
  const unsent = h("span", { class: "unsent" });
  const button = h(
    "button",
    { type: "button", class: "chat", onclick: choose },
    h("span", { class: "top" }, online, name, time),
    h("span", { class: "bottom" }, line, unread),
    h("span", { class: "bottom" }, owner, unsent),
  );
  const element = h("li", { class: "entry" }, button);
  return { element, button, name, online, time, line, unread, owner, unsent };
}

/** @param {ListedChat} chat @param {string} me */
export function ownerOf(chat, me) {
  if (chat.status === "closed") return texts.isClosed;
  if (chat.owner === "assistant") return texts.assistant;
  if (!chat.manager) return texts.someone;
  return chat.manager.id === me ? texts.you : (chat.manager.name ?? texts.team);
}

/**
 * @param {import("../client/types.js").Message} message
 * @param {string} me
 */
function preview(message, me) {
  if (message.kind === "event") return event(message, me);
  const text = message.text.replace(/\s+/g, " ");
  return message.role === "user" ? text : `${who(message, me)}: ${text}`;
}

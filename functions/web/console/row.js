// @ts-check
import { h, say } from "../view/dom.js";
import { lasting } from "../view/format.js";
import { calledBy, capped, event, isVerified, nameOf, texts, waitsFor, who } from "./texts.js";
import { verifiedMark } from "./verified.js";
/** @import { ListedChat } from "./inbox.js" */

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * @typedef {ReturnType<typeof makeRow>} Row
 * @typedef {object} Seeing how a row is looked at
 * @property {import("../view/format.js").Format} format
 * @property {string} me
 * @property {import("./inbox.js").Inbox} inbox
 * @property {(id: string) => number} unsent
 */

/** A row of the list. What only a screen reader says stands between what is seen.
 * @param {() => void} choose
 */
export function makeRow(choose) {
  const name = h("bdi", { class: "name" });
  const verified = verifiedMark();
  const online = h("span", { class: "online", "aria-hidden": "true" });
  const presence = spoken();
  const waits = spoken();
  const time = h("span", { class: "time" });
  const reason = spoken();
  const line = h("span", { class: "line", dir: "auto" });
  const unread = h("span", { class: "count", hidden: true });
  const unreadBy = spoken();
  const owner = h("span", { class: "owner" });
  const unsent = h("span", { class: "unsent" });
  const button = h(
    "button",
    { type: "button", class: "chat", tabindex: "-1", onclick: choose },
    h("span", { class: "top" }, online, name, verified, presence, waits, time, reason),
    h("span", { class: "bottom" }, line, unread, unreadBy),
    h("span", { class: "bottom" }, owner, unsent),
  );
  const element = h("li", { class: "entry" }, button);
  const told = { presence, waits, reason, unreadBy };
  return { element, button, name, verified, online, time, line, unread, owner, unsent, told };
}

const spoken = () => h("span", { class: "spoken" });

/**
 * @param {Row} row
 * @param {ListedChat} chat
 * @param {Seeing} seeing
 */
export function fill(row, chat, seeing) {
  const { me, inbox, unsent } = seeing;
  const { presence, query } = inbox;
  const hit = query ? inbox.hits.get(chat.chat_id) : undefined;
  const last = chat.last_message;
  say(row.name, nameOf(chat));
  row.verified.hidden = !isVerified(chat);
  row.online.hidden = !presence.of(chat);
  say(row.told.presence, `, ${presence.of(chat) ? texts.online : texts.offline}, `);
  fillTime(row, chat, seeing);
  if (hit) mark(row.line, hit.text, query);
  else say(row.line, last ? preview(last, me, calledBy(chat.visitor)) : "");
  const unread = chat.unread ? capped(chat.unread) : "";
  say(row.unread, unread);
  row.unread.hidden = !unread;
  say(row.told.unreadBy, unread && ` ${texts.unread}, `);
  row.button.classList.toggle("unread", unread !== "");
  say(row.owner, ownerOf(chat, me));
  row.owner.dataset.owner = chat.status === "closed" ? "" : chat.owner;
  const late = unsent(chat.chat_id);
  say(row.unsent, late ? texts.unsentShort(late) : "");
}

/** How long it waits, or when it was active.
 * @param {Row} row
 * @param {ListedChat} chat
 * @param {Seeing} seeing
 */
function fillTime(row, chat, { format, me }) {
  const last = chat.last_message;
  const waits = chat.waiting_since;
  say(row.told.waits, waits ? texts.waits("") : "");
  say(row.time, waits ? lasting(waits) : last ? format.listTime(last.created_at) : "");
  row.time.classList.toggle("waits", Boolean(waits));
  row.time.title = waits ? waitsFor(chat, me) : "";
  say(row.told.reason, waits ? `: ${waitsFor(chat, me)}, ` : ", ");
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
 * @param {string} visitor
 */
function preview(message, me, visitor) {
  if (message.kind === "event") return event(message, me, visitor);
  const text = message.text.replace(/\s+/g, " ");
  return message.role === "user" ? text : `${who(message, me)}: ${text}`;
}

/**
 * A text in which what was searched for is marked.
 * @param {HTMLElement} line
 * @param {string} text
 * @param {string} query
 */
function mark(line, text, query) {
  const words = query.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const key = `${words.join(" ")}|${text}`;
  if (line.dataset.marked === key && line.firstElementChild) return;
  line.dataset.marked = key;
  const parts = text.split(new RegExp(`(${words.map(beginning).join("|")})`, "giu"));
  const nodes = parts.flatMap((part, n) => {
    if (n % 2 === 0) return [part];
    const at = part.search(/[\p{L}\p{M}\p{N}]/u);
    return [part.slice(0, at), h("mark", {}, part.slice(at))];
  });
  line.replaceChildren(...nodes);
}

/** Where a language has no spaces, a word may begin anywhere. @param {string} word */
const beginning = (word) => (UNSPACED.test(word) ? word : `(?:^|[^\\p{L}\\p{M}\\p{N}])${word}`);

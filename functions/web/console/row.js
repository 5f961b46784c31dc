// @ts-check
import { h, say } from "../view/dom.js";
import { ago } from "./ago.js";
import { wordsOf } from "./asked.js";
import { avatar, paint } from "./avatar.js";
import { showViewers } from "./colleagues.js";
import { follow } from "./follow.js";
import { priorityName } from "./panels/priority.js";
import { ageOf, answererOf, statusOf, visitorOf } from "./status.js";
import { calledBy, capped, event, isVerified, nameOf, texts, who } from "./texts.js";
import { verifiedMark } from "./verified.js";
/** @import { ListedChat } from "./summaries.js" */

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/**
 * @typedef {ReturnType<typeof makeRow>} Row
 * @typedef {object} Seeing how a row is looked at
 * @property {string} me
 * @property {import("./inbox.js").Inbox} inbox
 * @property {(id: string) => number} unsent
 * @property {import("../client/peek.js").Peek} viewers
 */

/** A row of the list. What only a screen reader says stands between what is seen.
 * @param {(id: string) => void} choose the chat that the row shows by then
 * @param {(id: string, ranging: boolean) => void} pick select it, or all up to it
 */
export function makeRow(choose, pick) {
  const face = avatar({ kind: "visitor" });
  const online = h("span", { class: "online", "aria-hidden": "true" });
  const name = h("bdi", { class: "name" });
  const verified = verifiedMark();
  const presses = h("span", { class: "presses", hidden: true });
  const [presence, waits, ownedBy, unreadBy] = Array.from({ length: 4 }, spoken);
  const viewers = h("span", { class: "viewers", hidden: true });
  const time = h("span", { class: "time" });
  const by = h("span", { class: "by avatar", "aria-hidden": "true" });
  const line = h("span", { class: "line", dir: "auto" });
  const unsent = h("span", { class: "unsent" });
  const chip = h("span", { class: "chip" });
  const unread = h("span", { class: "count", hidden: true });
  const first = [name, verified, presses, presence, viewers, waits, time];
  const link = h(
    "a",
    { class: "chat", tabindex: "-1" },
    h("span", { class: "face" }, face, online),
    h("span", { class: "top" }, ...first, spoken(", ")),
    h("span", { class: "bottom" }, by, ownedBy, line, unsent, chip, unread, unreadBy),
  );
  follow(link, () => choose(link.dataset.chat ?? ""));
  const box = h("input", { type: "checkbox", tabindex: "-1", "aria-label": texts.select });
  box.onclick = ({ shiftKey }) => pick(link.dataset.chat ?? "", shiftKey);
  const element = h("li", { class: "entry" }, link, h("label", { class: "pick" }, box));
  const told = { presence, waits, ownedBy, unreadBy };
  const shown = { face, online, name, verified, presses, time, by, line, unsent, chip, unread };
  return { element, link, box, viewers, ...shown, told };
}

const spoken = (/** @type {unknown} */ text) =>
  h("span", { class: "spoken" }, typeof text === "string" && text);

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
  paint(row.face, visitorOf(chat));
  say(row.name, nameOf(chat));
  row.verified.hidden = !isVerified(chat);
  const { priority } = chat;
  row.presses.hidden = !priority;
  row.presses.dataset.priority = priority ?? "";
  say(row.presses, priorityName(priority));
  row.online.hidden = !presence.of(chat);
  say(row.told.presence, `, ${presence.of(chat) ? texts.online : texts.offline}, `);
  showViewers(row.viewers, seeing.viewers.of(chat.chat_id));
  fillTime(row, chat);
  paint(row.by, answererOf(chat));
  row.by.title = ownerOf(chat, me);
  say(row.told.ownedBy, `${texts.answeredBy(ownerOf(chat, me))}, `);
  if (hit) mark(row.line, hit, query);
  else say(row.line, last ? preview(last, me, calledBy(chat.visitor)) : "");
  const count = inbox.marks.unread(chat);
  const unread = count ? capped(count) : "";
  say(row.unread, unread);
  row.unread.hidden = !unread;
  say(row.told.unreadBy, unread && ` ${texts.unread}`);
  row.link.classList.toggle("unread", unread !== "");
  const late = unsent(chat.chat_id);
  say(row.unsent, late ? texts.unsentShort(late) : "");
  fillChip(row.chip, chat, me);
}

/**
 * @param {HTMLElement} chip
 * @param {ListedChat} chat
 * @param {string} me
 */
function fillChip(chip, chat, me) {
  const { kind, text } = statusOf(chat, me);
  say(chip, text);
  if (chip.dataset.kind !== kind) chip.dataset.kind = kind;
}

/** How long it waits, or when it was active.
 * @param {Row} row
 * @param {ListedChat} chat
 */
function fillTime(row, chat) {
  const last = chat.last_message;
  const waits = chat.waiting_since;
  say(row.told.waits, waits ? texts.waits("") : "");
  say(row.time, waits ? ago(waits) : last ? ago(last.created_at) : "");
  row.time.classList.toggle("waits", Boolean(waits));
  const age = waits ? ageOf(waits) : "";
  if (row.time.dataset.age !== age) row.time.dataset.age = age;
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
  const text = message.state === "erased" ? texts.erased : message.text.replace(/\s+/g, " ");
  return message.role === "user" ? text : `${who(message, me)}: ${text}`;
}

/**
 * A text in which what was searched for is marked.
 * @param {HTMLElement} line
 * @param {import("./summaries.js").Hit} hit
 * @param {string} query
 */
function mark(line, { text, note_id: note }, query) {
  const words = wordsOf(query);
  const key = `${words.join(" ")}|${note}|${text}`;
  if (line.dataset.marked === key && line.firstElementChild) return;
  line.dataset.marked = key;
  const parts = text.split(new RegExp(`(${words.map(beginning).join("|")})`, "giu"));
  const nodes = parts.flatMap((part, n) => {
    if (n % 2 === 0) return [part];
    const at = part.search(/[\p{L}\p{M}\p{N}]/u);
    return [part.slice(0, at), h("mark", {}, part.slice(at))];
  });
  line.replaceChildren(...(note ? [h("i", {}, `${texts.note}: `)] : []), ...nodes);
}

/** Where a language has no spaces, a word may begin anywhere. @param {string} word */
const beginning = (word) => (UNSPACED.test(word) ? word : `(?:^|[^\\p{L}\\p{M}\\p{N}])${word}`);

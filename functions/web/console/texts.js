// @ts-check
import { storedValue } from "../client/storage.js";
import { h } from "../view/dom.js";
import { language } from "../view/format.js";
import { de } from "./texts_de.js";
import { en } from "./texts_en.js";
/** @import { ChatSummary, Message } from "../client/types.js" */
/** @import { Texts } from "./texts_en.js" */
/** @typedef {import("./filters.js").Filter} Filter */

/** The language that was chosen in this browser; without, the browser's own.
 * @type {import("../client/storage.js").StoredValue<string>}
 */
export const chosenLanguage = storedValue("localStorage", "switchboard language", isText);
export const lang = language(chosenLanguage.read());
/** Of words in each language those of the reader's. @template T @param {{en: T, de: T}} all */
export const own = (all) => all[lang];
export const texts = own({ en, de });

/** The team's own name for somebody counts before what the visitor said.
 * @param {Pick<ChatSummary, "chat_id"> & Partial<ChatSummary>} summary
 */
export function nameOf({ visitor, contact, chat_id }) {
  return (
    contact?.name || visitor?.name || visitor?.email || `${texts.visitor} ${chat_id.slice(0, 4)}`
  );
}

/** Whether the website vouches for the name that is shown.
 * @param {{visitor?: ChatSummary["visitor"]}} summary
 */
export const isVerified = ({ visitor }) =>
  Boolean(visitor?.verified && (visitor.name || visitor.email));

/** What a chat waits for, as its reader is concerned. @param {ChatSummary} chat @param {string} me */
export function waitsFor({ waiting_for: what, manager }, me) {
  if (!what) return "";
  if (what !== "reply" || !manager) return texts.waitsFor[what];
  return texts.waitsForReplyOf(manager.id === me ? "" : (manager.name ?? texts.team));
}

/** Whether a chat's wait concerns somebody: they answer it or are responsible, or nobody is yet.
 * @param {ChatSummary} chat
 * @param {string} me
 */
export const concerns = ({ manager, assignee }, me) =>
  (!manager && !assignee) || [manager?.id, assignee?.id].includes(me);

/** A number of things in a small place. @param {number} n @param {boolean} [more] there are more */
export const capped = (n, more = false) => (n > 99 ? "99+" : `${n}${more ? "+" : ""}`);

/** A number beside a word; spoken, there is a pause between them.
 * @param {HTMLElement} element
 * @param {string} count empty: none
 */
export function sayCount(element, count) {
  if (element.textContent === (count && `, ${count}`)) return;
  element.replaceChildren(count && h("span", { class: "spoken" }, ", "), count);
}

/** What a visitor is called where it is clear who that is. @param {ChatSummary["visitor"]} visitor */
export const calledBy = ({ name, email }) => name || email || texts.visitor;

/** Who said it. @param {Message} message @param {string} me @param {string} [visitor] */
export function who({ role, author }, me, visitor = texts.visitor) {
  if (role === "user") return visitor;
  if (role === "assistant") return texts.assistant;
  return author && author.id === me ? texts.you : (author?.name ?? texts.team);
}

/** What happened. @param {Message} message @param {string} me @param {string} [visitor] */
export function event(message, me, visitor) {
  const { name, reason = "" } = message.event ?? { name: "" };
  const say = texts.events[/** @type {keyof Texts["events"]} */ (name)];
  return say ? say(who(message, me, visitor), reason) : message.text;
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === "string";
}

// @ts-check
import { language } from "../view/format.js";
import { de } from "./texts_de.js";
import { en } from "./texts_en.js";
/** @import { ChatSummary, Message } from "../client/types.js" */
/** @import { Texts } from "./texts_en.js" */

/** The codes that filters have on the wire, in the order they are shown. */
export const FILTERS = /** @type {const} */ (["all", "waiting", "mine", "assistant", "closed"]);
/** @typedef {typeof FILTERS[number]} Filter */

export const lang = language();
export const texts = { en, de }[lang];

/** @param {{chat_id: string, visitor?: ChatSummary["visitor"]}} summary */
export function nameOf({ visitor, chat_id }) {
  return visitor?.name || visitor?.email || `${texts.visitor} ${chat_id.slice(0, 4)}`;
}

/** Who said it. @param {Message} message @param {string} me */
export function who({ role, author }, me) {
  if (role === "user") return texts.visitor;
  if (role === "assistant") return texts.assistant;
  return author && author.id === me ? texts.you : (author?.name ?? texts.team);
}

/** What happened. @param {Message} message @param {string} me */
export function event(message, me) {
  const { name, reason = "" } = message.event ?? { name: "" };
  const say = texts.events[/** @type {keyof Texts["events"]} */ (name)];
  return say ? say(who(message, me), reason) : message.text;
}

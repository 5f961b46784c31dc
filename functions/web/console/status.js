// @ts-check
import { concerns, texts } from "./texts.js";
/** @import { ListedChat } from "./summaries.js" */
/** @import { Person } from "./avatar.js" */

const SOON = 2 * 60_000;
const LATE = 10 * 60_000;

/** How long somebody waits already, as a colour says it. @param {string} since */
export function ageOf(since) {
  const waited = Date.now() - Date.parse(since);
  return waited < SOON ? "new" : waited < LATE ? "late" : "long";
}

/**
 * The one thing to know of a chat: `kind` for the eye, `text` for everybody.
 * @param {ListedChat} chat
 * @param {string} me
 */
export function statusOf(chat, me) {
  const { waiting_for: waits, manager, assignee } = chat;
  if (chat.snoozed) return { kind: "snoozed", text: texts.filters.snoozed };
  if (waits && assignee?.id === me && manager?.id !== me) {
    return { kind: "turn", text: texts.waitsForYou };
  }
  if (waits === "reply" && manager && !concerns(chat, me)) {
    return { kind: "theirs", text: texts.turnOf(manager.name ?? texts.team) };
  }
  if (waits === "reply") return { kind: "turn", text: texts.yourTurn };
  if (waits) return { kind: "asked", text: texts.chips[waits] };
  if (chat.status === "closed") return { kind: "closed", text: texts.isClosed };
  if (chat.owner === "assistant" && chat.unanswered) {
    return { kind: "answers", text: texts.answers };
  }
  return { kind: "", text: "" };
}

/** Who answers, as a face. @param {ListedChat} chat @returns {Person} */
export function answererOf({ owner, manager }) {
  if (owner === "assistant") return { kind: "assistant" };
  if (!manager) return { kind: "nobody" };
  return { kind: "manager", id: manager.id, name: manager.name };
}

/** A visitor's face. @param {Pick<ListedChat, "chat_id" | "visitor">} chat @returns {Person} */
export function visitorOf({ chat_id, visitor }) {
  return { kind: "visitor", id: chat_id, name: visitor?.name || visitor?.email };
}

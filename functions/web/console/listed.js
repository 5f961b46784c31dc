// @ts-check
/** @import { ListedChat } from "./summaries.js" */
/** @import { Filter } from "./texts.js" */

// Later than any time there is.
const AFTER_OPEN = 1e15;

/**
 * Whether a list shows a chat.
 * @param {ListedChat} chat
 * @param {Filter} filter
 * @param {string} me who looks
 */
export function belongs(chat, filter, me) {
  const { status, owner, manager, assignee, stub, contact } = chat;
  const snoozed = Boolean(chat.snoozed);
  if (filter === "waiting") return Boolean(chat.waiting_since) && !snoozed;
  // As on the server: a chat is listed once somebody wrote in it.
  if (chat.last_seq === 0) return false;
  if (filter === "all") return true;
  if (filter === "closed") return status === "closed" && !stub;
  if (contact?.restriction) return false;
  if (filter === "snoozed") return snoozed;
  if (status !== "open" || snoozed) return false;
  if (filter === "mine") return [manager?.id, assignee?.id].includes(me);
  if (filter === "assistant") return owner === "assistant" && !stub;
  return filter === "open" || (!manager && !assignee && !stub);
}

/**
 * What orders a list: the smallest comes first.
 * @param {ListedChat} chat
 * @param {Filter} filter
 */
export function sortedBy(chat, filter) {
  const { active_at, last_message, created_at, unsnoozed_at, waiting_since, status } = chat;
  if (filter === "waiting" && waiting_since) return Date.parse(waiting_since);
  const active = Date.parse(active_at ?? last_message?.created_at ?? created_at);
  // What has come back stands where it is seen.
  const newest = -Math.max(active, Date.parse(unsnoozed_at ?? created_at));
  if (filter !== "all") return newest;
  return newest + (status === "closed" ? 2 : chat.snoozed ? 1 : 0) * AFTER_OPEN;
}

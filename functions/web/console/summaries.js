// @ts-check
import { plain } from "./plain.js";
/** @import { ChatSummary, Message, SearchHit } from "../client/types.js" */

const PREVIEW = 200;
// Enough of a source to make that of it.
const READ = 800;
// A chat that begins to wait changed at that moment, by the server's clock.
const JUST_NOW = 2_000;

/** @typedef {ChatSummary & {stub?: true}} ListedChat `stub`: only a message of it is known */

/** @param {ChatSummary} summary */
export const beganToWait = ({ waiting_since: since, updated_at }) =>
  since !== undefined && Date.parse(updated_at) - Date.parse(since) < JUST_NOW;

/** A message to many chats leaves each its place. @param {Message} message */
export const isBroadcast = ({ broadcast_id }) => broadcast_id !== undefined;

/** Of a list's messages only a line is kept. @param {Message | undefined} message */
export const shortened = (message) =>
  message && { ...message, text: lineOf(message), html: undefined };

/** @param {SearchHit} hit @returns {SearchHit} */
export const shortenedHit = (hit) => ({ ...hit, text: lineOf(hit) });

/** What visitors write is no markdown. @param {Pick<Message, "role" | "text">} message */
function lineOf({ role, text }) {
  const read = text.slice(0, READ);
  return (role === "user" ? read : plain(read)).slice(0, PREVIEW);
}

/** What a message by itself says about its chat. @param {Message} message @returns {ListedChat} */
export function stub({ chat_id, created_at }) {
  return {
    ...{ chat_id, created_at, updated_at: created_at, stub: true, status: "open", last_seq: 0 },
    ...{ owner: "assistant", epoch: 0, online: true, unanswered: false, visitor: {} },
    seen: { user: 0, manager: 0 },
  };
}

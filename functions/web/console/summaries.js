// @ts-check
import { plain } from "./plain.js";
/** @import { ChatSummary, Message, SearchHit, SearchNoteHit } from "../client/types.js" */

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

/**
 * Where a search has found a chat: in a message, or in a note.
 * @typedef {{chat_id: string, text: string, seq?: number, note_id?: string, created_at?: string}}
 *   Hit
 */

/** @param {SearchHit} hit @returns {Hit} */
export const shortenedHit = (hit) => ({ ...hit, text: lineOf(hit) });

/** @param {SearchNoteHit} hit @returns {Hit} */
export const shortenedNote = (hit) => ({ ...hit, text: hit.text.slice(0, PREVIEW) });

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

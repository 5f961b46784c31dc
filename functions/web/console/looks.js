// @ts-check
import { avatar } from "./avatar.js";
import { visitorOf } from "./status.js";
/** @import { ChatSummary, Message } from "../client/types.js" */

/**
 * How a message looks: whose face is beside it, and what kind it is.
 * @param {Pick<Message, "role" | "author">} message
 * @param {string} me
 * @param {ChatSummary} summary
 */
export function lookOf({ role, author }, me, summary) {
  if (role === "user") return { face: avatar(visitorOf(summary)), kind: "" };
  if (role === "assistant") return { face: avatar({ kind: "assistant" }), kind: "" };
  const mine = !author || author.id === me;
  if (mine) return { face: null, kind: "own" };
  return { face: avatar({ kind: "manager", id: author.id, name: author.name }), kind: "colleague" };
}

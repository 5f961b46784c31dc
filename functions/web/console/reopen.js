// @ts-check
import { nameOf, texts } from "./texts.js";
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Context } from "./context.js" */

/**
 * Say that a chat is closed now, with a way back.
 * @param {Context} context
 * @param {ChatSummary} chat
 * @param {(summary: ChatSummary) => void} reopened
 */
export function offerReopen({ client, failed, toast }, chat, reopened) {
  toast.offer(texts.nowClosed(nameOf(chat)), texts.reopen, () => {
    client.setStatus(chat.chat_id, "open").then(reopened, () => failed(texts.unreachable));
  });
}

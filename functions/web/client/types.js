// @ts-check
/**
 * The wire protocol's values as the clients read them. Types only: nothing here runs.
 *
 * @typedef {{id: string, name: string}} Author
 *
 * @typedef {object} MessageEvent
 * @property {string} name
 * @property {string} [reason]
 *
 * @typedef {object} Message
 * @property {string} chat_id
 * @property {number} seq
 * @property {string} id
 * @property {"user" | "manager" | "assistant"} role
 * @property {Author} [author]
 * @property {"text" | "event"} kind
 * @property {string} text
 * @property {MessageEvent} [event] what happened, where `kind` is `event`
 * @property {string} [html] made and sanitised by the server
 * @property {string} [client_id]
 * @property {number} [reply_to]
 * @property {"final" | "interrupted" | "failed" | "erased"} state
 * @property {number} rev
 * @property {boolean} [truncated]
 * @property {string} created_at
 *
 * @typedef {object} Summary
 * @property {string} chat_id
 * @property {"assistant" | "manager"} owner
 * @property {{id?: string, name: string}} [manager]
 * @property {number} epoch
 * @property {"open" | "closed"} status
 * @property {boolean} online
 * @property {string} [waiting_since]
 * @property {"asked" | "failed" | "budget" | "reply"} [waiting_for]
 * @property {boolean} unanswered
 * @property {number} last_seq
 * @property {Message} [last_message]
 * @property {number} [unread]
 * @property {{user: number, manager: number}} seen
 * @property {{name?: string, email?: string, locale?: string, page_url?: string}} visitor
 * @property {string} created_at
 * @property {string} updated_at
 *
 * @typedef {object} Delta
 * @property {string} chat_id
 * @property {number} reply_to
 * @property {number} try
 * @property {number} offset in code points
 * @property {string} text
 *
 * @typedef {object} Draft the answer now being written
 * @property {number} reply_to
 * @property {number} try
 * @property {number} start the offset of its first code point that is known here
 * @property {string} text
 *
 * @typedef {Message & {type: "message"}} MessageFrame
 * @typedef {Summary & {type: "chat"}} ChatFrame
 * @typedef {Delta & {type: "delta"}} DeltaFrame
 * @typedef {{type: "typing", chat_id: string, role: "user" | "manager"}} TypingFrame
 * @typedef {{type: "seen", chat_id: string, role: "user" | "manager", seq: number}} SeenFrame
 * @typedef {{id: string, name: string, role: "agent" | "admin", open: boolean}} Me
 *
 * @typedef {{type: "error", code: string, message: string, client_id?: string,
 *   retry_after?: number}} ErrorFrame
 * @typedef {{type: "pong"}} PongFrame
 * @typedef {object} ReadyFrame a visitor's
 * @property {"ready"} type
 * @property {Summary} chat
 * @property {Message[]} messages
 * @property {boolean} has_more
 * @property {Delta} [draft]
 * @typedef {{type: "ready", chats: Summary[], now: string, has_more: boolean}} ManagerReadyFrame
 *
 * @typedef {MessageFrame | ChatFrame | DeltaFrame | TypingFrame | SeenFrame} ChatFrames
 * @typedef {ChatFrames | ReadyFrame | ErrorFrame | PongFrame} UserFrame
 * @typedef {ChatFrames | ManagerReadyFrame | ErrorFrame | PongFrame} ManagerFrame
 *
 * @typedef {object} Pending a message on its way to the server
 * @property {string} client_id
 * @property {string} text
 * @property {"waiting" | "sending" | "failed"} state
 * @property {string} [why] what the server said against it
 * @property {string} created_at
 *
 * @typedef {{chat_id: string, messages: Message[], has_more: boolean}} History
 */

export {};

// @ts-check
/**
 * Switchboard's protocol for browsers, without dependencies. Both pages use it; so can yours.
 *
 *     import { VisitorClient } from "https://chat.example.com/client.js";
 *
 *     const client = new VisitorClient({ base: "https://chat.example.com/", changed: show });
 *     client.resume();        // go on with the chat this browser remembers, if there is one
 *     client.send("Hello");   // begins a chat when there is none
 *
 *     function show() {       // called after every change, often: draw once per frame
 *       client.chat?.transcript.messages;   // in order, without gaps
 *       client.chat?.transcript.draft;      // the answer now being written: {text} or null
 *       client.chat?.thinking;              // an answer is pending, nothing of it is here yet
 *       client.chat?.types("manager");      // a person types
 *       client.chat?.summary;               // who answers, who waits, how far was read
 *       client.outbox.unsent;               // sending, waiting for the network, or failed
 *       client.socket.state;                // connecting, open, waiting, refused, idle
 *     }
 *
 * `ManagerClient` is the team's side: `socket.start()`, `chats()`, `open()`, `own()`,
 * `broadcast()`.
 *
 * What they see to, so that nothing is lost, doubled or shown in the wrong order:
 *
 * - `Socket`: a ticket for each connection, a ping every four minutes, a new connection after
 *   every close, later and later and each client at another moment; 401 and 403 end it.
 * - `Outbox`: one message under way at a time, sent again under the same `client_id` until it is
 *   acknowledged or refused; it outlives a reload.
 * - `Transcript`: messages by `seq`, what follows a gap is held back, a higher `rev` replaces; the
 *   draft by `try` and `offset`, and no draft outlives its message.
 * - `Chat`: asks again after a second with a gap or fifteen of a silent answer.
 *
 * `message.html` is sanitised by the server; put it into a page through `view/markup.js` or not
 * at all. Every other text is text.
 */
export { Chat } from "./client/chat.js";
export { Problem } from "./client/http.js";
export { ManagerClient } from "./client/manager.js";
export { OpenChat } from "./client/open_chat.js";
export { Outbox } from "./client/outbox.js";
export { Socket } from "./client/socket.js";
export { Transcript } from "./client/transcript.js";
export { VisitorClient } from "./client/visitor.js";

// Values of the wire protocol, as short as a test can say them.

const AT = "2026-01-05T12:00:00Z";

/** A visitor's text, unless the rest says otherwise. */
export const message = (seq, rest = {}) => ({
  ...{ chat_id: "chat", seq, id: `m${seq}`, role: "user", kind: "text", text: `text ${seq}` },
  ...{ state: "final", rev: 1, attachments: [], created_at: AT },
  ...rest,
});

/** The assistant's answer to a message. */
export const answer = (seq, replyTo, rest = {}) =>
  message(seq, { role: "assistant", reply_to: replyTo, ...rest });

/** Something that happened, by a manager. */
export const event = (seq, name, rest = {}) =>
  message(seq, { role: "manager", kind: "event", event: { name }, ...rest });

/** A piece of the answer that is being written. */
export const delta = (offset, text, rest = {}) => ({
  ...{ type: "delta", chat_id: "chat", reply_to: 1, try: 1, offset, text },
  ...rest,
});

/** An open chat that the assistant answers. */
export const summary = (rest = {}) => ({
  ...{ chat_id: "chat", owner: "assistant", epoch: 1, status: "open", online: true },
  ...{ unanswered: false, last_seq: 0, seen: { user: 0, manager: 0 }, visitor: {} },
  ...{ created_at: AT, updated_at: AT },
  ...rest,
});

/** A page of history, or what a `resume` is answered with. */
export const page = (messages, rest = {}) => ({
  ...{ chat_id: "chat", messages, has_more: false },
  ...rest,
});

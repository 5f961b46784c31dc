import assert from "node:assert/strict";
import test from "node:test";
import { Marks } from "../../functions/web/client/marks.js";
import { event, message, summary } from "./made.js";

const me = { id: "anna", now: "2026-01-05T12:00:00Z" };
const author = { id: "anna", name: "Anna" };
const old = (rest) => summary({ created_at: "2026-01-05T11:00:00Z", ...rest });

test("what a list says counts, and a push takes nothing away", () => {
  const marks = new Marks(me);
  marks.learn(old({ last_seq: 5, read: 2 }));
  assert.equal(marks.unread(old({ last_seq: 5 })), 3);
  marks.learn(old({ last_seq: 6 }));
  assert.equal(marks.unread(old({ last_seq: 6 })), 4);
  assert.equal(marks.unread(old({ last_seq: 6, status: "closed" })), 0);
});

test("of an older chat that only a push told of it is asked; a new one is not read", () => {
  const marks = new Marks(me);
  assert.equal(marks.of(old()), undefined);
  assert.equal(marks.unread(old({ last_seq: 4 })), 0);
  assert.equal(marks.of(summary({ created_at: "2026-01-05T12:00:01Z" })), 0);
  // A server of the release before does not say it.
  marks.assume(old({ seen: { user: 0, manager: 3 } }));
  assert.equal(marks.of(old()), 3);
});

test("whoever writes has read what is above, once", () => {
  const marks = new Marks(me);
  const mine = message(4, { role: "manager", author });
  marks.learn(old({ read: 1, last_seq: 3 }));
  marks.learn(old({ last_seq: 4, last_message: mine }));
  assert.equal(marks.of(old()), 4);
  marks.set({ chat_id: "chat", seq: 2 });
  marks.learn(old({ last_seq: 4, last_message: mine }));
  assert.equal(marks.of(old()), 2);
  // A list that is loaded later says both.
  const later = new Marks(me);
  later.learn(old({ read: 2, last_seq: 4, last_message: mine }));
  assert.equal(later.of(old()), 2);
});

test("neither a broadcast nor what happened is unread by itself", () => {
  const marks = new Marks(me);
  marks.learn(old({ read: 2, last_seq: 2 }));
  const broadcast = message(3, { role: "manager", author, broadcast_id: "b" });
  const closed = message(3, { kind: "event", event: { name: "closed" } });
  for (const last_message of [broadcast, closed]) {
    assert.equal(marks.unread(old({ last_seq: 3, last_message })), 0);
  }
  marks.learn(old({ last_seq: 3, last_message: broadcast }));
  assert.equal(marks.unread(old({ last_seq: 4, last_message: message(4) })), 2);
});

test("what happens in a chat that is read is nothing to read", () => {
  const marks = new Marks(me);
  marks.learn(old({ read: 3, last_seq: 3 }));
  marks.learn(old({ last_seq: 4, last_message: event(4, "closed") }));
  const reopened = old({ last_seq: 5, last_message: event(5, "reopened") });
  marks.learn(reopened);
  assert.equal(marks.unread(reopened), 0);
  assert.equal(marks.unread(old({ last_seq: 6, last_message: message(6) })), 1);
  // In one that is not read, all of it is.
  const unread = new Marks(me);
  unread.learn(old({ read: 2, last_seq: 3 }));
  unread.learn(old({ last_seq: 4, last_message: event(4, "closed") }));
  assert.equal(unread.of(old()), 2);
});

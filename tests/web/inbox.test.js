import assert from "node:assert/strict";
import test from "node:test";
import { Inbox } from "../../functions/web/console/inbox.js";
import { event, message, summary } from "./made.js";

const at = (minute) => `2026-01-05T12:${String(minute).padStart(2, "0")}:00Z`;
/** A chat whose only message was written in a minute of the hour. */
const chat = (chat_id, minute, rest = {}) =>
  summary({
    ...{ chat_id, last_seq: 1, created_at: at(minute), updated_at: at(minute) },
    last_message: message(1, { chat_id, created_at: at(minute) }),
    ...rest,
  });
const frame = (value, type = "chat") => ({ ...value, type });
const ids = (list) => list.entries.map((entry) => entry.id);

function inbox(...chats) {
  const made = new Inbox();
  made.append({ chats });
  return made;
}

test("the chats stand by their last message, the newest first", () => {
  assert.deepEqual(ids(inbox(chat("a", 1), chat("c", 3), chat("b", 2))), ["c", "b", "a"]);
});

test("chats of the same time stand by their id", () => {
  assert.deepEqual(ids(inbox(chat("b", 1), chat("a", 1), chat("c", 1))), ["a", "b", "c"]);
});

test("a message brings its chat to the top and counts as unread", () => {
  const list = inbox(chat("a", 1), chat("b", 2));
  list.apply(frame(message(2, { chat_id: "a", created_at: at(3), text: "again" }), "message"));
  assert.deepEqual(ids(list), ["b", "a"]);
  assert.equal(list.arrange(), true);
  assert.deepEqual(ids(list), ["a", "b"]);
  assert.deepEqual(
    [list.marks.unread(list.chats.get("a")), list.chats.get("a").last_message.text],
    [2, "again"],
  );
  assert.equal(list.arrange(), false);
});

test("what is put off stands in one list, and comes back to the top", () => {
  const snoozed = { until: at(50) };
  const list = inbox(chat("a", 1, { waiting_since: at(1) }), chat("b", 2));
  list.apply(frame(chat("a", 1, { waiting_since: at(1), snoozed, updated_at: at(3) })));
  list.arrange();
  assert.deepEqual(ids(list), ["b"]);
  assert.equal(list.waiting.size, 0);
  const ended = { waiting_since: at(1), unsnoozed_at: at(50), updated_at: at(50) };
  const waits = list.apply(frame(chat("a", 1, ended)));
  assert.equal(waits?.chat_id, "a", "its wait is told anew");
  list.arrange();
  assert.deepEqual(ids(list), ["a", "b"]);
  list.look("snoozed", "");
  list.append({ chats: [chat("c", 4, { snoozed: {} })] });
  list.apply(frame(message(2, { chat_id: "c", created_at: at(51), text: "hi" }), "message"));
  list.arrange();
  assert.deepEqual(ids(list), []);
});

test("what happened is not unread, and an answer is", () => {
  const list = inbox(chat("a", 1));
  list.apply(frame(message(2, { chat_id: "a", role: "assistant" }), "message"));
  list.apply(frame(event(3, "closed", { chat_id: "a" }), "message"));
  list.marks.forward("a", 1);
  assert.equal(list.marks.unread(list.chats.get("a")), 1);
});

test("a push that comes twice, or late, changes nothing", () => {
  const list = inbox(chat("a", 5, { last_seq: 4 }));
  for (const seq of [3, 4]) list.apply(frame(message(seq, { chat_id: "a" }), "message"));
  assert.deepEqual([list.chats.get("a").last_seq, list.marks.unread(list.chats.get("a"))], [4, 4]);
  assert.equal(list.arrange(), false);
  assert.equal(list.chats.get("a").last_message.created_at, at(5));
});

test("of chats that changed meanwhile, those that began to wait are named", () => {
  const waits = { waiting_since: at(3), updated_at: at(4) };
  const list = inbox(chat("a", 1), chat("b", 2, { waiting_since: at(2) }));
  const changed = [chat("a", 1, waits), chat("b", 2, waits), chat("c", 3, waits), chat("d", 3)];
  assert.deepEqual(
    list.learn(changed).map((one) => one.chat_id),
    ["a", "c"],
  );
  assert.deepEqual(list.learn(changed), []);
});

test("a message of an unknown chat makes a stub that is to be completed", () => {
  const list = inbox(chat("a", 1));
  list.apply(frame(message(9, { chat_id: "new", created_at: at(2) }), "message"));
  list.arrange();
  assert.deepEqual([ids(list), list.stubs(0, 10)], [["new", "a"], ["new"]]);
  list.learn([chat("new", 2, { last_seq: 9, visitor: { name: "Ada" }, updated_at: at(1) })]);
  assert.deepEqual([list.stubs(0, 10), list.chats.get("new").visitor.name], [[], "Ada"]);
});

test("an older summary does not take the place of a newer one", () => {
  const list = inbox(chat("a", 5, { status: "closed" }));
  list.apply(frame(chat("a", 4, { status: "open" })));
  assert.equal(list.chats.get("a").status, "closed");
});

test("a summary from before a message keeps the message", () => {
  const list = inbox(chat("a", 1));
  list.apply(frame(message(2, { chat_id: "a", text: "newest" }), "message"));
  list.apply(frame(chat("a", 1, { updated_at: at(2), online: false })));
  const known = list.chats.get("a");
  assert.deepEqual([known.last_seq, known.last_message.text, known.online], [2, "newest", false]);
});

test("a chat that begins to wait is named once", () => {
  const list = inbox(chat("a", 1));
  const waits = { waiting_since: at(2), waiting_for: "asked", updated_at: at(2) };
  assert.equal(list.apply(frame(chat("a", 1, waits))).chat_id, "a");
  assert.equal(list.apply(frame(chat("a", 1, { ...waits, updated_at: at(3) }))), null);
  assert.deepEqual([...list.waiting], [["a", Date.parse(at(2))]]);
  assert.equal(list.apply(frame(chat("a", 1, { updated_at: at(4) }))), null);
  assert.equal(list.waiting.size, 0);
});

test("a chat that was not known and waits already does not begin to wait", () => {
  const list = inbox();
  const waits = { waiting_since: at(2), waiting_for: "asked" };
  assert.equal(list.apply(frame(chat("old", 1, { ...waits, updated_at: at(9) }))), null);
  assert.equal(list.apply(frame(chat("new", 1, { ...waits, updated_at: at(2) }))).chat_id, "new");
  assert.deepEqual([...list.waiting.keys()], ["old", "new"]);
});

test("among all chats a closed one stands after every open one, and comes up when reopened", () => {
  const list = new Inbox();
  list.look("all", "");
  list.append({ chats: [chat("old", 1), chat("done", 9, { status: "closed" })] });
  assert.deepEqual(ids(list), ["old", "done"]);
  list.apply(frame(chat("done", 9, { updated_at: at(10) })));
  list.arrange();
  assert.deepEqual(ids(list), ["done", "old"]);
});

test("the waiting stand by how long they wait, the longest first", () => {
  const list = new Inbox();
  list.look("waiting", "");
  list.append({
    chats: [chat("late", 1, { waiting_since: at(9) }), chat("early", 8, { waiting_since: at(2) })],
  });
  assert.deepEqual(ids(list), ["early", "late"]);
  list.apply(frame(chat("early", 8, { updated_at: at(10) })));
  list.arrange();
  assert.deepEqual(ids(list), ["late"]);
});

for (const [filter, expected] of [
  ["all", ["assigned", "assistants", "mine", "theirs", "closed"]],
  ["open", ["assigned", "assistants", "mine", "theirs"]],
  ["assistant", ["assigned", "assistants"]],
  ["mine", ["assigned", "mine"]],
  ["unassigned", ["assistants"]],
  ["closed", ["closed"]],
]) {
  test(`the filter "${filter}" shows what belongs to it, and nothing else`, () => {
    const list = new Inbox();
    list.me = "me";
    list.look(filter, "");
    list.append({ chats: [] });
    list.learn([
      chat("assistants", 1),
      chat("assigned", 1, { assignee: { id: "me", name: "Me" } }),
      chat("closed", 1, { status: "closed" }),
      chat("mine", 1, { owner: "manager", manager: { id: "me", name: "Me" } }),
      chat("theirs", 1, { owner: "manager", manager: { id: "other", name: "Other" } }),
      chat("silent", 1, { last_seq: 0 }),
    ]);
    list.arrange();
    assert.deepEqual(ids(list), expected);
  });
}

test("what lies beyond the loaded pages comes with its page", () => {
  const list = new Inbox();
  list.append({ chats: [chat("a", 5), chat("b", 4)], next_cursor: "more" });
  list.learn([chat("old", 1), chat("new", 9)]);
  list.arrange();
  assert.deepEqual([ids(list), list.cursor], [["new", "a", "b"], "more"]);
  list.append({ chats: [chat("old", 1)] });
  assert.deepEqual([ids(list), list.cursor], [["new", "a", "b", "old"], null]);
});

test("a search stays as it was found, and its chats move with their messages", () => {
  const list = new Inbox();
  list.look("all", "order");
  list.append({ chats: [chat("a", 1), chat("b", 2)] });
  list.learn([chat("c", 9)]);
  list.apply(frame(message(2, { chat_id: "a", created_at: at(8) }), "message"));
  list.arrange();
  assert.deepEqual(ids(list), ["a", "b"]);
});

test("of a last message only the beginning is kept", () => {
  const list = inbox(
    chat("a", 1, { last_message: message(1, { text: "x".repeat(900), html: "<p>" }) }),
  );
  const kept = list.chats.get("a").last_message;
  assert.deepEqual([kept.text.length, kept.html], [200, undefined]);
});

test("who sees fewer sites loses the chats of the others at once", () => {
  const list = inbox(chat("a", 1, { site: "shop" }), chat("b", 2, { site: "blog" }));
  assert.equal(list.see(["blog", "shop"]), false, "as it was from the start");
  list.apply(frame(message(1, { chat_id: "c", created_at: at(3) }), "message"));
  list.apply(frame(chat("a", 1, { site: "shop", waiting_since: at(4) })));
  list.arrange();
  assert.deepEqual([ids(list), list.waiting.size], [["c", "b", "a"], 1]);
  assert.equal(list.see(["blog"]), true);
  // Of "c" only a message is known: it may be of the shop.
  assert.deepEqual([ids(list), list.waiting.size, list.chats.size], [["b"], 0, 1]);
  // What was on its way comes too late.
  list.apply(frame(chat("a", 5, { site: "shop", updated_at: at(5) })));
  list.append({ chats: [chat("a", 5, { site: "shop" }), chat("d", 6, { site: "blog" })] });
  assert.deepEqual([ids(list), list.chats.has("a")], [["d", "b"], false]);
  assert.equal(list.see(["blog"]), false);
  assert.equal(list.see(undefined), true, "all sites: the others are to be loaded");
});

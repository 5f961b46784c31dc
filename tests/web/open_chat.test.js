import assert from "node:assert/strict";
import test from "node:test";
import { Marks } from "../../functions/web/client/marks.js";
import { OpenChat } from "../../functions/web/client/open_chat.js";
import { Problem } from "../../functions/web/client/http.js";
import { openBrowser } from "./browser.js";
import { stopClock } from "./clock.js";
import { answer, delta, message, page, summary } from "./made.js";

/** A chat that a manager has open, with pages of history to give and the actions it sent. */
function open(t, pages = [page([message(1), message(2)])]) {
  openBrowser();
  const clock = stopClock(t);
  const world = { clock, pages, ranges: [], actions: [], written: [], connected: true };
  const client = {
    marks: new Marks(),
    socket: { send: (action) => world.connected && Boolean(world.actions.push(action)) },
    history: async (_chat, range) => {
      world.ranges.push(range);
      const next = world.pages.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    outboxes: { of: (chat) => ({ add: (text, more) => world.written.push([chat, text, more]) }) },
  };
  world.opened = new OpenChat(client, summary(), () => {});
  world.seqs = () => world.opened.chat.transcript.messages.map((one) => one.seq);
  t.after(() => world.opened.chat.close());
  return world;
}

/** A promise, and the function that keeps it. */
function deferred() {
  const made = {};
  made.promise = new Promise((resolve) => {
    made.resolve = resolve;
  });
  return made;
}

test("the newest page is loaded, and what comes is watched", async (t) => {
  const world = open(t);
  await world.opened.load();
  assert.deepEqual(world.ranges, [{ before: 2 ** 31 - 1, limit: 50 }]);
  assert.deepEqual(world.actions, [{ action: "watch", chat_id: "chat" }]);
  assert.deepEqual([world.seqs(), world.opened.failed], [[1, 2], false]);
});

test("a page that could not be loaded is loaded at the next call", async (t) => {
  const world = open(t, [new Problem(500, "internal", ""), page([message(1)])]);
  await world.opened.load();
  assert.equal(world.opened.failed, true);
  await world.opened.catchUp();
  assert.deepEqual([world.seqs(), world.opened.failed], [[1], false]);
});

test("a first page that comes late takes nothing away", async (t) => {
  const late = deferred();
  const world = open(t, [late.promise, page([message(1), message(2)])]);
  const first = world.opened.load();
  await world.opened.catchUp();
  world.opened.chat.apply({ ...message(3), type: "message" });
  late.resolve(page([message(1), message(2)]));
  await first;
  assert.deepEqual([world.seqs(), world.opened.failed], [[1, 2, 3], false]);
});

test("what did not come is asked for page by page", async (t) => {
  const world = open(t, [
    page([message(1)]),
    page([message(2), message(3)], { has_more: true }),
    page([message(4)]),
  ]);
  await world.opened.load();
  await world.opened.catchUp();
  assert.deepEqual(world.ranges.slice(1), [
    { after: 1, limit: 200 },
    { after: 3, limit: 200 },
  ]);
  assert.deepEqual(world.seqs(), [1, 2, 3, 4]);
});

test("a gap is closed by itself after a second", async (t) => {
  const world = open(t, [page([message(1)]), page([message(2), message(3)])]);
  await world.opened.load();
  world.opened.chat.apply({ ...message(3), type: "message" });
  await world.clock.pass(1_000);
  assert.deepEqual(world.seqs(), [1, 2, 3]);
});

test("an older page goes in front", async (t) => {
  const world = open(t, [page([message(5)], { has_more: true }), page([message(3), message(4)])]);
  await world.opened.load();
  await world.opened.older();
  assert.deepEqual(world.ranges[1], { before: 5, limit: 50 });
  assert.deepEqual(world.seqs(), [3, 4, 5]);
  await world.opened.older();
  assert.equal(world.ranges.length, 2);
});

test("what is written goes to the chat's outbox", async (t) => {
  const world = open(t);
  world.opened.send("hello");
  assert.deepEqual(world.written, [["chat", "hello", { after_seq: 0 }]]);
});

test("what is written names the last message that was before the manager's eyes", async (t) => {
  const world = open(t, [page([message(1), message(2)])]);
  await world.opened.load();
  world.opened.send("of the list");
  world.opened.seen();
  world.opened.chat.apply({ ...message(3), type: "message" });
  world.opened.send("not drawn yet");
  world.opened.anyway = true;
  world.opened.send("anyway");
  assert.deepEqual(
    world.written.map(([, , more]) => more),
    [{ after_seq: 0 }, { after_seq: 2 }, {}],
  );
});

test("typing is told every three seconds, and anew after a message", async (t) => {
  const world = open(t);
  world.opened.typing();
  world.opened.typing();
  await world.clock.pass(2_950);
  world.opened.typing();
  assert.equal(world.actions.length, 1);
  await world.clock.pass(50);
  world.opened.typing();
  world.opened.send("hello");
  world.opened.typing();
  assert.deepEqual(
    world.actions.map((one) => one.action),
    ["typing", "typing", "typing"],
  );
});

test("what is seen is told once, and again where it was not sent", async (t) => {
  const world = open(t);
  await world.opened.load();
  world.actions.length = 0;
  world.opened.seen();
  await world.clock.pass(1_000);
  assert.deepEqual(world.actions, []);
  world.connected = false;
  world.opened.seen();
  world.connected = true;
  world.opened.seen();
  world.opened.seen();
  assert.deepEqual(world.actions, [{ action: "seen", chat_id: "chat", seq: 2 }]);
});

test("what the team or the assistant wrote is told together, or when the chat is left", async (t) => {
  const world = open(t, [page([message(1), answer(2, 1)])]);
  const told = () => world.actions.map((one) => one.seq);
  await world.opened.load();
  await world.clock.pass(1_000);
  world.actions.length = 0;
  world.opened.seen();
  world.opened.seen();
  assert.deepEqual(told(), [2]);
  for (const seq of [3, 4]) {
    world.opened.chat.apply({ ...answer(seq, 1), type: "message" });
    world.opened.seen();
  }
  await world.clock.pass(9_950);
  assert.deepEqual(told(), [2]);
  await world.clock.pass(50);
  assert.deepEqual(told(), [2, 4]);
  world.opened.chat.apply({ ...answer(5, 1), type: "message" });
  world.opened.seen();
  world.opened.close();
  assert.deepEqual(told(), [2, 4, 5]);
});

test("what was marked as unread stays so until something follows", async (t) => {
  const world = open(t);
  await world.opened.load();
  await world.clock.pass(1_000);
  world.opened.seen();
  world.actions.length = 0;
  world.opened.unread(1);
  world.opened.seen();
  assert.deepEqual(world.actions, []);
  world.opened.chat.apply({ ...message(3), type: "message" });
  world.opened.seen();
  assert.deepEqual(world.actions, [{ action: "seen", chat_id: "chat", seq: 3 }]);
});

test("what a summary knows of and what did not come is asked for", async (t) => {
  const world = open(t, [page([message(1)]), page([message(2)])]);
  await world.opened.load();
  world.opened.reaches(1);
  await world.clock.pass(1_000);
  assert.deepEqual(world.seqs(), [1]);
  world.opened.reaches(2);
  await world.clock.pass(950);
  assert.deepEqual(world.seqs(), [1]);
  await world.clock.pass(50);
  assert.deepEqual(world.seqs(), [1, 2]);
});

test("an older summary that comes later takes nothing back", async (t) => {
  const world = open(t, [page([message(1)]), page([message(2)])]);
  await world.opened.load();
  world.opened.reaches(2);
  await world.clock.pass(500);
  world.opened.reaches(1);
  await world.clock.pass(500);
  assert.deepEqual(world.seqs(), [1, 2]);
});

test("a draft that the server does not go on with is taken away", async (t) => {
  const world = open(t, [page([message(1)]), page([])]);
  await world.opened.load();
  world.opened.chat.apply(delta(0, "Hel"));
  await world.opened.catchUp();
  await world.clock.pass(2_950);
  assert.equal(world.opened.chat.transcript.draft.text, "Hel");
  await world.clock.pass(50);
  assert.equal(world.opened.chat.transcript.draft, null);
});

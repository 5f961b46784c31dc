import assert from "node:assert/strict";
import test from "node:test";
import { Inbox } from "../../functions/web/console/inbox.js";
import { Pages } from "../../functions/web/console/pages.js";
import { openBrowser } from "./browser.js";
import { NOON, stopClock } from "./clock.js";
import { message, summary } from "./made.js";

openBrowser();
const { Waiting } = await import("../../functions/web/console/waiting.js");
const { capped } = await import("../../functions/web/console/texts.js");

const iso = (seconds) => new Date(NOON + seconds * 1_000).toISOString();
const chat = (chat_id, rest = {}) => summary({ chat_id, last_seq: 1, ...rest });
const waiting = (n, rest = {}) =>
  chat(`waits-${n}`, { waiting_since: iso(n), waiting_for: "asked", ...rest });

/** A client whose pages of chats are given, by filter. */
function client(pages) {
  const asked = [];
  return {
    asked,
    socket: { state: "open" },
    chats: async ({ filter, cursor }) => {
      asked.push([filter, cursor]);
      const page = pages[filter].shift();
      if (page instanceof Error) throw page;
      return page;
    },
  };
}

test("all chats are the open ones page by page, what is put off, and then the closed", async () => {
  const inbox = new Inbox();
  const made = client({
    open: [{ chats: [chat("a")], next_cursor: "2" }, { chats: [chat("b")] }],
    snoozed: [{ chats: [chat("s", { snoozed: {} })] }],
    closed: [{ chats: [chat("c", { status: "closed" })] }],
  });
  const pages = new Pages(made, inbox, () => {});
  await pages.look("all", "");
  await pages.load();
  await pages.load();
  assert.deepEqual(made.asked, [
    ["open", undefined],
    ["open", "2"],
    ["snoozed", undefined],
    ["closed", undefined],
  ]);
  const all = [["a", "b", "s", "c"], null];
  assert.deepEqual([inbox.entries.map(({ id }) => id), inbox.cursor], all);
});

/** Who waits, of so many. */
async function waits(t, pages) {
  const clock = stopClock(t);
  const inbox = new Inbox();
  const made = client({ waiting: pages });
  const who = new Waiting(made, inbox, "me", () => {});
  await who.load();
  return { who, inbox, made, clock };
}

test("more who wait than are counted are 99+, never a wrong number", async (t) => {
  const hundred = Array.from({ length: 100 }, (_, n) => waiting(n));
  const { who } = await waits(t, [{ chats: hundred, next_cursor: "more" }]);
  assert.equal(who.label, "99+");
});

test("when few are left of those that were loaded, the next ones are loaded", async (t) => {
  const hundred = Array.from({ length: 100 }, (_, n) => waiting(n));
  const rest = Array.from({ length: 30 }, (_, n) => waiting(100 + n));
  const page = { chats: hundred, next_cursor: "more" };
  const { who, inbox, made, clock } = await waits(t, [page, { chats: rest }]);
  inbox.learn(hundred.map((one) => chat(one.chat_id, { updated_at: iso(1) })));
  who.refill();
  assert.deepEqual([made.asked.length, who.label], [1, ""]);
  await clock.pass(6_000);
  // Nothing came since: an idle console asks for nothing.
  who.refill();
  assert.equal(made.asked.length, 1);
  who.heard();
  who.refill();
  await clock.pass(0);
  assert.deepEqual([made.asked.length, who.label], [2, "30"]);
});

test("the tab counts who waits for me or for anybody, the longest first", async (t) => {
  const owned = (id) => ({ owner: "manager", manager: { id, name: id } });
  const chats = [waiting(1, owned("other")), waiting(3, owned("me")), waiting(2)];
  const { who } = await waits(t, [{ chats }]);
  assert.deepEqual([who.mine, who.longest, who.label], [{ count: 2, more: false }, "waits-2", "3"]);
});

test("who waits is loaded again after it failed", async (t) => {
  const { who } = await waits(t, [new Error("away"), { chats: [waiting(1)] }]);
  assert.deepEqual([who.failed, who.label], [true, ""]);
  await who.load();
  assert.deepEqual([who.failed, who.label], [false, "1"]);
});

test("a number in a small place is never wrong", () => {
  assert.deepEqual(
    [capped(0), capped(99), capped(100), capped(7, true), capped(511, true)],
    ["0", "99", "99+", "7+", "99+"],
  );
});

test("a chat that is not there for this manager leaves the list", async () => {
  const inbox = new Inbox();
  inbox.append({ chats: [chat("a")] });
  inbox.apply({ ...message(1, { chat_id: "lost" }), type: "message" });
  inbox.arrange();
  const made = { named: async () => ({ chats: [] }) };
  await new Pages(made, inbox, () => {}).complete(["lost"]);
  assert.deepEqual(
    inbox.entries.map(({ id }) => id),
    ["a"],
  );
});

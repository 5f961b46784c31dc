import assert from "node:assert/strict";
import test from "node:test";
import { HUES, hueOf, initials } from "../../functions/web/console/avatar.js";
import { openBrowser } from "./browser.js";
import { NOON, stopClock } from "./clock.js";

openBrowser();
const { ageOf, statusOf } = await import("../../functions/web/console/status.js");
const MINUTE = 60_000;

test("initials are those of the first and the last word", () => {
  for (const [name, letters] of [
    ["Ada Lovelace", "AL"],
    ["grace brewster murray hopper", "GH"],
    ["Ödön", "Ö"],
    ["李 小龙", "李小"],
    ["ada@shop.example", "A"],
    ["  -- ", ""],
    ["", ""],
  ]) {
    assert.equal(initials(name), letters);
  }
});

test("a colour belongs to an id, and all of them are used", () => {
  const hues = new Set(Array.from({ length: 200 }, (_, n) => hueOf(`chat-${n}`)));
  assert.equal(hues.size, HUES);
  assert.equal(hueOf("ada"), hueOf("ada"));
});

test("a wait is grey, then amber, then red", (t) => {
  stopClock(t);
  const since = (milliseconds) => ageOf(new Date(NOON - milliseconds).toISOString());
  assert.deepEqual([0, 2 * MINUTE - 1, 2 * MINUTE, 10 * MINUTE - 1, 10 * MINUTE].map(since), [
    "new",
    "new",
    "late",
    "late",
    "long",
  ]);
});

test("a chat has one status", () => {
  const chat = { status: "open", owner: "manager", unanswered: false };
  const ben = { id: "ben", name: "Ben" };
  const kind = (more) => statusOf({ ...chat, ...more }, "anna").kind;
  assert.equal(kind({}), "");
  assert.equal(kind({ waiting_for: "asked" }), "asked");
  assert.equal(kind({ waiting_for: "reply" }), "turn");
  assert.equal(kind({ waiting_for: "reply", manager: ben }), "theirs");
  assert.equal(kind({ owner: "assistant", unanswered: true }), "answers");
  assert.equal(kind({ owner: "assistant", unanswered: false }), "");
  assert.equal(kind({ status: "closed" }), "closed");
  assert.equal(
    statusOf({ ...chat, waiting_for: "reply", manager: ben }, "anna").text,
    "Ben’s turn",
  );
});

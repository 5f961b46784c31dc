import assert from "node:assert/strict";
import test from "node:test";
import { HUES, hueOf, initials, squares } from "../../functions/web/console/avatar.js";
import { browserOf } from "../../functions/web/console/browser.js";
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

test("who gave no name has a pattern of their own, always the same", () => {
  const ids = Array.from({ length: 1000 }, (_, n) => `${n.toString(16)}f3-${n * 7919}`);
  const seen = new Set(ids.map((id) => `${hueOf(id)} ${squares(id)}`));
  assert.ok(seen.size > 980, `${seen.size}`);
  assert.equal(squares("ada"), squares("ada"));
  for (const id of ["", ...ids]) assert.match(squares(id), /^(M[0-4] [0-4]h1v1h-1z)+$/);
});

test("a browser is named in a few words, whatever it says", () => {
  const like = "AppleWebKit/537.36 (KHTML, like Gecko)";
  for (const [agent, name, small] of [
    [
      "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
      "Firefox · Linux",
      false,
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0) ${like} Chrome/137.0 Safari/537.36 Edg/137.0`,
      "Edge · Windows",
      false,
    ],
    [`Mozilla/5.0 (Macintosh) ${like} Version/18.5 Safari/605.1.15`, "Safari · macOS", false],
    [
      `Mozilla/5.0 (Linux; Android 15) ${like} Chrome/137.0 Mobile Safari/537.36`,
      "Chrome · Android",
      true,
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) ${like} CriOS/137.0 Mobile/15E148 Safari/604.1`,
      "Chrome · iPhone",
      true,
    ],
    ["curl/8.5.0", "curl", false],
    ["<b>x</b>", "<b>x<", false],
    ["", "", false],
  ]) {
    assert.deepEqual(browserOf(agent), { name, small });
  }
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

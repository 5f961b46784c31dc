import assert from "node:assert/strict";
import test from "node:test";
import { openBrowser } from "./browser.js";
import { stopClock } from "./clock.js";

openBrowser();
const { Peek } = await import("../../functions/web/client/peek.js");

test("rows whose question was refused are asked for again, and no more once that is answered", async (t) => {
  const clock = stopClock(t);
  const asked = [];
  const peek = new Peek(
    "anna",
    (action) => asked.push(action),
    () => {},
  );
  peek.connected(true);
  peek.see(["a", "b"]);
  await clock.pass(1_000);
  assert.equal(asked.length, 1);
  peek.hear({ type: "error", code: "too_many", message: "", retry_after: 7 });
  await clock.pass(6_900);
  assert.equal(asked.length, 1, "not before it may");
  await clock.pass(100);
  assert.deepEqual(asked[1], { action: "peek", chat_ids: ["a", "b"] });
  peek.hear({ type: "peeked", chats: [], at: "2026-01-05T12:00:00Z" });
  // About something else.
  peek.hear({ type: "error", code: "not_found", message: "" });
  await clock.pass(60_000);
  assert.equal(asked.length, 2);
});

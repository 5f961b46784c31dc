import assert from "node:assert/strict";
import test from "node:test";
import { Inbox } from "../../functions/web/console/inbox.js";
import { plain } from "../../functions/web/console/plain.js";
import { stopClock } from "./clock.js";
import { message, summary } from "./made.js";

for (const [source, shown] of [
  ["**all countries**, and *more*", "all countries, and more"],
  ["we ship to **all coun", "we ship to all coun"],
  ["# Our plans\n\n> two\n> of them", "Our plans two of them"],
  ["see [Orders](https://shop.example/a_(b)) now", "see Orders now"],
  ["see [Orders](https://shop.example/a", "see Orders"],
  ["![a cat](https://cats.example/1.png) <https://a.example>", "a cat https://a.example"],
  ["- one\n- [x] two\n* three\n1. four", "• one • two • three 1. four"],
  ["| plan | price |\n|---|---:|\n| Pro | 5 |", "plan · price Pro · 5"],
  ["```js\nlet a = 1;\n```\nand `b`", "let a = 1; and b"],
  ["snake_case_name and _this_ and 2 * 3 * 4", "snake_case_name and this and 2 * 3 * 4"],
  ["1 \\* 2", "1 * 2"],
  ["a  b\n\n---\nc", "a b c"],
  ["", ""],
]) {
  test(`a line of ${JSON.stringify(source)} has no source in it`, () => {
    assert.equal(plain(source), shown);
  });
}

test("it is quick whatever comes", () => {
  for (const part of ["*", "_", "[", "|-", "`", "- [", "> ", "\\", "![](", "a*b_"]) {
    // Of the processor: a busy machine lets us wait.
    const began = process.cpuUsage();
    plain(part.repeat(800 / part.length));
    assert.ok(process.cpuUsage(began).user < 50_000, part);
  }
});

test("the list shows an answer without its source, and a visitor's text as it is", () => {
  const list = new Inbox();
  const last = (role) => message(1, { role, text: "**bold**" });
  list.append({
    chats: ["user", "assistant"].map((role) =>
      summary({ chat_id: role, last_seq: 1, last_message: last(role) }),
    ),
  });
  assert.equal(list.chats.get("user").last_message.text, "**bold**");
  assert.equal(list.chats.get("assistant").last_message.text, "bold");
});

test("a gap of a few seconds is no absence", async (t) => {
  const clock = stopClock(t);
  let drawn = 0;
  const list = new Inbox(() => drawn++);
  const chat = (second, online) =>
    summary({ online, last_seq: 1, updated_at: `2026-01-05T12:00:${second}Z` });
  const isOnline = () => list.presence.of(list.chats.get("chat"));
  list.learn([chat("01", true)]);
  list.learn([chat("02", false)]);
  await clock.pass(9_900);
  assert.equal(isOnline(), true);
  list.learn([chat("12", true)]);
  await clock.pass(60_000);
  assert.equal(isOnline(), true);
  list.learn([chat("13", false)]);
  drawn = 0;
  await clock.pass(10_000);
  assert.deepEqual([isOnline(), drawn], [false, 1]);
});

test("who was offline when first seen is offline at once", () => {
  const list = new Inbox();
  list.learn([summary({ online: false })]);
  assert.equal(list.presence.of(list.chats.get("chat")), false);
});

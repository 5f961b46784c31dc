import assert from "node:assert/strict";
import test from "node:test";
import { Chat, isNewer } from "../../functions/web/client/chat.js";
import { stopClock } from "./clock.js";
import { answer, delta, event, message, page, summary } from "./made.js";

/** A chat with its first messages, and how often it asked for what is missing. */
function opened(t, messages = [message(1)], known = {}) {
  const clock = stopClock(t);
  const missing = t.mock.fn();
  const changed = t.mock.fn();
  const chat = new Chat("chat", { missing, changed });
  chat.summarise(summary(known));
  chat.transcript.begin(messages, false);
  chat.settle();
  t.after(() => chat.close());
  return { chat, clock, changed, asked: () => missing.mock.callCount() };
}
const pushed = (made) => ({ ...made, type: "message" });

test("a gap that stays for a second is asked about", async (t) => {
  const { chat, clock, asked } = opened(t);
  chat.apply(pushed(message(3)));
  await clock.pass(950);
  assert.equal(asked(), 0);
  await clock.pass(50);
  assert.equal(asked(), 1);
});

test("a gap that fills within a second is not asked about", async (t) => {
  const { chat, clock, asked } = opened(t, [message(1), answer(2, 1)]);
  chat.apply(pushed(event(4, "closed")));
  await clock.pass(900);
  chat.apply(pushed(event(3, "closed")));
  await clock.pass(5_000);
  assert.equal(asked(), 0);
});

test("a gap that stays is asked about again, later and later", async (t) => {
  const { chat, clock, asked } = opened(t, [answer(1, 0)]);
  chat.apply(pushed(event(3, "closed")));
  for (const [wait, times] of [
    [1_000, 1],
    [2_000, 2],
    [4_000, 3],
    [8_000, 4],
    [16_000, 5],
    [16_000, 6],
  ]) {
    await clock.pass(wait - 50);
    assert.equal(asked(), times - 1);
    await clock.pass(50);
    assert.equal(asked(), times);
  }
});

test("a new gap is asked about after a second again", async (t) => {
  const { chat, clock, asked } = opened(t, [answer(1, 0)]);
  chat.apply(pushed(event(3, "closed")));
  await clock.pass(3_000);
  assert.equal(asked(), 2);
  chat.apply(pushed(event(2, "closed")));
  chat.apply(pushed(event(5, "closed")));
  await clock.pass(1_000);
  assert.equal(asked(), 3);
});

test("before the first page is here, nothing is missing", async (t) => {
  const clock = stopClock(t);
  const missing = t.mock.fn();
  const chat = new Chat("chat", { missing, changed() {} });
  chat.apply(pushed(event(3, "closed")));
  await clock.pass(5_000);
  assert.equal(missing.mock.callCount(), 0);
});

test("a draft without its front is shown once asking did not help", async (t) => {
  const { chat, clock, asked } = opened(t);
  chat.apply(delta(6, "world"));
  await clock.pass(1_000);
  assert.deepEqual([asked(), chat.transcript.draft.text], [1, ""]);
  await clock.pass(2_000);
  assert.deepEqual([asked(), chat.transcript.draft.text], [2, "world"]);
});

test("an answer that is silent for fifteen seconds is asked about", async (t) => {
  const { chat, clock, asked } = opened(t, [message(1)], { unanswered: true, last_seq: 1 });
  await clock.pass(14_950);
  chat.apply(delta(0, "Hel"));
  await clock.pass(14_950);
  assert.equal(asked(), 0);
  await clock.pass(50);
  assert.equal(asked(), 1);
  await clock.pass(15_000);
  assert.equal(asked(), 2);
});

test("where no answer is pending, silence is no news", async (t) => {
  const { clock, asked } = opened(t, [message(1), answer(2, 1)]);
  await clock.pass(60_000);
  assert.equal(asked(), 0);
});

test("an answer is pending from the question to its message", (t) => {
  const { chat } = opened(t, [message(1)], { unanswered: true, last_seq: 1 });
  assert.deepEqual([chat.pending, chat.thinking], [true, true]);
  chat.apply(delta(0, "Hel"));
  assert.deepEqual([chat.pending, chat.thinking], [true, false]);
  chat.apply(pushed(answer(2, 1)));
  assert.deepEqual([chat.pending, chat.thinking], [false, false]);
});

test("a message that the summary does not know yet is pending", (t) => {
  const { chat } = opened(t, [message(1), answer(2, 1)], { last_seq: 2 });
  assert.equal(chat.pending, false);
  chat.apply(pushed(message(3)));
  assert.equal(chat.pending, true);
});

test("what the summary calls answered is not pending", (t) => {
  const { chat } = opened(t, [message(1)], { last_seq: 1, unanswered: false });
  assert.equal(chat.pending, false);
});

test("where a person answers, the assistant owes nothing", (t) => {
  const { chat } = opened(t, [message(1)], { owner: "manager", unanswered: true, last_seq: 1 });
  assert.equal(chat.pending, false);
});

test("a take-over ends the draft", (t) => {
  const { chat } = opened(t);
  chat.apply(delta(0, "Hel"));
  chat.apply({
    ...summary({ owner: "manager", updated_at: "2026-01-05T12:00:01Z" }),
    type: "chat",
  });
  assert.equal(chat.transcript.draft, null);
});

test("an older summary does not take the place of a newer one", (t) => {
  const { chat } = opened(t, [], { updated_at: "2026-01-05T12:00:02Z", status: "closed" });
  chat.summarise(summary({ updated_at: "2026-01-05T12:00:01Z", status: "open" }));
  assert.equal(chat.summary.status, "closed");
});

test("how far a side has read never goes back", (t) => {
  const { chat } = opened(t, [], { seen: { user: 4, manager: 0 } });
  chat.apply({ type: "seen", chat_id: "chat", role: "manager", seq: 3 });
  chat.apply({ type: "seen", chat_id: "chat", role: "manager", seq: 2 });
  chat.summarise(summary({ seen: { user: 2, manager: 1 }, updated_at: "2026-01-05T12:00:03Z" }));
  assert.deepEqual([chat.seen("user"), chat.seen("manager")], [4, 3]);
});

test("who types is forgotten after six seconds", async (t) => {
  const { chat, clock, changed } = opened(t);
  chat.apply({ type: "typing", chat_id: "chat", role: "manager" });
  await clock.pass(5_000);
  chat.apply({ type: "typing", chat_id: "chat", role: "manager" });
  await clock.pass(5_950);
  assert.equal(chat.types("manager"), true);
  const before = changed.mock.callCount();
  await clock.pass(50);
  assert.equal(chat.types("manager"), false);
  assert.equal(changed.mock.callCount(), before + 1);
});

test("a message ends its author's typing, and nobody else's", (t) => {
  const { chat } = opened(t);
  for (const role of ["user", "manager"]) chat.apply({ type: "typing", chat_id: "chat", role });
  chat.apply(pushed(message(2)));
  assert.deepEqual([chat.types("user"), chat.types("manager")], [false, true]);
});

test("what a resume is answered with is applied whole", (t) => {
  const { chat } = opened(t);
  chat.ready({ type: "ready", chat: summary(), ...page([message(2)]), draft: delta(4, "mid") });
  assert.equal(chat.transcript.last, 2);
  assert.deepEqual([chat.transcript.draft.start, chat.transcript.draft.text], [4, "mid"]);
  chat.ready({ type: "ready", chat: summary(), ...page([]) });
  assert.equal(chat.transcript.draft, null);
});

test("while more is to come, a resume says nothing about the draft", (t) => {
  const { chat } = opened(t);
  chat.apply(delta(0, "Hel"));
  chat.ready({ type: "ready", chat: summary(), ...page([message(2)], { has_more: true }) });
  assert.equal(chat.transcript.draft.text, "Hel");
});

test("a chat that is closed asks for nothing", async (t) => {
  const { chat, clock, asked, changed } = opened(t, [message(1)], {
    unanswered: true,
    last_seq: 1,
  });
  chat.apply(pushed(message(3)));
  chat.apply({ type: "typing", chat_id: "chat", role: "user" });
  chat.close();
  const before = changed.mock.callCount();
  await clock.pass(60_000);
  assert.deepEqual([asked(), changed.mock.callCount()], [0, before]);
});

test("of two times in one millisecond, the microseconds decide", () => {
  const at = (updated_at) => summary({ updated_at });
  assert.equal(isNewer(at("2026-01-05T12:00:00.123457Z"), at("2026-01-05T12:00:00.123456Z")), true);
  assert.equal(
    isNewer(at("2026-01-05T12:00:00.123456Z"), at("2026-01-05T12:00:00.123456Z")),
    false,
  );
  assert.equal(isNewer(at("2026-01-05T12:00:00.2Z"), at("2026-01-05T12:00:00.100001Z")), true);
});

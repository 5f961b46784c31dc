import assert from "node:assert/strict";
import test from "node:test";
import { ManagerClient } from "../../functions/web/client/manager.js";
import { FakeSocket, openBrowser } from "./browser.js";
import { settled, stopClock } from "./clock.js";
import { delta, message, page, summary } from "./made.js";

const BASE = "https://chat.example/";

/** A manager's client, connected. */
async function manager(t, me) {
  const browser = openBrowser();
  const clock = stopClock(t);
  browser.api.on("/tickets", { ws_url: "wss://chat.example/manager?ticket=1" });
  browser.api.on("/history", () => page([message(1)]));
  const world = { ...browser, clock, frames: [], changed: [] };
  const events = {
    frame: (frame) => world.frames.push(frame),
    changed: (chats) => world.changed.push(...chats),
    state() {},
  };
  world.client = new ManagerClient(BASE, events, me);
  world.client.socket.start();
  await settled();
  FakeSocket.last.open();
  t.after(() => world.client.socket.stop());
  return world;
}

/** Lose the socket and wait for the next one. */
async function reconnect(world) {
  FakeSocket.last.lose();
  await world.clock.pass(1_000);
  FakeSocket.last.open();
}
const ready = (rest = {}) => ({
  ...{ type: "ready", chats: [], now: "2026-01-05T12:00:00Z", has_more: false },
  ...rest,
});

test("the first connection asks for no changes", async (t) => {
  const world = await manager(t);
  assert.deepEqual(FakeSocket.last.sent, [{ action: "resume" }]);
  assert.deepEqual(world.api.asked[0].body, {});
});

test("it asks for summaries, and for messages of what it watches", async (t) => {
  const world = await manager(t);
  assert.equal(FakeSocket.last.address, "wss://chat.example/manager?ticket=1&feed=list");
  const opened = world.client.open(summary({ last_seq: 1 }), () => {});
  t.after(() => world.client.leave(opened));
  await settled();
  world.api.on("/history", () => page([message(2)]));
  FakeSocket.last.receive({ ...summary({ last_seq: 2 }), type: "chat" });
  await world.clock.pass(1_000);
  assert.deepEqual(
    opened.chat.transcript.messages.map((one) => one.seq),
    [1, 2],
  );
});

test("of a person's lists it asks what changed since they signed in", async (t) => {
  const now = "2026-01-05T11:59:00Z";
  await manager(t, { id: "anna", now });
  assert.deepEqual(FakeSocket.last.sent, [{ action: "resume", since: now }]);
});

test("the next one asks for what changed since the server's time", async (t) => {
  const world = await manager(t);
  FakeSocket.last.receive(ready());
  await reconnect(world);
  assert.deepEqual(FakeSocket.last.sent, [{ action: "resume", since: "2026-01-05T12:00:00Z" }]);
  FakeSocket.last.receive(ready({ chats: [summary({ chat_id: "away" })] }));
  assert.deepEqual(
    world.changed.map((one) => one.chat_id),
    ["away"],
  );
});

test("while more changed, it goes on asking", async (t) => {
  await manager(t);
  FakeSocket.last.taken();
  FakeSocket.last.receive(ready({ has_more: true, now: "2026-01-05T11:00:00Z" }));
  assert.deepEqual(FakeSocket.last.sent, [{ action: "resume", since: "2026-01-05T11:00:00Z" }]);
});

test("what happened well before a message that is here is not asked for again", async (t) => {
  const world = await manager(t);
  FakeSocket.last.receive(ready());
  for (const time of ["12:05:00", "12:04:00"]) {
    const created_at = `2026-01-05T${time}Z`;
    FakeSocket.last.receive({ ...message(1, { chat_id: "x", created_at }), type: "message" });
  }
  await reconnect(world);
  assert.equal(FakeSocket.last.sent[0].since, "2026-01-05T12:04:40.000Z");
});

test("a frame goes to the list, and to the chat that is open", async (t) => {
  const world = await manager(t);
  const opened = world.client.open(summary(), () => {});
  await settled();
  FakeSocket.last.receive({ ...message(2), type: "message" });
  FakeSocket.last.receive({ ...message(9, { chat_id: "other" }), type: "message" });
  FakeSocket.last.receive(delta(0, "Hel", { reply_to: 2 }));
  assert.deepEqual(
    world.frames.map((one) => one.type),
    ["message", "message", "delta"],
  );
  assert.deepEqual([opened.chat.transcript.last, opened.chat.transcript.draft.text], [2, "Hel"]);
});

test("an open chat catches up after a reconnect", async (t) => {
  const world = await manager(t);
  world.client.open(summary(), () => {});
  await settled();
  world.api.on("/history", () => page([message(2)]));
  await reconnect(world);
  await settled();
  assert.deepEqual(FakeSocket.last.sent, [
    { action: "resume" },
    { action: "watch", chat_id: "chat" },
  ]);
  assert.deepEqual(world.api.asked.at(-1).query, { chat_id: "chat", after: "1", limit: "200" });
});

test("a chat that is left hears nothing any more", async (t) => {
  const world = await manager(t);
  const opened = world.client.open(summary(), () => {});
  await settled();
  FakeSocket.last.taken();
  world.client.leave(opened);
  FakeSocket.last.receive({ ...message(2), type: "message" });
  assert.deepEqual(FakeSocket.last.sent, [{ action: "unwatch", chat_id: "chat" }]);
  assert.equal(opened.chat.transcript.last, 1);
});

test("the calls name their chat in the address, and say what is wanted", async (t) => {
  const { client, api } = await manager(t);
  api.asked.length = 0;
  api.on("/manager/chats/a~b/owner", summary());
  api.on("/manager/chats/a~b/status", summary());
  api.on("/manager/chats", { chats: [] });
  api.on("/manager/broadcast", { recipients: 3 });
  await client.own("a~b", "manager");
  await client.setStatus("a~b", "closed");
  await client.chats({ filter: "mine", q: "a&b", cursor: "next" });
  await client.named(["a", "b"]);
  await client.count("online");
  assert.deepEqual(
    api.asked.map((one) => one.body),
    [
      { owner: "manager" },
      { status: "closed" },
      undefined,
      undefined,
      { text: "?", audience: "online", dry_run: true },
    ],
  );
  assert.deepEqual(api.asked[2].query, { filter: "mine", q: "a&b", limit: "50", cursor: "next" });
  assert.equal(api.asked[3].url, `${BASE}manager/chats?chat_id=a&chat_id=b`);
});

test("who signs out is connected no more", async (t) => {
  const { client, api } = await manager(t);
  api.on("/manager/session", null);
  await client.signOut();
  assert.deepEqual([client.socket.state, api.asked.at(-1).method], ["idle", "DELETE"]);
});

test("what the team was told about the budget comes with the first answer", async (t) => {
  const { frames } = await manager(t);
  const budget = { percent: 80, tokens_today: 850, tokens_per_day: 1000, day: "2026-01-05" };
  FakeSocket.last.receive(ready({ budget }));
  assert.deepEqual(frames, [{ ...budget, type: "budget" }]);
});

import assert from "node:assert/strict";
import test from "node:test";
import { FakeSocket } from "./browser.js";
import { NOON, settled } from "./clock.js";
import { message, page } from "./made.js";
import { KEY, nameSent, ready, STORED, sent, visitor } from "./visitors.js";

test("what was unsent before a reload is sent after it, under the same name", async (t) => {
  const world = visitor(t);
  const first = world.begin();
  first.send("hello");
  const [{ client_id }] = first.outbox.unsent;
  first.socket.stop();
  await settled();
  const again = world.begin();
  again.resume();
  await settled();
  FakeSocket.last.open();
  assert.deepEqual(FakeSocket.last.sent[0], {
    action: "message",
    text: "hello",
    client_id,
    reopens: false,
  });
});

test("what is unsent outlives its tab, and is another person's in no case", async (t) => {
  const world = visitor(t);
  const first = world.begin({ identity: `h.${btoa(JSON.stringify({ sub: "ann" }))}.s` });
  first.send("from Ann");
  first.pause();
  world.sessionStorage.values.clear();
  const bob = world.begin({ identity: `h.${btoa(JSON.stringify({ sub: "bob" }))}.s` });
  assert.deepEqual([bob.outbox.unsent, world.begin().outbox.unsent], [[], []]);
  const ann = world.begin({ identity: `h.${btoa(JSON.stringify({ sub: "ann", n: 2 }))}.s` });
  assert.deepEqual(
    ann.outbox.unsent.map((one) => [one.text, one.state]),
    [["from Ann", "waiting"]],
  );
});

test("tabs keep what is unsent side by side, and each takes its own away", (t) => {
  const world = visitor(t);
  const [one, two] = [world.begin(), world.begin()];
  one.send("one");
  two.send("two");
  const texts = () => world.begin().outbox.unsent.map(({ text }) => text);
  assert.deepEqual(texts(), ["one", "two"]);
  two.outbox.discard(two.outbox.unsent[0].client_id);
  assert.deepEqual(texts(), ["one"]);
  one.outbox.discard(one.outbox.unsent[0].client_id);
  assert.deepEqual([texts(), world.localStorage.values.size], [[], 0]);
});

test("what was unsent yesterday asks before it is sent", (t) => {
  const world = visitor(t);
  const created_at = new Date(NOON - 25 * 60 * 60_000).toISOString();
  const old = [{ client_id: "a", text: "hello", state: "sending", created_at }];
  world.localStorage.values.set(`${STORED} unsent`, JSON.stringify(old));
  assert.equal(world.begin().outbox.unsent[0].state, "failed");
});

test("what is stored and is no list of messages is not used", (t) => {
  const world = visitor(t);
  for (const other of ['{"foo":1}', '[1,null,{"text":5}]', '"text"', "7"]) {
    world.localStorage.values.set(`${STORED} unsent`, other);
    assert.deepEqual(world.begin().outbox.unsent, [], other);
  }
});

test("a person who was asked for before a reload is asked for after it", async (t) => {
  const world = visitor(t);
  const first = world.begin();
  first.askForPerson();
  first.pause();
  const again = world.begin();
  again.resume();
  await settled();
  FakeSocket.last.open();
  await settled();
  assert.deepEqual(sent(), ["resume", "human"]);
  again.pause();
  world.api.on("/history", page([]));
  FakeSocket.all.length = 0;
  world.begin().resume();
  await settled();
  FakeSocket.last.open();
  await settled();
  assert.deepEqual(sent(), ["resume"]);
});

test("who pauses holds no socket and hears no other tab, until the chat goes on", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  ready([message(1, { client_id: nameSent() })]);
  client.pause();
  assert.deepEqual([client.socket.state, FakeSocket.last.closed], ["idle", true]);
  world.localStorage.values.set(STORED, JSON.stringify({ chat_id: "tab", token: "t" }));
  world.page.dispatchEvent(new Event("storage"));
  await world.clock.pass(60_000);
  assert.deepEqual([client.chat.chatId, FakeSocket.all.length], ["chat", 1]);
  world.localStorage.values.set(STORED, JSON.stringify(KEY));
  client.resume();
  client.resume();
  await settled();
  assert.equal(FakeSocket.all.length, 2);
});

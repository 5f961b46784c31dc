import assert from "node:assert/strict";
import test from "node:test";
import { FakeSocket } from "./browser.js";
import { settled } from "./clock.js";
import { page } from "./made.js";
import { KEY, nameSent, ready, STORED, sent, visitor } from "./visitors.js";

const NEW = { chat_id: "another", token: "u" };

/** A client whose message was refused, since its chat is closed. */
async function refused(t, before) {
  const world = visitor(t);
  world.localStorage.values.set(STORED, JSON.stringify(KEY));
  world.api.on("/history", page([]));
  const client = world.begin();
  client.resume();
  await settled();
  FakeSocket.last.open();
  await settled();
  ready([]);
  client.send("hello");
  world.api.on("/chats", NEW);
  before?.(world);
  const client_id = nameSent();
  FakeSocket.last.receive({ type: "error", code: "chat_closed", message: "", client_id });
  await settled();
  return { world, client, client_id };
}

const made = (world) => world.api.asked.filter((one) => one.path === "/chats");

test("a message to a closed chat goes into a new one of the same contact", async (t) => {
  const { world, client, client_id } = await refused(t);
  const [{ body, headers }] = made(world);
  assert.deepEqual([body.after, headers.Authorization], [KEY.chat_id, `Bearer ${KEY.token}`]);
  assert.equal(client.chat.chatId, NEW.chat_id);
  assert.deepEqual(JSON.parse(world.localStorage.values.get(STORED)), NEW);
  await world.clock.pass(1_000);
  await settled();
  FakeSocket.last.open();
  await settled();
  assert.ok(sent().includes("message"));
  assert.equal(nameSent(), client_id);
});

test("where another tab has begun one already, that one is used", async (t) => {
  const { world, client } = await refused(t, ({ localStorage }) =>
    localStorage.values.set(STORED, JSON.stringify(NEW)),
  );
  assert.deepEqual([made(world), client.chat.chatId], [[], NEW.chat_id]);
});

test("a person whom the site signs in keeps their chat", async (t) => {
  const world = visitor(t);
  const client = world.begin({ identity: `h.${btoa(JSON.stringify({ sub: "ann" }))}.s` });
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  await settled();
  const message = FakeSocket.last.sent.find((one) => one.action === "message");
  assert.equal("reopens" in message, false);
});

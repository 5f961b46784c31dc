import assert from "node:assert/strict";
import test from "node:test";
import { BASE, close, opened, world } from "./away.js";
import { settled } from "./clock.js";
import { message } from "./made.js";

test("I13: what one person wrote is neither seen nor sent by another", async (t) => {
  const made = world(t);
  const anna = await opened(t, made);
  made.leave();
  anna.outboxes.of("chat").add("Anna here");
  close(made, anna);
  made.away = false;
  const ben = await opened(t, made, "ben");
  await settled();
  assert.deepEqual([made.texts(), ben.outboxes.total, ben.outboxes.chats], [[], 0, []]);
  close(made, ben);
  await opened(t, made, "anna");
  await settled();
  assert.deepEqual(made.texts(), ["Anna here"]);
});

test("I13: a page whose browser is somebody else's by now sends nothing", async (t) => {
  const made = world(t);
  const anna = await opened(t, made);
  made.signedIn = "ben";
  await (await opened(t, made, "")).signIn("token");
  anna.outboxes.of("chat").add("Anna here");
  await settled();
  assert.deepEqual([made.texts(), anna.told.replaced, anna.outboxes.total], [[], 1, 1]);
});

test("I13: who is signed out keeps the message until they sign in again", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  made.api.on("/manager/send", { code: "unauthorized", detail: "Please sign in" }, 401);
  made.api.on("/tickets", { code: "unauthorized", detail: "Please sign in" }, 401);
  client.outboxes.of("chat").add("one");
  await made.clock.pass(1_000);
  assert.equal(client.socket.state, "refused");
  assert.deepEqual(
    client.outboxes.of("chat").unsent.map((one) => one.state),
    ["waiting"],
  );
});

test("I13: two pages that write at once lose nothing of each other", async (t) => {
  const made = world(t);
  made.away = true;
  const [one, two] = [await opened(t, made), await opened(t, made)];
  one.outboxes.of("chat").add("from one");
  two.outboxes.of("chat").add("from two");
  for (const client of [one, two]) close(made, client);
  const again = await opened(t, made);
  assert.deepEqual(
    again.outboxes
      .of("chat")
      .unsent.map((each) => each.text)
      .sort(),
    ["from one", "from two"],
  );
});

test("what another page wrote or sent is known here, and sent should that page be gone", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  const other = await opened(t, made);
  made.send = () => new TypeError("lost");
  other.outboxes.of("chat").add("one");
  const [key] = [...made.localStorage.values.keys()].filter((name) => /unsent/.test(name));
  const event = (newValue) => Object.assign(new Event("storage"), { key, newValue });
  close(made, other);
  made.page.dispatchEvent(event("…"));
  assert.equal(client.outboxes.total, 1);
  made.send = ({ body }) => message(1, { ...body, role: "manager" });
  await made.clock.pass(10_000);
  assert.equal(client.outboxes.total, 0);
  made.page.dispatchEvent(event(null));
  assert.equal(other.outboxes.total, 0);
});

test("where the browser keeps nothing, the page says so and still sends", async (t) => {
  const made = world(t);
  made.localStorage.forbidden = true;
  const client = await opened(t, made);
  made.leave();
  client.outboxes.of("chat").add("one");
  assert.equal(client.outboxes.unkept, true);
  await made.comeBack();
  assert.deepEqual([made.texts(), client.outboxes.unkept], [["one"], false]);
});

test("what is stored and is no message is passed over", async (t) => {
  const made = world(t);
  const key = `switchboard unsent ${BASE} anna chat `;
  for (const [n, value] of ["{", "null", "7", '{"text": 1}'].entries()) {
    made.localStorage.values.set(key + n, value);
  }
  const client = await opened(t, made);
  assert.equal(client.outboxes.total, 0);
});

test("a message is counted as unsent only when it takes long", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  made.send = () => new Promise(() => {});
  client.outboxes.of("chat").add("one");
  assert.equal(client.outboxes.count("chat"), 0);
  await made.clock.pass(3_000);
  assert.equal(client.outboxes.count("chat"), 1);
});

test("who gives up what is still tried lets the next one go", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  made.away = true;
  const outbox = client.outboxes.of("chat");
  const { client_id } = outbox.add("one");
  outbox.add("two");
  await made.clock.pass(60_000);
  assert.deepEqual([outbox.unsent[0].state, outbox.unsent[1].state], ["failed", "waiting"]);
  made.away = false;
  outbox.discard(client_id);
  await settled();
  assert.deepEqual(made.texts(), ["two"]);
});

import assert from "node:assert/strict";
import test from "node:test";
import { FakeSocket } from "./browser.js";
import { settled } from "./clock.js";
import { answer, message, page } from "./made.js";
import { KEY, nameSent, push, ready, STORED, sent, visitor } from "./visitors.js";

test("nothing is asked of the server before the first message", async (t) => {
  const world = visitor(t);
  world.begin().resume();
  await settled();
  assert.deepEqual([world.api.asked, FakeSocket.all], [[], []]);
});

test("the first message begins the chat, and is acknowledged by its push", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.send("hello");
  await settled();
  assert.deepEqual(
    world.api.asked.map((one) => one.path),
    ["/chats", "/tickets"],
  );
  FakeSocket.last.open();
  await settled();
  assert.deepEqual(sent(), ["resume", "message"]);
  ready([]);
  const client_id = nameSent();
  push(message(1, { client_id }));
  assert.deepEqual([client.outbox.unsent, client.chat.transcript.last], [[], 1]);
});

test("a chat that is remembered shows its newest page, and asks for the rest", async (t) => {
  const world = visitor(t);
  world.localStorage.values.set(STORED, JSON.stringify(KEY));
  world.api.on("/history", page([message(4), answer(5, 4)], { has_more: true }));
  const client = world.begin();
  client.resume();
  await settled();
  FakeSocket.last.open();
  await settled();
  assert.deepEqual(FakeSocket.last.sent, [{ action: "resume", after: 5 }]);
  ready([message(6)]);
  assert.deepEqual(
    client.chat.transcript.messages.map((one) => one.seq),
    [4, 5, 6],
  );
  assert.equal(client.chat.transcript.older, true);
});

test("an acknowledgement that was lost is found in the history", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  await settled();
  const client_id = nameSent();
  FakeSocket.last.lose();
  await world.clock.pass(1_000);
  FakeSocket.last.open();
  await settled();
  ready([message(1, { client_id })]);
  assert.deepEqual(client.outbox.unsent, []);
});

test("a token that is good no more begins another chat, once", async (t) => {
  const world = visitor(t);
  world.localStorage.values.set(STORED, JSON.stringify({ chat_id: "old", token: "expired" }));
  let refusals = 0;
  world.api.on("/tickets", ({ body }) => {
    if (body.chat_id !== "old") return { ws_url: "wss://chat.example/ws" };
    refusals++;
    return { code: "forbidden", detail: "" };
  });
  const { fetch } = globalThis;
  globalThis.fetch = async (url, options) => {
    const response = await fetch(url, options);
    const refused = url.endsWith("/tickets") && JSON.parse(options.body).chat_id === "old";
    return refused ? { ...response, ok: false, status: 403 } : response;
  };
  const client = world.begin();
  client.resume();
  await settled();
  assert.deepEqual([refusals, client.chat.chatId], [1, "chat"]);
  assert.equal(JSON.parse(world.localStorage.values.get(STORED)).chat_id, "chat");
});

test("a chat that nobody wrote in has an empty history", async (t) => {
  const world = visitor(t);
  world.localStorage.values.set(STORED, JSON.stringify(KEY));
  world.api.on("/history", { code: "not_found", detail: "" }, 404);
  const client = world.begin();
  client.resume();
  await settled();
  FakeSocket.last.open();
  await settled();
  assert.deepEqual(FakeSocket.last.sent, [{ action: "resume", after: 0 }]);
  assert.equal(client.chat.transcript.begun, true);
});

test("asking for a person waits for the socket, and is sent once", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.askForPerson();
  await settled();
  FakeSocket.last.open();
  await settled();
  FakeSocket.last.lose();
  await world.clock.pass(1_000);
  FakeSocket.last.open();
  await settled();
  assert.deepEqual(
    FakeSocket.all.map((one) => one.sent.filter((action) => action.action === "human").length),
    [1, 0],
  );
});

test("whoever needs no person any more says so, and only the last wish counts", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.askForPerson();
  client.askForPerson(false);
  await settled();
  FakeSocket.last.open();
  await settled();
  assert.deepEqual(
    FakeSocket.last.sent.filter((one) => one.action !== "resume"),
    [{ action: "no_human" }],
  );
  client.askForPerson();
  assert.equal(FakeSocket.last.sent.at(-1).action, "human");
});

test("an error about a message fails it, any other is a notice", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  const client_id = nameSent();
  FakeSocket.last.receive({ type: "error", code: "invalid", message: "Too long", client_id });
  assert.deepEqual([client.outbox.unsent[0].why, client.notice], ["Too long", ""]);
  FakeSocket.last.receive({ type: "error", code: "too_many", message: "Slower", retry_after: 2 });
  assert.equal(client.notice, "Slower");
  FakeSocket.last.taken();
  await world.clock.pass(2_000);
  assert.deepEqual(sent(), ["resume"]);
});

test("a frame of another chat is not shown", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  ready([]);
  push(message(1, { chat_id: "another" }));
  assert.equal(client.chat.transcript.last, 0);
});

test("a chat that another tab began is taken up", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.resume();
  world.localStorage.values.set(STORED, JSON.stringify({ chat_id: "tab", token: "t" }));
  world.page.dispatchEvent(new Event("storage"));
  await settled();
  assert.deepEqual([client.chat.chatId, FakeSocket.all.length], ["tab", 1]);
});

test("what is seen is told once, up to the last message", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  ready([message(1), answer(2, 1)]);
  FakeSocket.last.taken();
  client.seen();
  client.seen();
  assert.deepEqual(FakeSocket.last.sent, [{ action: "seen", seq: 2 }]);
});

test("nobody says that they have seen what they wrote", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  ready([message(1)]);
  FakeSocket.last.taken();
  client.seen();
  assert.deepEqual(FakeSocket.last.sent, []);
  push(answer(2, 1));
  client.seen();
  push(message(3));
  client.seen();
  assert.deepEqual(FakeSocket.last.sent, [{ action: "seen", seq: 2 }]);
});

test("the page that the visitor is on is told once it is known that somebody wrote", async (t) => {
  const world = visitor(t);
  const client = world.begin();
  const pages = () => FakeSocket.last.sent.filter((one) => one.action === "page");
  client.at("https://shop.example/a");
  client.send("hello");
  await settled();
  FakeSocket.last.open();
  assert.deepEqual(pages(), []);
  ready([message(1)]);
  client.at("https://shop.example/b");
  client.at("https://shop.example/b");
  const told = ["https://shop.example/a", "https://shop.example/b"];
  assert.deepEqual(
    pages(),
    told.map((url) => ({ action: "page", url })),
  );
});

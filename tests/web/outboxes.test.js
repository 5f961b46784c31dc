import assert from "node:assert/strict";
import test from "node:test";
import { newId } from "../../functions/web/client/outbox.js";
import { close, opened, world } from "./away.js";
import { openBrowser } from "./browser.js";
import { settled } from "./clock.js";
import { summary } from "./made.js";

test("a manager's message is posted, and its answer is the message", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  const chat = client.open(summary(), () => {});
  await settled();
  chat.send("hello");
  await settled();
  assert.deepEqual([made.texts(), chat.outbox.unsent], [["hello"], []]);
  const shown = chat.chat.transcript.messages;
  assert.deepEqual([shown.length, shown[0].client_id], [1, made.stored[0].client_id]);
});

test("I13: a post that the network lost is repeated under the same name", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  made.away = true;
  client.outboxes.of("chat").add("hello");
  await settled();
  made.away = false;
  await made.clock.pass(1_000);
  assert.deepEqual([made.posts, made.texts()], [["hello", "hello"], ["hello"]]);
});

test("a post that the server refuses fails with its reason", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  made.api.on("/manager/send", { code: "invalid", detail: "Too long" }, 422);
  client.outboxes.of("chat").add("hello");
  await settled();
  const [failed] = client.outboxes.of("chat").unsent;
  assert.deepEqual([failed.state, failed.why], ["failed", "Too long"]);
  assert.equal(client.outboxes.count("chat"), 1);
});

for (const after of [0, 1_000, 10_000, 60_000]) {
  const moments = {
    "stays in the chat": () => {},
    "opens another chat": (client, chat) => {
      client.leave(chat);
      client.open(summary({ chat_id: "other" }), () => {});
    },
    "closes the page": (client, _chat, made) => close(made, client),
  };
  for (const [does, act] of Object.entries(moments)) {
    test(`I13: sent while the server is away, who ${does} ${after / 1000} s later`, async (t) => {
      const made = world(t);
      let client = await opened(t, made);
      const chat = client.open(summary(), () => {});
      await settled();
      made.leave();
      chat.send("one");
      chat.send("two");
      await made.clock.pass(after);
      await act(client, chat, made);
      await made.clock.pass(60_000 - after);
      if (does === "closes the page") client = await opened(t, made);
      assert.deepEqual([made.texts(), client.outboxes.count("chat")], [[], 2]);
      await made.comeBack();
      assert.deepEqual([made.texts(), client.outboxes.total], [["one", "two"], 0]);
      assert.equal(
        [...made.localStorage.values.keys()].filter((key) => /unsent/.test(key)).length,
        0,
      );
    });
  }
}

test("I13: an answer that is lost with the page doubles nothing", async (t) => {
  const made = world(t);
  const client = await opened(t, made);
  const { send } = made;
  made.send = (call) => {
    send(call);
    return new TypeError("the answer is lost");
  };
  client.outboxes.of("chat").add("once");
  await settled();
  close(made, client);
  made.send = send;
  await opened(t, made);
  await settled();
  assert.deepEqual([made.posts, made.texts()], [["once", "once"], ["once"]]);
});

test("I13: without a socket a message goes over HTTP, and is tried again", async (t) => {
  const made = world(t);
  made.away = true;
  const client = await opened(t, made);
  client.outboxes.of("chat").add("one");
  await settled();
  made.away = false;
  await made.clock.pass(30_000);
  assert.deepEqual(made.texts(), ["one"]);
});

test("a name of a message is new each time", () => {
  openBrowser();
  const names = new Set(Array.from({ length: 100 }, newId));
  assert.equal(names.size, 100);
  for (const name of names) assert.match(name, /^[0-9a-f]{24}$/);
});

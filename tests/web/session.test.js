import assert from "node:assert/strict";
import test from "node:test";
import { Session } from "../../functions/web/client/session.js";
import { openBrowser } from "./browser.js";
import { page } from "./made.js";

const BASE = "https://chat.example/";
const KEY = { chat_id: "a", token: "t" };
const STORED = `switchboard ${BASE}`;

function session(identity = "") {
  const browser = openBrowser();
  browser.api.on("/chats", KEY);
  browser.api.on("/tickets", { ws_url: "wss://chat.example/ws?ticket=1" });
  return { ...browser, session: new Session(BASE, { name: "Ada" }, identity) };
}

test("a chat is begun with what is known of the visitor, and remembered", async () => {
  const { session: own, api, localStorage } = session();
  assert.deepEqual(await own.begin(), KEY);
  assert.deepEqual(api.asked[0].body, {
    visitor: { name: "Ada", time_zone: new Intl.DateTimeFormat().resolvedOptions().timeZone },
    page_url: "https://shop.example/cart",
  });
  assert.deepEqual(JSON.parse(localStorage.values.get(STORED)), KEY);
  assert.equal(own.began, true);
});

test("a chat that is remembered is not begun again", async () => {
  const { session: own, api, localStorage } = session();
  localStorage.values.set(STORED, JSON.stringify(KEY));
  assert.deepEqual(await own.begin(), KEY);
  assert.deepEqual([api.asked, own.began], [[], false]);
});

test("of tabs that begin at once, one does", async () => {
  const { session: own, api } = session();
  let last = Promise.resolve();
  navigator.locks = {
    request: (_name, run) => {
      last = last.then(run);
      return last;
    },
  };
  const other = new Session(BASE, {});
  assert.deepEqual(await Promise.all([own.begin(), other.begin()]), [KEY, KEY]);
  assert.equal(api.asked.length, 1);
  assert.deepEqual([own.began, other.began], [true, false]);
});

test("where locks are refused, a chat is begun without one", async () => {
  const { session: own, api } = session();
  const refused = new Error("SecurityError");
  navigator.locks = { request: () => Promise.reject(refused) };
  assert.deepEqual(await own.begin(), KEY);
  assert.equal(api.asked.length, 1);
});

test("under a lock, a chat that could not be begun is asked for once", async () => {
  const { session: own, api } = session();
  navigator.locks = { request: (_name, run) => run() };
  api.on("/chats", { code: "busy", detail: "later" }, 503);
  await assert.rejects(own.begin(), { code: "busy" });
  assert.equal(api.asked.length, 1);
});

test("what is stored and is no key is not used", async () => {
  const others = [{ foo: 1 }, "text", [], 7, { chat_id: 5, token: "t" }, { chat_id: "a" }];
  for (const other of [...others, { chat_id: "a/../b", token: "t" }, { chat_id: "", token: "" }]) {
    const { session: own, localStorage } = session();
    localStorage.values.set(STORED, JSON.stringify(other));
    assert.equal(own.remembered(), null);
    assert.deepEqual(await own.begin(), KEY);
  }
});

test("without a chat no ticket is asked for: it would be a manager's", async () => {
  const { session: own, api } = session();
  for (const key of [null, {}, { chat_id: undefined, token: "" }]) {
    own.key = key;
    await assert.rejects(own.ticket(), { refused: true });
  }
  assert.deepEqual(api.asked, []);
});

test("a ticket is asked for with the chat's token, which may be renewed", async () => {
  const { session: own, api, localStorage } = session();
  own.key = KEY;
  assert.equal(await own.ticket(), "wss://chat.example/ws?ticket=1");
  assert.deepEqual(api.asked[0].body, { chat_id: "a" });
  assert.equal(api.asked[0].headers.Authorization, "Bearer t");
  api.on("/tickets", { ws_url: "wss://x", token: "newer" });
  await own.ticket();
  assert.equal(own.key.token, "newer");
  assert.equal(JSON.parse(localStorage.values.get(STORED)).token, "newer");
});

test("history is asked for before a seq", async () => {
  const { session: own, api } = session();
  own.key = { chat_id: "a~b", token: "t" };
  api.on("/history", page([]));
  await own.history(7);
  assert.deepEqual(api.asked[0].query, { chat_id: "a~b", before: "7", limit: "50" });
});

test("what is forgotten is gone from the browser, too", async () => {
  const { session: own, localStorage } = session();
  await own.begin();
  own.key = KEY;
  own.forget();
  assert.deepEqual([own.key, own.remembered(), localStorage.values.size], [null, null, 0]);
});

test("who is named by the site leaves nothing in the browser", async () => {
  const { session: own, api, localStorage } = session("signed");
  localStorage.values.set(STORED, JSON.stringify({ chat_id: "another's", token: "x" }));
  assert.equal(own.remembered(), null);
  await own.begin();
  assert.equal(api.asked[0].headers.Authorization, "Bearer signed");
  assert.equal(JSON.parse(localStorage.values.get(STORED)).chat_id, "another's");
  // The chat may be older than this page, so its history is asked for.
  assert.equal(own.began, false);
});

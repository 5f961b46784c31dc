import assert from "node:assert/strict";
import test from "node:test";
import { storedValue } from "../../functions/web/client/storage.js";
import { openBrowser } from "./browser.js";

const KEY = "switchboard https://chat.example/";

test("a value outlives the page as JSON under its key", () => {
  const { localStorage } = openBrowser();
  storedValue("localStorage", KEY).write({ chat_id: "a", token: "t" });
  assert.equal(localStorage.values.get(KEY), '{"chat_id":"a","token":"t"}');
  assert.deepEqual(storedValue("localStorage", KEY).read(), { chat_id: "a", token: "t" });
});

test("each storage has its own value", () => {
  openBrowser();
  storedValue("sessionStorage", KEY).write("tab");
  assert.equal(storedValue("localStorage", KEY).read(), null);
});

test("null takes a value away", () => {
  const { localStorage } = openBrowser();
  const value = storedValue("localStorage", KEY);
  value.write("x");
  value.write(null);
  assert.equal(value.read(), null);
  assert.equal(localStorage.values.size, 0);
});

test("what is no JSON counts as nothing", () => {
  const { localStorage } = openBrowser();
  localStorage.values.set(KEY, "{half");
  assert.equal(storedValue("localStorage", KEY).read(), null);
});

test("what does not fit counts as nothing", () => {
  const { localStorage } = openBrowser();
  const isText = (value) => typeof value === "string";
  for (const other of ['{"foo":1}', "[]", "7", "true", '""']) {
    localStorage.values.set(KEY, other);
    const read = storedValue("localStorage", KEY, isText).read();
    assert.equal(read, other === '""' ? "" : null, other);
  }
});

test("a page that patches arrays changes nothing that is stored", () => {
  const { localStorage } = openBrowser();
  Array.prototype.toJSON = () => "patched";
  try {
    storedValue("localStorage", KEY).write([{ one: [1] }]);
  } finally {
    delete Array.prototype.toJSON;
  }
  assert.equal(localStorage.values.get(KEY), '[{"one":[1]}]');
});

test("where a browser forbids storage, memory has the value", () => {
  const { localStorage } = openBrowser();
  localStorage.forbidden = true;
  const value = storedValue("localStorage", KEY);
  assert.equal(value.read(), null);
  value.write("x");
  assert.equal(value.read(), "x");
});

test("where there is no room, memory has the value, and not what was there before", () => {
  const { localStorage } = openBrowser();
  const value = storedValue("localStorage", KEY);
  value.write("before");
  localStorage.full = true;
  value.write("now");
  assert.equal(value.read(), "now");
  localStorage.full = false;
  value.write("later");
  assert.equal(storedValue("localStorage", KEY).read(), "later");
});

import assert from "node:assert/strict";
import test from "node:test";
import { quoted } from "../../functions/web/console/quoted.js";

test("each line of a text is quoted", () => {
  assert.equal(quoted("one\n\ntwo"), "> one\n>\n> two");
});

test("what a text quotes itself is not quoted again", () => {
  assert.equal(quoted("> old\n> older\n\nnew"), "> new");
});

test("a long text is cut, and no sign is cut in two", () => {
  const long = quoted("😀".repeat(500));
  assert.equal([...long].length, 2 + 400 + 1);
  assert.ok(long.endsWith("😀…"));
});

// Days begin at midnight of the reader's own time.
process.env.TZ = "Europe/Berlin";

import assert from "node:assert/strict";
import test from "node:test";
import { Format, language, lasting } from "../../functions/web/view/format.js";
import { openBrowser } from "./browser.js";
import { NOON, stopClock } from "./clock.js";

const HOUR = 3_600_000;
const ago = (milliseconds) => new Date(NOON - milliseconds).toISOString();

function format(t, lang = "en") {
  openBrowser();
  stopClock(t);
  return new Format(lang);
}

test("the language is the browser's first that there is, or the page's wish", () => {
  openBrowser();
  navigator.languages = ["fr-FR", "de_AT", "en-US"];
  assert.equal(language(), "de");
  assert.equal(language("EN-us"), "en");
  assert.equal(language("fr"), "en");
});

test("days have a name near today, and a date before", (t) => {
  const own = format(t);
  assert.equal(own.day(ago(0)), "Today");
  assert.equal(own.day(ago(24 * HOUR)), "Yesterday");
  assert.match(own.day(ago(48 * HOUR)), /Saturday.*3 January/);
  assert.match(own.day(ago(-24 * HOUR)), /Tuesday.*6 January/);
});

test("a day ends at the reader's midnight", (t) => {
  const own = format(t);
  // 23:59 and 00:01 of the night before, where it is an hour later than UTC.
  assert.equal(own.day("2026-01-04T22:59:00Z"), "Yesterday");
  assert.equal(own.day("2026-01-04T23:01:00Z"), "Today");
});

test("texts and numbers are in the reader's language", (t) => {
  const own = format(t, "de");
  assert.equal(own.day(ago(24 * HOUR)), "Gestern");
  assert.equal(own.number(1234567), "1.234.567");
});

test("how long something lasts is said in few characters", (t) => {
  format(t);
  for (const [seconds, text] of [
    [-5, "< 1 min"],
    [59, "< 1 min"],
    [60, "1 min"],
    [3_599, "59 min"],
    [3_600, "1 h 0 min"],
    [86_399, "23 h 59 min"],
    [86_400, "1 d"],
    [864_000, "10 d"],
  ]) {
    assert.equal(lasting(ago(seconds * 1_000)), text);
  }
});

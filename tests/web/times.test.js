import assert from "node:assert/strict";
import test from "node:test";

process.env.TZ = "Europe/Berlin";
const { forField, timesAhead } = await import("../../functions/web/console/times.js");

const from = (iso) =>
  Object.fromEntries(
    timesAhead(new Date(iso)).map(({ name, until }) => [name, until.toISOString()]),
  );

test("what is put off comes back at nine, also where the clock is changed meanwhile", () => {
  // Saturday noon in Berlin; on Sunday the 29th it becomes summer.
  assert.deepEqual(from("2026-03-28T11:00:00Z"), {
    hour: "2026-03-28T12:00:00.000Z",
    evening: "2026-03-28T17:00:00.000Z",
    tomorrow: "2026-03-29T07:00:00.000Z",
    monday: "2026-03-30T07:00:00.000Z",
  });
  // And winter on Sunday the 25th of October.
  assert.deepEqual(from("2026-10-24T10:00:00Z"), {
    hour: "2026-10-24T11:00:00.000Z",
    evening: "2026-10-24T16:00:00.000Z",
    tomorrow: "2026-10-25T08:00:00.000Z",
    monday: "2026-10-26T08:00:00.000Z",
  });
});

test("nothing is offered twice, nor what is over", () => {
  // Sunday night: tomorrow is Monday.
  assert.deepEqual(Object.keys(from("2026-11-29T20:00:00Z")), ["hour", "tomorrow"]);
  // On a Monday it is the next one.
  assert.equal(from("2026-11-30T10:00:00Z").monday, "2026-12-07T08:00:00.000Z");
});

test("a field shows a time by the reader's clock", () => {
  assert.equal(forField(new Date("2026-07-01T07:05:00Z")), "2026-07-01T09:05");
});

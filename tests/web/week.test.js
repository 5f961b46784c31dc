import assert from "node:assert/strict";
import test from "node:test";
import { bodyOf, valuesOf, wrongField } from "../../functions/web/console/settings/values.js";
import { spansOf, specialDaysOf } from "../../functions/web/console/settings/week.js";

const SITE = {
  name: "Shop",
  theme: {},
  texts: {},
  hours: [
    [
      ["09:00", "12:30"],
      ["13:30", "18:00"],
    ],
    [],
    [],
    [],
    [],
    [],
    [],
  ],
  special_days: {
    "2026-12-25": { name: "Christmas Day", hours: [] },
    "2026-12-24": { name: "Christmas Eve", hours: [["09:00", "12:00"]] },
  },
};

test("people write spans in many ways", () => {
  const spans = [
    ["09:00", "12:30"],
    ["13:30", "18:00"],
  ];
  for (const text of ["09:00-12:30, 13:30-18:00", "9–12:30 13:30 - 18", "9-12:30;13:30—18:00"]) {
    assert.deepEqual(spansOf(text), spans, text);
  }
  assert.deepEqual(spansOf(" "), []);
  // What is none goes to the server, which says what is wrong.
  assert.deepEqual(spansOf("morning"), [["morning", ""]]);
});

test("the fields of a site give the site again", () => {
  const values = valuesOf(SITE);
  assert.equal(values["hours.0"], "09:00-12:30, 13:30-18:00");
  assert.equal(
    values.special_days,
    "2026-12-24 09:00-12:00 Christmas Eve\n2026-12-25 Christmas Day",
  );
  const body = bodyOf(values, ["hours.0", "special_days"]);
  assert.deepEqual(body.hours, SITE.hours);
  assert.deepEqual(body.special_days, SITE.special_days);
  assert.equal(bodyOf({ ...values, "hours.kind": "" }, ["hours.kind"]).hours, null);
});

test("a line without a date is what the server refuses, at its field", () => {
  assert.deepEqual(Object.keys(specialDaysOf("Christmas closed")), ["Christmas"]);
  const wrong = wrongField("Please correct `special_days.Christmas.[key]`: it must be a date");
  assert.equal(wrong.name, "special_days");
  assert.equal(wrongField("Please correct `hours.2.0.1`: no").name, "hours.2");
});

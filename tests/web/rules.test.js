// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Rules, groupOf, isQuiet } from "../../functions/web/console/rules.js";

const at = (/** @type {string} */ time) => new Date(`2026-11-26T${time}:00Z`);
const night = { quiet_from: "22:00", quiet_to: "07:00", time_zone: "Europe/Berlin" };
/** @type {any} */
const usual = { sound: ["mine"], desktop: [], push: [] };
const chat = (/** @type {any} */ owner, /** @type {any} */ manager) =>
  /** @type {any} */ ({ owner, manager });

test("daily hours are those of the zone, also over midnight", () => {
  const quiet = (/** @type {string} */ time, rules = night) =>
    isQuiet({ ...usual, ...rules }, at(time));
  // Berlin is an hour ahead.
  assert.deepEqual(
    ["20:59", "21:00", "05:59", "06:00"].map((one) => quiet(one)),
    [false, true, true, false],
  );
  const noon = { ...night, quiet_from: "12:00", quiet_to: "13:00" };
  assert.deepEqual(
    ["10:59", "11:00", "11:59", "12:00"].map((one) => quiet(one, noon)),
    [false, true, true, false],
  );
  assert.equal(isQuiet({ ...usual, quiet_until: "2026-11-26T12:00:00Z" }, at("11:59")), true);
  assert.equal(isQuiet({ ...usual, quiet_until: "2026-11-26T12:00:00Z" }, at("12:00")), false);
});

test("whose a chat is says by which rule one is told", () => {
  const [me, other] = [{ id: "anna" }, { id: "ben" }];
  assert.equal(groupOf(chat("manager", me), "anna"), "mine");
  assert.equal(groupOf(chat("manager", other), "anna"), "sites");
  assert.equal(groupOf(chat("assistant", null), "anna"), "unassigned");
  // Who had it and handed it back does not have it any more.
  assert.equal(groupOf(chat("assistant", me), "anna"), "unassigned");
});

test("the rules of the server hold as soon as they are there", async () => {
  /** @type {any[]} */
  const sent = [];
  const client = /** @type {any} */ ({
    call: async (/** @type {string} */ _path, /** @type {any} */ options) => {
      sent.push(options);
      return options ? options.body : usual;
    },
  });
  const rules = new Rules(client, "anna");
  const free = chat("assistant", null);
  assert.equal(rules.tells("sound", free), true);
  await rules.load();
  assert.equal(rules.tells("sound", free), false);
  assert.equal(rules.tells("sound", chat("manager", { id: "anna" })), true);
  await rules.set({ sound: ["unassigned"] });
  assert.equal(rules.tells("sound", free), true);
  rules.hear({ ...rules.now, quiet_until: new Date(Date.now() + 60_000).toISOString() });
  assert.equal(rules.tells("sound", free), false);
});

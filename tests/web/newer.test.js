import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../functions/web/client/outbox.js";
import { stopClock } from "./clock.js";

/** An outbox, what it sent and what it keeps. */
function outbox(t, stored = null) {
  stopClock(t);
  const world = { sent: [], kept: stored };
  const store = {
    read: () => world.kept,
    write: (value) => {
      world.kept = structuredClone(value);
    },
  };
  const send = ({ text, after_seq }) => Boolean(world.sent.push([text, after_seq]));
  world.outbox = new Outbox({ send, changed() {}, stuck() {} }, store);
  world.states = () => world.outbox.unsent.map((one) => one.state);
  world.refuse = () => {
    const { client_id } = world.outbox.unsent.find((one) => one.state === "sending");
    world.outbox.refused({ type: "error", code: "newer_reply", message: "no", client_id });
  };
  t.after(() => world.outbox.pause());
  return world;
}

test("I13: a text that a reply came before is kept, and goes when its writer says so", (t) => {
  const world = outbox(t);
  const first = world.outbox.add("one", { after_seq: 3 });
  world.outbox.add("two", { after_seq: 3 });
  world.refuse();
  assert.deepEqual(world.states(), ["failed", "sending"]);
  assert.deepEqual([world.kept[0].text, world.kept[0].newer], ["one", true]);
  world.refuse();
  world.outbox.again(first.client_id);
  assert.deepEqual(world.sent, [
    ["one", 3],
    ["two", 3],
    ["one", undefined],
  ]);
});

test("nobody says yes by loading the page again", (t) => {
  const world = outbox(t, [
    { client_id: "c", text: "one", state: "failed", newer: true, after_seq: 3, created_at: "" },
  ]);
  world.outbox.flush();
  assert.deepEqual([world.sent, world.states()], [[], ["failed"]]);
});

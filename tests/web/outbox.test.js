import assert from "node:assert/strict";
import test from "node:test";
import { Outbox } from "../../functions/web/client/outbox.js";
import { openBrowser } from "./browser.js";
import { stopClock } from "./clock.js";

/** An outbox, what it sent, and a switch for its socket. */
function outbox(t, stored = null, clock = stopClock(t)) {
  openBrowser();
  const world = { clock, sent: [], stuck: 0, connected: true, kept: stored };
  const store = {
    read: () => world.kept,
    write: (value) => {
      world.kept = structuredClone(value);
    },
  };
  world.outbox = new Outbox(
    {
      send: (message) => world.connected && Boolean(world.sent.push(message.text)),
      changed() {},
      stuck: () => {
        world.stuck++;
      },
    },
    store,
  );
  world.states = () => world.outbox.unsent.map((one) => one.state);
  world.refuse = (code, rest = {}) => {
    const [sending] = world.outbox.unsent.filter((one) => one.state === "sending");
    world.outbox.refused({
      type: "error",
      code,
      message: "no",
      client_id: sending.client_id,
      ...rest,
    });
  };
  t.after(() => world.outbox.pause());
  return world;
}

test("one message is under way at a time, in order", (t) => {
  const world = outbox(t);
  const first = world.outbox.add("one");
  world.outbox.add("two");
  assert.deepEqual([world.sent, world.states()], [["one"], ["sending", "waiting"]]);
  world.outbox.stored(first.client_id);
  assert.deepEqual([world.sent, world.states()], [["one", "two"], ["sending"]]);
});

test("a message without an answer is sent once more after eight seconds", async (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  await world.clock.pass(7_950);
  assert.equal(world.sent.length, 1);
  await world.clock.pass(50);
  assert.deepEqual([world.sent, world.stuck], [["one", "one"], 0]);
});

test("where nothing answers twice, the socket is called stuck", async (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  await world.clock.pass(16_000);
  assert.deepEqual([world.sent.length, world.stuck], [2, 1]);
});

test("without a socket a message waits, and goes out with the next one", (t) => {
  const world = outbox(t);
  world.connected = false;
  world.outbox.add("one");
  assert.deepEqual(world.states(), ["waiting"]);
  world.connected = true;
  world.outbox.flush();
  assert.deepEqual([world.sent, world.states()], [["one"], ["sending"]]);
});

test("a socket that goes away takes no message with it", async (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  world.outbox.pause();
  await world.clock.pass(60_000);
  assert.deepEqual([world.sent.length, world.states()], [1, ["waiting"]]);
  world.outbox.flush();
  assert.equal(world.sent.length, 2);
});

test("an acknowledgement that comes twice, or of another's message, changes nothing", (t) => {
  const world = outbox(t);
  const first = world.outbox.add("one");
  world.outbox.add("two");
  for (const id of [first.client_id, first.client_id, "foreign", undefined])
    world.outbox.stored(id);
  assert.deepEqual([world.sent, world.states()], [["one", "two"], ["sending"]]);
});

test("an acknowledgement that comes while the message waits takes it away", (t) => {
  const world = outbox(t);
  const first = world.outbox.add("one");
  world.outbox.pause();
  world.outbox.stored(first.client_id);
  world.outbox.flush();
  assert.deepEqual([world.sent, world.states()], [["one"], []]);
});

test("a refused message fails with the server's reason, and the next one goes out", (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  world.outbox.add("two");
  world.refuse("invalid");
  assert.deepEqual(
    [world.sent, world.states()],
    [
      ["one", "two"],
      ["failed", "sending"],
    ],
  );
  assert.equal(world.outbox.unsent[0].why, "no");
});

test("a failed message that is tried again goes to the end", (t) => {
  const world = outbox(t);
  const first = world.outbox.add("one");
  world.refuse("invalid");
  world.outbox.add("two");
  world.outbox.again(first.client_id);
  assert.deepEqual(
    world.outbox.unsent.map((one) => one.text),
    ["two", "one"],
  );
  assert.deepEqual(
    [world.states(), world.outbox.unsent[1].why],
    [["sending", "waiting"], undefined],
  );
});

test("a failed message can be given up", (t) => {
  const world = outbox(t);
  const first = world.outbox.add("one");
  world.refuse("invalid");
  world.outbox.discard(first.client_id);
  assert.deepEqual([world.outbox.unsent, world.kept], [[], []]);
});

test("after too many messages it waits as long as the server says", async (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  world.refuse("too_many", { retry_after: 20 });
  await world.clock.pass(19_950);
  assert.equal(world.sent.length, 1);
  await world.clock.pass(50);
  assert.deepEqual([world.sent, world.states()], [["one", "one"], ["sending"]]);
});

test("whoever has to wait for hours is told at once, and it is sent then", async (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  world.refuse("too_many", { retry_after: 7_200, message: "That was a lot for one day." });
  assert.deepEqual(world.states(), ["failed"]);
  assert.equal(world.outbox.unsent[0].why, "That was a lot for one day.");
  await world.clock.pass(7_200_000);
  assert.deepEqual([world.sent, world.states()], [["one", "one"], ["sending"]]);
});

test("what may pass is tried six times, later and later, and then said to be unsent", async (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  for (let tries = 1; tries < 6; tries++) {
    world.refuse("try_again");
    await world.clock.pass(tries * 1_000 - 50);
    assert.equal(world.sent.length, tries);
    await world.clock.pass(50);
    assert.equal(world.sent.length, tries + 1);
  }
  world.refuse("try_again");
  assert.deepEqual([world.sent.length, world.states()], [6, ["failed"]]);
});

/** A message that was refused six times, for a reason that may pass. */
async function refused(t) {
  const world = outbox(t);
  const message = world.outbox.add("one");
  for (let tries = 1; tries < 6; tries++) {
    world.refuse("try_again");
    await world.clock.pass(tries * 1_000);
  }
  world.refuse("try_again");
  return { ...world, message };
}

test("I13: what is said to be unsent is still tried, every half minute and for ever", async (t) => {
  const world = await refused(t);
  for (let tries = 7; tries < 20; tries++) {
    await world.clock.pass(30_000);
    assert.equal(world.sent.length, tries);
    world.refuse("try_again");
    assert.deepEqual(world.states(), ["failed"]);
  }
  await world.clock.pass(30_000);
  world.outbox.stored(world.message.client_id);
  assert.deepEqual(world.states(), []);
});

test("I13: what is said to be unsent is sent when the socket opens, and keeps its place", async (t) => {
  const world = await refused(t);
  world.outbox.add("two");
  assert.deepEqual(world.states(), ["failed", "waiting"]);
  world.outbox.flush();
  assert.deepEqual([world.sent.at(-1), world.states()], ["one", ["sending", "waiting"]]);
  world.outbox.stored(world.message.client_id);
  assert.equal(world.sent.at(-1), "two");
});

test("what is tried again by hand goes at once, and keeps its place", async (t) => {
  const world = await refused(t);
  world.outbox.add("two");
  world.outbox.again(world.message.client_id);
  assert.deepEqual([world.sent.length, world.states()], [7, ["sending", "waiting"]]);
});

test("an error without a name is about the message under way", async (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  world.outbox.refused(null);
  await world.clock.pass(1_000);
  assert.deepEqual([world.sent, world.states()], [["one", "one"], ["sending"]]);
});

test("an error about a message that is not under way changes nothing", async (t) => {
  const world = outbox(t);
  const first = world.outbox.add("one");
  world.outbox.stored(first.client_id);
  world.outbox.refused({ type: "error", code: "invalid", message: "no", ...first });
  assert.deepEqual(world.states(), []);
});

test("what is unsent outlives a reload, and what was under way waits again", (t) => {
  const world = outbox(t);
  world.outbox.add("one");
  world.refuse("invalid");
  world.outbox.add("two");
  assert.deepEqual(
    world.kept.map((one) => one.state),
    ["failed", "sending"],
  );
  assert.deepEqual(Object.keys(world.kept[1]), ["client_id", "text", "state", "created_at"]);
  const again = outbox(t, world.kept, world.clock);
  assert.deepEqual(again.states(), ["failed", "waiting"]);
  again.outbox.flush();
  assert.deepEqual(again.sent, ["two"]);
});

import assert from "node:assert/strict";
import test from "node:test";
import { Problem } from "../../functions/web/client/http.js";
import { FakeSocket } from "./browser.js";
import { NOON, settled } from "./clock.js";
import { connected, socket } from "./sockets.js";

test("it asks for an address, connects and says so", async (t) => {
  const world = socket(t);
  world.socket.start();
  await settled();
  assert.equal(FakeSocket.last.address, "wss://chat.example/ws?ticket=1");
  assert.equal(FakeSocket.last.protocol, "switchboard.v1");
  FakeSocket.last.open();
  assert.deepEqual([world.states, world.opened], [["connecting", "open"], 1]);
});

test("starting twice makes one connection", async (t) => {
  const world = await connected(t);
  world.socket.start();
  await settled();
  assert.deepEqual([world.asked, FakeSocket.all.length], [1, 1]);
});

test("it sends while it is open, and says when it cannot", async (t) => {
  const world = socket(t);
  assert.equal(world.socket.send({ action: "ping" }), false);
  world.socket.start();
  await settled();
  assert.equal(world.socket.send({ action: "ping" }), false);
  FakeSocket.last.open();
  assert.equal(world.socket.send({ action: "stop" }), true);
  assert.deepEqual(FakeSocket.last.sent, [{ action: "stop" }]);
});

test("frames are passed on, and what is no frame is not", async (t) => {
  const world = await connected(t);
  for (const data of ['{"type":"pong"}', "", "{half a fr", '{"message":"Internal server error"}']) {
    FakeSocket.last.receive(data);
  }
  // The gateway's own error is no frame, but means that the last action failed.
  assert.deepEqual(world.frames, [{ type: "pong" }, null]);
});

test("it pings every four minutes", async (t) => {
  const world = await connected(t);
  for (let pings = 1; pings <= 3; pings++) {
    await world.clock.pass(239_950);
    assert.equal(FakeSocket.last.sent.length, pings - 1);
    await world.clock.pass(50);
    assert.equal(FakeSocket.last.sent.length, pings);
    FakeSocket.last.receive({ type: "pong" });
  }
  assert.deepEqual(FakeSocket.last.sent[0], { action: "ping" });
});

test("where nobody waits it only says that it is there, after eight silent minutes", async (t) => {
  const world = await connected(t, { awaits: () => world.awaits });
  world.awaits = false;
  await world.clock.pass(60_000);
  FakeSocket.last.receive({ type: "typing" });
  for (let n = 1; n <= 3; n++) {
    await world.clock.pass(479_950);
    assert.equal(FakeSocket.last.sent.length, n - 1);
    await world.clock.pass(50);
    assert.equal(FakeSocket.last.sent.length, n);
  }
  // It needs no answer.
  await world.clock.pass(60_000);
  assert.equal(world.socket.state, "open");
  assert.deepEqual(FakeSocket.last.taken()[2], { action: "keep" });
  // From now on somebody waits.
  world.awaits = true;
  await world.clock.pass(180_000);
  assert.deepEqual(FakeSocket.last.sent, [{ action: "ping" }]);
});

test("without an answer to its ping in eight seconds it connects anew", async (t) => {
  const world = await connected(t);
  await world.clock.pass(247_950);
  assert.equal(world.socket.state, "open");
  await world.clock.pass(50);
  assert.equal(world.socket.state, "waiting");
  assert.equal(FakeSocket.all[0].closed, true);
  await world.clock.pass(500);
  assert.equal(FakeSocket.all.length, 2);
});

test("any frame answers a ping", async (t) => {
  const world = await connected(t);
  await world.clock.pass(240_000);
  FakeSocket.last.receive({ type: "typing" });
  await world.clock.pass(10_000);
  assert.equal(world.socket.state, "open");
});

test("it comes back later and later, at most every thirty seconds", async (t) => {
  const world = await connected(t);
  for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    FakeSocket.last.lose();
    assert.equal(world.socket.retryAt, world.clock.now + wait);
    const sockets = FakeSocket.all.length;
    await world.clock.pass(wait - 50);
    assert.equal(FakeSocket.all.length, sockets);
    await world.clock.pass(50);
    assert.equal(FakeSocket.all.length, sockets + 1);
    FakeSocket.last.open();
  }
});

test("a frame that comes makes the next wait short again", async (t) => {
  const world = await connected(t);
  for (let n = 0; n < 3; n++) {
    FakeSocket.last.lose();
    await world.clock.pass(4_000);
    FakeSocket.last.open();
  }
  FakeSocket.last.receive({ type: "pong" });
  FakeSocket.last.lose();
  assert.equal(world.socket.retryAt, world.clock.now + 500);
});

test("each client waits for another time, at least half of the longest", async (t) => {
  const world = await connected(t);
  t.mock.method(Math, "random", () => 0);
  FakeSocket.last.lose();
  assert.equal(world.socket.retryAt, NOON + 250);
});

test("it waits as long as the server says", async (t) => {
  const world = socket(t, () => {
    throw new Problem(429, "too_many", "Slower, please", 40);
  });
  world.socket.start();
  await settled();
  assert.equal(world.socket.retryAt, NOON + 40_000);
  await world.clock.pass(39_950);
  assert.equal(world.asked, 1);
  await world.clock.pass(50);
  assert.equal(world.asked, 2);
});

for (const status of [401, 403]) {
  test(`${status} ends it, until it is started again`, async (t) => {
    const world = socket(t, () => {
      throw new Problem(status, "refused", "No");
    });
    world.socket.start();
    await world.clock.pass(120_000);
    assert.deepEqual([world.states, world.asked], [["connecting", "refused"], 1]);
    world.address = () => "wss://chat.example/ws";
    world.socket.start();
    await settled();
    assert.equal(FakeSocket.all.length, 1);
  });
}

test("a socket that does not open within fifteen seconds is given up", async (t) => {
  const world = socket(t);
  world.socket.start();
  await world.clock.pass(14_950);
  assert.equal(world.socket.state, "connecting");
  await world.clock.pass(50);
  assert.deepEqual([world.socket.state, FakeSocket.all[0].closed], ["waiting", true]);
});

test("what an earlier socket still says is not heard", async (t) => {
  const world = await connected(t);
  const [first] = FakeSocket.all;
  world.socket.reset();
  await world.clock.pass(500);
  FakeSocket.last.open();
  first.receive({ type: "typing" });
  first.onclose();
  assert.deepEqual([world.frames, world.socket.state], [[], "open"]);
});

test("an address that comes after the end opens nothing", async (t) => {
  let give = () => {};
  const world = socket(t, () => {
    return new Promise((resolve) => {
      give = resolve;
    });
  });
  world.socket.start();
  await settled();
  world.socket.stop();
  give("wss://chat.example/late");
  await settled();
  assert.deepEqual([FakeSocket.all.length, world.socket.state], [0, "idle"]);
});

test("it stops for good", async (t) => {
  const world = await connected(t);
  world.socket.stop();
  world.page.dispatchEvent(new Event("online"));
  await world.clock.pass(600_000);
  assert.deepEqual([world.states.at(-1), FakeSocket.all.length], ["idle", 1]);
  assert.equal(FakeSocket.last.closed, true);
});

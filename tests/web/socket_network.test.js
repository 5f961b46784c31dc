import assert from "node:assert/strict";
import test from "node:test";
import { FakeSocket } from "./browser.js";
import { settled } from "./clock.js";
import { connected } from "./sockets.js";

test("a network that is back, or a page that is looked at, ends the wait", async (t) => {
  const world = await connected(t);
  for (const wake of [
    () => world.page.dispatchEvent(new Event("online")),
    () => world.document.dispatchEvent(new Event("visibilitychange")),
  ]) {
    FakeSocket.last.lose();
    const sockets = FakeSocket.all.length;
    wake();
    await settled();
    assert.equal(FakeSocket.all.length, sockets + 1);
    FakeSocket.last.open();
  }
});

test("a network that goes away ends the socket at once", async (t) => {
  const world = await connected(t);
  world.page.dispatchEvent(new Event("offline"));
  assert.equal(world.socket.state, "waiting");
  world.page.dispatchEvent(new Event("online"));
  await settled();
  assert.equal(FakeSocket.all.length, 2);
});

test("a page that is left has no socket, and one again when it comes back", async (t) => {
  const world = await connected(t);
  world.page.dispatchEvent(new Event("pagehide"));
  assert.deepEqual([world.socket.state, FakeSocket.last.closed], ["waiting", true]);
  await world.clock.pass(120_000);
  assert.equal(FakeSocket.all.length, 1);
  world.page.dispatchEvent(new Event("pageshow"));
  await settled();
  assert.equal(FakeSocket.all.length, 2);
});

test("a page that is looked at asks its open socket for a sign of life", async (t) => {
  const world = await connected(t);
  world.document.hidden = true;
  world.document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(FakeSocket.last.sent, []);
  world.document.hidden = false;
  world.document.dispatchEvent(new Event("visibilitychange"));
  assert.deepEqual(FakeSocket.last.sent, [{ action: "ping" }]);
  await world.clock.pass(8_000);
  assert.equal(world.socket.state, "waiting");
});

// A socket, its browser, and what it said.
import { Socket } from "../../functions/web/client/socket.js";
import { FakeSocket, openBrowser } from "./browser.js";
import { settled, stopClock } from "./clock.js";

/** A socket, what it said, and how often it asked for an address. */
export function socket(t, address = () => "wss://chat.example/ws?ticket=1", more = {}) {
  const browser = openBrowser();
  const clock = stopClock(t);
  // The longest wait, so that the times are known.
  t.mock.method(Math, "random", () => 1);
  const world = { ...browser, clock, states: [], frames: [], opened: 0, asked: 0, address };
  world.socket = new Socket({
    address: async () => {
      world.asked++;
      return world.address();
    },
    opened: () => {
      world.opened++;
    },
    frame: (frame) => world.frames.push(frame),
    state: (state) => world.states.push(state),
    ...more,
  });
  t.after(() => world.socket.stop());
  return world;
}

/** One that is connected. */
export async function connected(t, more = {}) {
  const world = socket(t, undefined, more);
  world.socket.start();
  await settled();
  FakeSocket.last.open();
  return world;
}

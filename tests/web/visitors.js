// A visitor's client, its browser, and what the server says to it.
import { VisitorClient } from "../../functions/web/client/visitor.js";
import { FakeSocket, openBrowser } from "./browser.js";
import { stopClock } from "./clock.js";
import { page, summary } from "./made.js";

export const BASE = "https://chat.example/";
export const KEY = { chat_id: "chat", token: "t" };
export const STORED = `switchboard ${BASE}`;

/** A browser with its clock, and `begin` for a client that ends with the test. */
export function visitor(t) {
  const browser = openBrowser();
  const clock = stopClock(t);
  browser.api.on("/chats", KEY);
  browser.api.on("/tickets", { ws_url: "wss://chat.example/ws?ticket=1" });
  const world = { ...browser, clock };
  world.begin = (rest = {}) => {
    world.client = new VisitorClient({ base: BASE, changed() {}, ...rest });
    t.after(() => {
      world.client.chat?.close();
      world.client.outbox.pause();
      world.client.socket.stop();
    });
    return world.client;
  };
  return world;
}
export const sent = () => FakeSocket.last.sent.map((one) => one.action);
export const nameSent = () =>
  FakeSocket.last.sent.find((one) => one.action === "message").client_id;
export const push = (made) => FakeSocket.last.receive({ ...made, type: "message" });
export const ready = (messages, rest = {}) =>
  FakeSocket.last.receive({ type: "ready", chat: summary(), ...page(messages), ...rest });

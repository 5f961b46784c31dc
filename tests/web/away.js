// A manager's browser, and a server that can be away.
import { ManagerClient } from "../../functions/web/client/manager.js";
import { FakeSocket, openBrowser } from "./browser.js";
import { settled, stopClock } from "./clock.js";
import { message, page } from "./made.js";

export const BASE = "https://chat.example/";

/** A browser, its clock, and a server that stores what it is sent unless it is away. */
export function world(t) {
  const made = { ...openBrowser(), clock: stopClock(t), away: false, posts: [], stored: [] };
  const reached = (answer) => (call) => (made.away ? new TypeError("away") : answer(call));
  made.api.on(
    "/tickets",
    reached(() => ({ ws_url: "wss://chat.example/manager" })),
  );
  made.api.on(
    "/history",
    reached(() => page([...made.stored])),
  );
  made.api.on(
    "/manager/session",
    reached(() => ({ id: made.signedIn })),
  );
  made.send = ({ body }) => {
    const { client_id, text, chat_id } = body;
    const known = made.stored.find((one) => one.client_id === client_id);
    if (known) return known;
    const seq = made.stored.length + 1;
    made.stored.push(message(seq, { chat_id, client_id, text, role: "manager" }));
    return made.stored.at(-1);
  };
  made.api.on("/manager/send", (call) => {
    made.posts.push(call.body.text);
    return reached(made.send)(call);
  });
  made.texts = () => made.stored.map((one) => one.text);
  made.leave = () => {
    made.away = true;
    for (const socket of FakeSocket.all) if (socket.readyState === 1) socket.lose();
  };
  made.comeBack = async () => {
    made.away = false;
    made.page.dispatchEvent(new Event("online"));
    await settled();
    FakeSocket.last.open();
    await settled();
  };
  return made;
}

/** A page of a manager, with its socket open unless the server is away. */
export async function opened(t, made, manager = "anna") {
  const told = { replaced: 0 };
  const events = { frame() {}, changed() {}, state() {}, replaced: () => told.replaced++ };
  const client = new ManagerClient(BASE, events, { id: manager, now: "" });
  client.socket.start();
  await settled();
  if (!made.away) FakeSocket.last.open();
  t.after(() => {
    client.outboxes.pause();
    client.socket.stop();
  });
  return Object.assign(client, { told });
}

/** The page is closed, and so is every other one. */
export function close(made, client) {
  client.outboxes.pause();
  client.socket.stop();
  made.clock.forget();
}

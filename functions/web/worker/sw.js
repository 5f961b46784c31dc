// @ts-check
// Shows what a push says, also while no page is open. It answers no page and keeps nothing.

/** @type {any} */
const worker = self;
const ICONS = "./v/dev/icons/";

/**
 * What the server sent.
 * @typedef {{kind?: string, title?: string, body?: string, tag?: string, chat_id?: string,
 *   lang?: string, at?: number}} Pushed
 */

// A new version is in use at once: nothing of the old one is.
worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) =>
  event.waitUntil(worker.clients.claim()),
);
worker.addEventListener("push", (/** @type {any} */ event) => event.waitUntil(show(event.data)));
worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data?.chat_id));
});
worker.addEventListener("notificationclose", (/** @type {any} */ event) =>
  event.waitUntil(badge()),
);
worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) =>
  event.waitUntil(renew(event)),
);

/** A page or an icon of ours. The scope ends in `manager`. @param {string} path */
const at = (path) => new URL(path, worker.registration.scope).href;

/** @param {any} data */
async function show(data) {
  const {
    title = "Switchboard",
    body = "",
    tag,
    chat_id,
    lang = "en",
    at: timestamp,
    kind,
  } = read(data);
  // A browser that sees nothing shown takes the permission away.
  await worker.registration.showNotification(title, {
    ...{ body, tag, lang, timestamp, data: { chat_id, kind } },
    ...{ icon: at(`${ICONS}console-192.png`), badge: at(`${ICONS}badge-96.png`) },
    // Somebody waits again: that is news, also where the last notice still stands.
    ...(kind === "chat.waiting" && tag ? { renotify: true } : { silent: kind !== "test" }),
  });
  await badge();
}

/** @param {any} data @returns {Pushed} */
function read(data) {
  try {
    return data?.json() ?? {};
  } catch {
    return {};
  }
}

/** How many are shown to wait. An open console knows better, and says so itself. */
async function badge() {
  const { navigator } = worker;
  if (!navigator.setAppBadge || (await consoles()).length > 0) return;
  const shown = await worker.registration.getNotifications();
  const waiting = shown.filter((/** @type {any} */ one) => one.data?.kind === "chat.waiting");
  await navigator.setAppBadge(waiting.length).catch(() => undefined);
}

/** @returns {Promise<any[]>} */
async function consoles() {
  const { scope } = worker.registration;
  const all = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  return all.filter((/** @type {any} */ one) => one.url.startsWith(scope));
}

/** Show a chat in a console that is open, or in a new one. @param {string} [chatId] */
async function open(chatId) {
  const all = await consoles();
  const seen = all.find((one) => one.visibilityState === "visible");
  const shown = all.find((one) => one.focused) ?? seen ?? all[0];
  if (!shown) return worker.clients.openWindow(at(chatId ? `manager#chat=${chatId}` : "manager"));
  shown.postMessage({ type: "open", chat_id: chatId });
  return shown.focus();
}

/** The browser has another address now. @param {any} event */
async function renew({ oldSubscription, newSubscription }) {
  const key = oldSubscription?.options.applicationServerKey;
  const made =
    newSubscription ??
    (key &&
      (await worker.registration.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: key,
      })));
  if (!made) return;
  const { endpoint, keys } = made.toJSON();
  const language = worker.navigator.language.startsWith("de") ? "de" : "en";
  await fetch(at("manager/push"), {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ endpoint, keys, language }),
  });
}

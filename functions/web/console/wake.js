// @ts-check
import { storedValue } from "../client/storage.js";
import { trustedScript } from "../view/trusted.js";
/** @import { ManagerClient } from "../client/manager.js" */

/**
 * Whether this browser is woken: `absent`, it cannot be; `refused`, its user forbade it.
 * @typedef {"absent" | "refused" | "off" | "on"} WakeState
 */

/** Wakes this browser when somebody waits, also while no page is open. */
export class Wake {
  #client;
  #language;
  /** The server's name for this browser, where it is woken for this manager. */
  #device;
  /** @type {Promise<ServiceWorkerRegistration> | undefined} */
  #registered;

  /**
   * @param {ManagerClient} client
   * @param {string} language of what is shown
   */
  constructor(client, language) {
    this.#client = client;
    this.#language = language;
    /** @type {import("../client/storage.js").StoredValue<string>} */
    this.#device = storedValue("localStorage", `switchboard wake ${client.owner}`, isText);
  }

  get possible() {
    return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  }

  /** @returns {WakeState} */
  get state() {
    if (!this.possible) return "absent";
    if (Notification.permission === "denied") return "refused";
    return this.device && Notification.permission === "granted" ? "on" : "off";
  }

  /** The server's name for this browser; empty: it is not woken. */
  get device() {
    return this.#device.read() ?? "";
  }

  /** What shows notices, if this browser has it. */
  async worker() {
    if (!this.possible || Notification.permission !== "granted") return;
    this.#registered ??= this.#register();
    return await this.#registered.catch(() => undefined);
  }

  #register() {
    const { base } = this.#client;
    const url = trustedScript(new URL("manager/sw.js", base).href);
    const scope = new URL("manager", base).href;
    return navigator.serviceWorker.register(url, { scope }).then(active);
  }

  /** A click on a notice opens its chat here. @param {(chatId: string) => void} choose */
  listen(choose) {
    if (!this.possible) return;
    navigator.serviceWorker.addEventListener("message", ({ data }) => {
      if (data?.type === "open" && typeof data.chat_id === "string") choose(data.chat_id);
    });
  }

  /** Wake this browser from now on. What it gives is the state then. Throws `Problem`. */
  async turnOn() {
    // Only in a press of a button may a page ask.
    if ((await Notification.requestPermission()) !== "granted") return this.state;
    await this.#subscribe();
    return this.state;
  }

  /** Wake it no more. Throws `Problem`. @returns {Promise<WakeState>} */
  async turnOff() {
    const { device } = this;
    if (device) await this.#client.call(`manager/push/${device}`, { method: "DELETE" }).catch(gone);
    this.#device.write(null);
    const worker = await this.worker();
    await unsubscribe(worker);
    return this.state;
  }

  /** Another sign-in, key or address of this browser: say it to the server. */
  async keep() {
    if (this.state === "on") return void (await this.#subscribe().catch(() => undefined));
    if (!this.possible) return;
    // Whoever was signed in here before is not to be woken here.
    const scope = new URL("manager", this.#client.base).href;
    await unsubscribe(await navigator.serviceWorker.getRegistration(scope));
  }

  async #subscribe() {
    const worker = await this.worker();
    if (!worker) return;
    const { key } = await this.#client.call("manager/push");
    const wanted = bytesOf(key);
    let made = await worker.pushManager.getSubscription();
    if (made && !isSame(made.options.applicationServerKey, wanted)) {
      await made.unsubscribe();
      made = null;
    }
    made ??= await worker.pushManager.subscribe({
      userVisibleOnly: true,
      applicationServerKey: wanted,
    });
    const { endpoint, keys } = made.toJSON();
    const device = { endpoint, keys, language: this.#language };
    const { id } = await this.#client.post("manager/push", device);
    this.#device.write(id);
  }
}

/** @param {ServiceWorkerRegistration | undefined} worker */
async function unsubscribe(worker) {
  await (await worker?.pushManager.getSubscription())?.unsubscribe();
}

/** One that works, and not only one that is on its way. @param {ServiceWorkerRegistration} made */
async function active(made) {
  const { installing, waiting } = made;
  const next = installing ?? waiting;
  if (made.active || !next) return made;
  await new Promise((resolve) => {
    next.addEventListener("statechange", () => made.active && resolve(made));
  });
  return made;
}

/** The server knew it no more. @param {unknown} error */
function gone(error) {
  if (!(error instanceof Object && "status" in error && error.status === 404)) throw error;
}

/** @param {string} text Base64, as URLs hold it */
function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}

/** @param {ArrayBuffer | null} key @param {Uint8Array} wanted */
function isSame(key, wanted) {
  const has = new Uint8Array(key ?? new ArrayBuffer(0));
  return has.length === wanted.length && has.every((byte, n) => byte === wanted[n]);
}

/** @param {unknown} value */
const isText = (value) => typeof value === "string";

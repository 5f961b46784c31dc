// The parts of a browser that the clients use, each as small as it can be.
import { webcrypto } from "node:crypto";

/** A socket whose other end is the test. */
export class FakeSocket {
  static OPEN = 1;
  /** @type {FakeSocket[]} */
  static all = [];
  readyState = 0;
  sent = [];
  closed = false;

  constructor(address, protocol) {
    this.address = address;
    this.protocol = protocol;
    FakeSocket.all.push(this);
  }

  static get last() {
    return FakeSocket.all.at(-1);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.readyState = 3;
    this.closed = true;
  }

  open() {
    this.readyState = FakeSocket.OPEN;
    this.onopen();
  }

  receive(data) {
    this.onmessage({ data: typeof data === "string" ? data : JSON.stringify(data) });
  }

  lose() {
    this.readyState = 3;
    this.onclose();
  }

  /** The actions that were sent since this was last asked. */
  taken() {
    return this.sent.splice(0);
  }
}

/** `localStorage` or `sessionStorage`, of limited size and with leave to use it. */
export class FakeStorage {
  values = new Map();
  forbidden = false;
  full = false;

  get length() {
    this.#check(this.forbidden);
    return this.values.size;
  }

  key(n) {
    return [...this.values.keys()][n] ?? null;
  }

  getItem(key) {
    this.#check(this.forbidden);
    return this.values.get(key) ?? null;
  }

  setItem(key, value) {
    this.#check(this.forbidden || this.full);
    this.values.set(key, value);
  }

  removeItem(key) {
    this.#check(this.forbidden);
    this.values.delete(key);
  }

  #check(refused) {
    if (refused) throw new Error("The browser refuses");
  }
}

/** An HTTP API: the test answers each path, and reads what was asked. */
export class FakeApi {
  asked = [];
  #answers = new Map();

  /** Answer a path from now on with a body, a status, an error to throw, or a function. */
  on(path, body, status = 200) {
    this.#answers.set(path, { body, status });
  }

  fetch = async (url, options) => {
    const { pathname, search } = new URL(url);
    const body = options.body && JSON.parse(options.body);
    const call = { path: pathname, query: Object.fromEntries(new URLSearchParams(search)), body };
    this.asked.push({ ...call, url, method: options.method, headers: options.headers, options });
    const found = this.#answers.get(pathname);
    if (!found) throw new TypeError(`nobody answers ${pathname}`);
    const given = typeof found.body === "function" ? await found.body(call) : found.body;
    if (given instanceof Error) throw given;
    return { ok: found.status < 400, status: found.status, json: async () => given };
  };
}

/** Put a fresh browser in place. */
export function openBrowser() {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { hidden: false });
  const api = new FakeApi();
  FakeSocket.all = [];
  const globals = {
    document,
    window: globalThis,
    location: { href: "https://shop.example/cart#top" },
    navigator: { languages: ["en-GB", "en"] },
    localStorage: new FakeStorage(),
    sessionStorage: new FakeStorage(),
    WebSocket: FakeSocket,
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
    fetch: api.fetch,
    // Node 18 has it, but not as a global.
    crypto: webcrypto,
  };
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
  return { api, document, page, localStorage, sessionStorage };
}

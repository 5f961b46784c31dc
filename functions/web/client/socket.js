// @ts-check
import { Problem } from "./http.js";
import { encode } from "./json.js";
/** @import { ManagerAction, UserAction } from "./types.js" */

const SUBPROTOCOL = "switchboard.v1";
// API Gateway closes a socket that was silent for ten minutes.
const PING_EVERY = 4 * 60_000;
// So long nothing may be said where nobody waits. A hidden page's clock may be a minute late.
const KEEP_EVERY = 8 * 60_000;
const PONG_WITHIN = 8_000;
const OPEN_WITHIN = 15_000;
const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;

/**
 * @typedef {"idle" | "connecting" | "open" | "waiting" | "refused"} SocketState
 *
 * @typedef {object} SocketEvents
 * @property {() => Promise<string>} address the address of the next socket; good for one
 * @property {() => void} opened
 * @property {(frame: any) => void} frame `null`: the gateway failed at what was sent last
 * @property {(state: SocketState) => void} state
 * @property {() => boolean} [awaits] whether a dead socket must be noticed soon; without, it must
 */

/**
 * A socket that comes back: it connects, pings, and connects again after every close, later and
 * later, each client at a moment of its own. It ends only when it is stopped or refused.
 */
export class Socket {
  /** @type {SocketState} */
  state = "idle";
  /** When the next attempt is made, in ms since the epoch. */
  retryAt = 0;
  #events;
  /** @type {WebSocket | null} */
  #socket = null;
  #attempt = 0;
  /** When something was said or heard, in ms since the epoch. */
  #lastAt = 0;
  /** Which life this is: what an earlier one still has under way is not ours. */
  #life = 0;
  /** @type {Map<string, ReturnType<typeof setTimeout>>} */
  #timers = new Map();

  /** @param {SocketEvents} events */
  constructor(events) {
    this.#events = events;
  }

  start() {
    if (this.state !== "idle" && this.state !== "refused") return;
    addEventListener("online", this.#wake);
    addEventListener("offline", this.#cut);
    addEventListener("pagehide", this.#leave);
    addEventListener("pageshow", this.#wake);
    document.addEventListener("visibilitychange", this.#wake);
    this.#attempt = 0;
    void this.#connect();
  }

  stop() {
    removeEventListener("online", this.#wake);
    removeEventListener("offline", this.#cut);
    removeEventListener("pagehide", this.#leave);
    removeEventListener("pageshow", this.#wake);
    document.removeEventListener("visibilitychange", this.#wake);
    this.#drop();
    this.#become("idle");
  }

  /**
   * Send an action. False: there is no open socket.
   * @param {UserAction | ManagerAction} action
   */
  send(action) {
    if (this.state !== "open" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(encode(action));
    this.#lastAt = Date.now();
    return true;
  }

  /** Do not wait any longer. */
  retry() {
    if (this.state === "waiting") void this.#connect();
  }

  /** Leave this socket, of which no sign of life comes, and connect anew. */
  reset() {
    if (this.state === "open" || this.state === "connecting") this.#later();
  }

  #wake = () => {
    if (document.hidden) return;
    if (this.state === "waiting") this.retry();
    else this.#ping();
  };

  /** Without a network the socket is dead, which it would notice much later. */
  #cut = () => this.reset();

  /** A browser keeps no page with an open socket to go back to. */
  #leave = () => {
    this.#drop();
    this.#become("waiting");
  };

  async #connect() {
    this.#drop();
    const life = this.#life;
    this.#become("connecting");
    try {
      const address = await this.#events.address();
      if (life === this.#life) this.#open(address, life);
    } catch (error) {
      if (life !== this.#life) return;
      if (error instanceof Problem && error.refused) this.#become("refused");
      else this.#later(error instanceof Problem ? error.retryAfter : 0);
    }
  }

  /**
   * @param {string} address
   * @param {number} life
   */
  #open(address, life) {
    const socket = new WebSocket(address, SUBPROTOCOL);
    this.#socket = socket;
    this.#after("open", OPEN_WITHIN, () => this.#later());
    const ours = () => life === this.#life;
    socket.onopen = () => {
      if (!ours()) return;
      this.#cancel("open");
      this.#become("open");
      this.#lastAt = Date.now();
      this.#after("ping", PING_EVERY, () => this.#beat());
      this.#events.opened();
    };
    socket.onmessage = (event) => ours() && this.#received(event.data);
    socket.onclose = () => ours() && this.#later();
  }

  /** @param {unknown} data */
  #received(data) {
    this.#cancel("pong");
    this.#attempt = 0;
    this.#lastAt = Date.now();
    // API Gateway sends an empty frame when a two-way route has nothing to answer.
    if (typeof data !== "string" || data === "") return;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    this.#events.frame(typeof frame?.type === "string" ? frame : null);
  }

  #ping() {
    if (!this.send({ action: "ping" })) return;
    this.#after("pong", PONG_WITHIN, () => this.reset());
    this.#after("ping", PING_EVERY, () => this.#beat());
  }

  /** Keep the socket. An answer costs as much as the question, so only who waits asks for one. */
  #beat() {
    if (this.#events.awaits?.() ?? true) return this.#ping();
    if (Date.now() - this.#lastAt >= KEEP_EVERY && !this.send({ action: "keep" })) return;
    const left = this.#lastAt + KEEP_EVERY - Date.now();
    this.#after("ping", Math.min(left, PING_EVERY), () => this.#beat());
  }

  /** @param {number} [atLeast] seconds, as the server said */
  #later(atLeast = 0) {
    this.#drop();
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempt++);
    const jittered = Math.max(atLeast * 1000, wait * (0.5 + Math.random() / 2));
    this.retryAt = Date.now() + jittered;
    this.#after("retry", jittered, () => void this.#connect());
    this.#become("waiting");
  }

  #drop() {
    this.#life++;
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** @param {SocketState} state */
  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.#events.state(state);
  }

  /**
   * @param {string} name
   * @param {number} wait
   * @param {() => void} then
   */
  #after(name, wait, then) {
    this.#cancel(name);
    this.#timers.set(name, setTimeout(then, wait));
  }

  /** @param {string} name */
  #cancel(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}

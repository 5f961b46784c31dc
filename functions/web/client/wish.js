// @ts-check
import { storedValue } from "./storage.js";

/** A person is wanted, or no more, and the server does not know yet. It outlives the page. */
export class Wish {
  #kept;

  /** @param {string} name of the chat's place in the storage */
  constructor(name) {
    this.#kept = storedValue(
      "sessionStorage",
      `switchboard ${name} asked`,
      (value) => typeof value === "boolean",
    );
  }

  get isUntold() {
    return this.#kept.read() !== null;
  }

  /** @param {boolean} wanted */
  change(wanted) {
    this.#kept.write(wanted);
  }

  /** @param {import("./socket.js").Socket} socket */
  tell(socket) {
    const wanted = this.#kept.read();
    if (wanted === null) return;
    if (socket.send({ action: wanted ? "human" : "no_human" })) this.#kept.write(null);
  }
}

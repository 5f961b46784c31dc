// @ts-check
import { storedValue } from "../client/storage.js";
import { HUES } from "./avatar.js";

/** @typedef {"enter" | "mod"} SendsOn `mod`: Enter begins a line, and ⌘ or Ctrl with it sends */
/** @typedef {{sendsOn?: SendsOn, hue?: number, started?: boolean}} Kept */

/** How a manager likes to work, kept in this browser under their name. */
export class Preferences {
  #stored;

  /** @param {string} owner the installation and the manager */
  constructor(owner) {
    /** @type {import("../client/storage.js").StoredValue<Kept>} */
    this.#stored = storedValue("localStorage", `switchboard preferences ${owner}`, isObject);
  }

  get #kept() {
    return this.#stored.read() ?? {};
  }

  /** What sends a message. @returns {SendsOn} */
  get sendsOn() {
    return this.#kept.sendsOn === "mod" ? "mod" : "enter";
  }

  set sendsOn(sendsOn) {
    this.#stored.write({ ...this.#kept, sendsOn });
  }

  /** The colour of the manager's own initials, if one was chosen. @returns {number | undefined} */
  get hue() {
    const { hue } = this.#kept;
    return Number.isInteger(hue) && Number(hue) >= 0 && Number(hue) < HUES ? hue : undefined;
  }

  set hue(hue) {
    this.#stored.write({ ...this.#kept, hue });
  }

  /** The first steps are done, or somebody does not want to hear of them. */
  get started() {
    return this.#kept.started === true;
  }

  set started(started) {
    this.#stored.write({ ...this.#kept, started });
  }

  /** Whether a key sends. @param {KeyboardEvent} event */
  sends({ shiftKey, ctrlKey, metaKey }) {
    if (shiftKey) return false;
    return this.sendsOn === "enter" || ctrlKey || metaKey;
  }
}

/** @param {unknown} value */
const isObject = (value) => typeof value === "object" && value !== null;

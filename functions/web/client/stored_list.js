// @ts-check
/** @import { Unsent } from "./outbox.js" */
/** @import { StoredValue } from "./storage.js" */

/**
 * A list that has a key for each message: two tabs that write do not overwrite each other's.
 * @param {string} prefix
 * @returns {StoredValue<Unsent[]>}
 */
export function storedList(prefix) {
  /** What the browser did not store. @type {Unsent[]} */
  let unkept = [];
  /** @type {Set<string>} */
  let ours = new Set();
  return {
    read() {
      const kept = keysWith(prefix).flatMap((key) => parsed(localStorage.getItem(key)));
      ours = new Set(kept.map((one) => one.client_id));
      const missing = unkept.filter((one) => !ours.has(one.client_id));
      return [...kept.sort((a, b) => a.place - b.place), ...missing];
    },
    write(list) {
      const now = list ?? [];
      const named = new Set(now.map((one) => one.client_id));
      for (const id of ours) if (!named.has(id)) remove(prefix + id);
      unkept = now.filter(
        (one, n) => !stored(prefix + one.client_id, { ...one, place: placed(one, n) }),
      );
      ours = named;
    },
  };
}

/**
 * By when it was written; the place in the list decides between messages of one moment.
 * @param {Unsent} unsent
 * @param {number} n
 */
const placed = ({ created_at }, n) => Date.parse(created_at) + n / 1000;

/**
 * @param {string} key
 * @param {Unsent & {place: number}} value
 */
function stored(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    // Full or forbidden.
    return false;
  }
}

/** @param {string} key */
function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Forbidden: then it is not there.
  }
}

/** @param {string | null} text @returns {(Unsent & {place: number})[]} */
function parsed(text) {
  try {
    const value = JSON.parse(text ?? "null");
    return typeof value?.text === "string" && typeof value.client_id === "string" ? [value] : [];
  } catch {
    return [];
  }
}

/** The keys that begin so. @param {string} prefix */
export function keysWith(prefix) {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, n) => localStorage.key(n) ?? "");
    return keys.filter((key) => prefix && key.startsWith(prefix));
  } catch {
    return [];
  }
}

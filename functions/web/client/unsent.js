// @ts-check
import { storedValue } from "./storage.js";
/** @import { Unsent } from "./outbox.js" */
/** @import { StoredValue } from "./storage.js" */

const DAY = 24 * 60 * 60_000;

/**
 * Unsent messages, in `localStorage`: they outlive their tab. All tabs share one list, and each
 * takes away only what it has had itself. Two tabs that send one message store it once.
 *
 * @param {string} key
 * @returns {StoredValue<Unsent[]>}
 */
export function unsentStore(key) {
  const stored = storedValue("localStorage", key, Array.isArray);
  /** @type {Set<string>} */
  const known = new Set();
  const read = () => /** @type {Unsent[]} */ (stored.read() ?? []).filter(isUnsent);
  return {
    read() {
      const messages = read();
      for (const one of messages) known.add(one.client_id);
      return messages.map((one) => ({ ...one, state: stateAtFirst(one) }));
    },
    write(messages) {
      const own = messages ?? [];
      for (const one of own) known.add(one.client_id);
      const all = [...read().filter((one) => !known.has(one.client_id)), ...own];
      stored.write(all.length > 0 ? all : null);
    },
  };
}

/** Nobody expects that a text of another day is sent by itself. @param {Unsent} message */
function stateAtFirst({ state, created_at }) {
  const isOld = !(Date.now() - Date.parse(created_at) < DAY);
  return isOld || state === "failed" ? "failed" : "waiting";
}

/** @param {any} value @returns {value is Unsent} */
function isUnsent(value) {
  const parts = [value?.client_id, value?.text, value?.created_at];
  return parts.every((part) => typeof part === "string");
}

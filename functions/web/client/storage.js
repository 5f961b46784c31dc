// @ts-check
import { encode } from "./json.js";

/**
 * @template T
 * @typedef {{read: () => T | null, write: (value: T | null) => void}} StoredValue
 */

/**
 * A value under a key of `localStorage` or `sessionStorage`; only in memory where a browser
 * forbids both, or has no room. What is stored there and does not fit counts as nothing: another
 * script of the page, or another version of this one, may have written it.
 *
 * @template T
 * @param {"localStorage" | "sessionStorage"} where
 * @param {string} key
 * @param {(value: any) => boolean} [fits]
 * @returns {StoredValue<T>}
 */
export function storedValue(where, key, fits = () => true) {
  /** @type {T | null} */
  let memory = null;
  let inMemory = false;
  return {
    read() {
      if (inMemory) return memory;
      try {
        const value = JSON.parse(window[where].getItem(key) ?? "null");
        return fits(value) ? value : null;
      } catch {
        return memory;
      }
    },
    write(value) {
      memory = value;
      try {
        if (value === null) window[where].removeItem(key);
        else window[where].setItem(key, encode(value));
        inMemory = false;
      } catch {
        // Full or forbidden.
        inMemory = true;
      }
    },
  };
}

// @ts-check

/**
 * @template T
 * @typedef {{read: () => T | null, write: (value: T | null) => void}} StoredValue
 */

/**
 * A value under a key of `localStorage` or `sessionStorage`; only in memory where a browser
 * forbids both, or has no room.
 *
 * @template T
 * @param {"localStorage" | "sessionStorage"} where
 * @param {string} key
 * @returns {StoredValue<T>}
 */
export function storedValue(where, key) {
  /** @type {T | null} */
  let memory = null;
  let inMemory = false;
  return {
    read() {
      if (inMemory) return memory;
      try {
        const text = window[where].getItem(key);
        return text ? JSON.parse(text) : null;
      } catch {
        return memory;
      }
    },
    write(value) {
      memory = value;
      try {
        if (value === null) window[where].removeItem(key);
        else window[where].setItem(key, JSON.stringify(value));
        inMemory = false;
      } catch {
        // Full or forbidden.
        inMemory = true;
      }
    },
  };
}

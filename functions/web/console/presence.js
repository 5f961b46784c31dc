// @ts-check

// Proxies cut a socket and the page connects again: that is no absence.
export const ABSENT_AFTER = 10_000;

/** Who is online. A short gap is not shown. */
export class Presence {
  /** When those left who left a moment ago. @type {Map<string, number>} */
  #left = new Map();
  #changed;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {() => void} changed */
  constructor(changed) {
    this.#changed = changed;
  }

  /**
   * @param {string} id
   * @param {boolean} before
   * @param {boolean} now
   */
  learn(id, before, now) {
    if (now) this.#left.delete(id);
    else if (before) {
      this.#left.set(id, Date.now());
      this.#timer ??= setTimeout(() => this.#pass(), ABSENT_AFTER);
    }
  }

  /** @param {{chat_id: string, online: boolean}} chat */
  of({ chat_id, online }) {
    return online || this.#left.has(chat_id);
  }

  #pass() {
    this.#timer = undefined;
    for (const [id, at] of this.#left) {
      const remains = at + ABSENT_AFTER - Date.now();
      if (remains <= 0) this.#left.delete(id);
      else this.#timer ??= setTimeout(() => this.#pass(), remains);
    }
    this.#changed();
  }
}

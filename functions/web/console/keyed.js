// @ts-check

/**
 * Keeps the children of an element in step with a list: what stays keeps its element, and with it
 * the focus and the place.
 * @template T
 */
export class Keyed {
  /** @type {Map<string, HTMLElement>} */
  #made = new Map();
  #parent;
  #make;
  #key;

  /**
   * @param {HTMLElement} parent
   * @param {(item: T) => string} key
   * @param {(item: T) => HTMLElement} make
   */
  constructor(parent, key, make) {
    this.#parent = parent;
    this.#key = key;
    this.#make = make;
  }

  /** @param {readonly T[]} items */
  show(items) {
    /** @type {Map<string, HTMLElement>} */
    const kept = new Map();
    for (const item of items) {
      const key = this.#key(item);
      kept.set(key, this.#made.get(key) ?? this.#make(item));
    }
    for (const [key, element] of this.#made) if (!kept.has(key)) element.remove();
    let at = this.#parent.firstChild;
    for (const element of kept.values()) {
      if (element === at) at = at.nextSibling;
      else this.#parent.insertBefore(element, at);
    }
    this.#made = kept;
  }

  /** @param {string} key */
  of(key) {
    return this.#made.get(key);
  }
}

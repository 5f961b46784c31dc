// @ts-check

/** The chats of the list that something is to be done to at once. */
export class Selection {
  /** @type {Set<string>} */
  ids = new Set();
  #anchor = "";
  #shown;
  #changed;

  /**
   * @param {{entries: {id: string}[]}} inbox
   * @param {() => void} changed
   */
  constructor(inbox, changed) {
    this.#shown = () => inbox.entries.map(({ id }) => id);
    this.#changed = changed;
  }

  /** @param {string} id @param {boolean} [ranging] all from the last one to this one */
  toggle(id, ranging = false) {
    const shown = this.#shown();
    const ends = [shown.indexOf(this.#anchor), shown.indexOf(id)];
    if (ranging && !ends.includes(-1)) {
      const some = shown.slice(Math.min(...ends), Math.max(...ends) + 1);
      for (const one of some) this.ids.add(one);
    } else if (!this.ids.delete(id)) this.ids.add(id);
    this.#anchor = id;
    this.#changed();
  }

  /** The keyboard goes from one chat to another, and takes both. @param {string} from @param {string} to */
  extend(from, to) {
    if (!this.ids.has(from)) this.toggle(from);
    this.#anchor = from;
    this.toggle(to, true);
  }

  /** What is not in the list any more is not selected. */
  settle() {
    if (this.ids.size === 0) return;
    const shown = new Set(this.#shown());
    for (const id of this.ids) if (!shown.has(id)) this.ids.delete(id);
  }

  /** @param {Iterable<string>} ids those that are done with */
  drop(ids) {
    for (const id of ids) this.ids.delete(id);
    this.#changed();
  }

  all() {
    this.ids = new Set(this.#shown());
    this.#changed();
  }

  /** @param {Iterable<string>} [ids] those that stay selected */
  keep(ids = []) {
    this.ids = new Set(ids);
    this.#changed();
  }
}

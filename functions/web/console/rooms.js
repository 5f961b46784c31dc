// @ts-check
/** @import { Room } from "./panels.js" */

/** The places of the console. Each but the first is made when somebody goes there. */
export class Rooms {
  #first;
  #makes;
  /** @type {Map<string, Room>} */
  #made = new Map();
  #shown = "";

  /**
   * @param {string} name of the first
   * @param {Room} first
   * @param {Map<string, () => Room>} makes how each of the others is made
   */
  constructor(name, first, makes) {
    this.#first = first;
    this.#makes = makes;
    this.#made.set(name, first);
  }

  /** @param {string} name */
  show(name) {
    this.#shown = name;
    this.#make(name);
    for (const [one, room] of this.#made) room.element.hidden = one !== name;
  }

  /** The one that is shown. */
  get shown() {
    return this.#made.get(this.#shown);
  }

  /** @param {string} name */
  #make(name) {
    const make = this.#makes.get(name);
    if (!make || this.#made.has(name)) return;
    const room = make();
    this.#made.set(name, room);
    this.#first.element.after(room.element);
  }
}

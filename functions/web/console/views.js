// @ts-check
import { attempt } from "./failing.js";
import { load } from "./later.js";
/** @import { Context } from "./context.js" */
/** @import { Finder } from "./finder.js" */
/** @import { InboxRoom } from "./inbox_room.js" */

/**
 * @typedef {object} View
 * @property {string} id
 * @property {string} name
 * @property {Record<string, string>} query parameters of the list
 * @property {string} [site] with whose team it is shared; without it one's own
 * @property {boolean} editable
 *
 * @typedef {{id: string, name: string}} Named
 * @typedef {{views: View[], sites: Named[], teams: Named[]}} Found `sites`: where one may share views
 */

export const PATH = "manager/views";

/** The views that were saved. What shows them is loaded when there are any. */
export class Views {
  #context;
  #finder;
  #room;
  /** @type {import("./saved.js").Saved | undefined} */
  #saved;
  #asked = 0;

  /** @param {Context} context @param {Finder} finder @param {InboxRoom} room */
  constructor(context, finder, room) {
    this.#context = context;
    this.#finder = finder;
    this.#room = room;
    // It comes with each connection, too. A website may be gone, or new.
    context.on("access", () => void this.load());
  }

  /** Ask for them. Without an answer those stay that are known. */
  async load() {
    this.#asked += 1;
    const asked = this.#asked;
    /** @type {Found | undefined} */
    const found = await this.#context.client.call(PATH).catch(() => undefined);
    if (!found || asked !== this.#asked) return;
    if (!this.#saved && found.views.length + found.teams.length === 0) return;
    (await this.#made())?.show(found);
  }

  /** Save what the list shows. */
  async save() {
    await this.#finder.settle();
    const saved = await this.#made();
    await this.load();
    saved?.open();
  }

  /** The list shows something else. */
  mark() {
    this.#saved?.mark();
  }

  /** Whether there are any to go to. */
  get any() {
    return Boolean(this.#saved?.first);
  }

  focus() {
    this.#saved?.first?.focus();
  }

  async #made() {
    const made = await attempt(this.#context, () => load("saved_views.js"));
    if (made) this.#saved ??= new made.Saved(this.#context, this.#finder.views, this.#room, this);
    return this.#saved;
  }
}

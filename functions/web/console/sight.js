// @ts-check
/** @import { ChatSummary } from "../client/types.js" */

/** The sites whose chats this manager sees. What a page showed before it knows of them stays. */
export class Sight {
  /** Null: all. @type {Set<string> | null | undefined} */
  #sites;

  /** @param {Pick<ChatSummary, "site">} chat a chat of no known site is shown */
  sees({ site }) {
    return !this.#sites || !site || this.#sites.has(site);
  }

  /**
   * They are these now.
   * @param {string[] | undefined} sites without: all
   * @returns {boolean} whether they were others before
   */
  change(sites) {
    const before = this.#sites;
    this.#sites = sites ? new Set(sites) : null;
    return before !== undefined && named(before) !== named(this.#sites);
  }
}

/** @param {Set<string> | null} sites */
const named = (sites) => sites && [...sites].sort().join(" ");

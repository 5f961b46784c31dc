// @ts-check
import { attempt } from "./failing.js";
import { ofPage } from "./of_page.js";
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Context } from "./context.js" */

/**
 * @typedef {object} Reply
 * @property {string} id
 * @property {string} shortcut
 * @property {string} text
 * @property {string} [site] whose it is; without a site and a team one's own
 * @property {string} [team]
 * @property {boolean} editable
 * @typedef {{id: string, name: string, editable: boolean}} Site
 * @typedef {{id: string, name: string, site: string}} Team
 * @typedef {import("./macros.js").Macro} Macro
 */

const PATH = "manager/canned";
// Colleagues change them now and then.
const FRESH = 30_000;

/** What the page knows of them. */
export const cannedOf = ofPage((context) => new Canned(context));

/** The canned replies that the manager may use. */
export class Canned {
  /** @type {Reply[]} */
  replies = [];
  /** @type {Macro[]} */
  macros = [];
  /** @type {Site[]} */
  sites = [];
  /** @type {Team[]} */
  teams = [];
  #context;
  #askedAt = -Infinity;
  /** @type {Promise<boolean> | undefined} */
  #asking;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** Ask for them, unless they came a moment ago. Whether they have come anew. */
  async ask(now = false) {
    const asking = this.#asking;
    if (!now && (asking || performance.now() - this.#askedAt < FRESH)) return asking ?? false;
    // One after the other: what was asked for last is what stays.
    const next = (asking ?? Promise.resolve()).then(() => this.#load());
    this.#asking = next;
    const came = await next;
    if (this.#asking === next) this.#asking = undefined;
    return came;
  }

  async #load() {
    const found = await attempt(this.#context, () => this.#context.client.call(PATH));
    if (!found) return false;
    this.#askedAt = performance.now();
    Object.assign(this, found);
    return true;
  }

  /** Those for a chat that begin or have these words; what begins comes first.
   * @param {string} wanted @param {ChatSummary | null} chat
   */
  find(wanted, chat) {
    return this.#found(this.replies, chat, ({ shortcut, text }) => rank(wanted, shortcut, text));
  }

  /** The same, of the macros. Those that name what another site has are not for the chat.
   * @param {string} wanted @param {ChatSummary | null} chat
   */
  findMacros(wanted, chat) {
    const site = chat?.site;
    const fits = (/** @type {Macro} */ { tags, assign }) =>
      [...tags, assign?.team].every((one) => !site || !one?.site || one.site === site);
    const macros = this.macros.filter(fits);
    return this.#found(macros, chat, ({ name, text = "" }) => rank(wanted, name, text));
  }

  /**
   * @template {{site?: string, team?: string}} T
   * @param {T[]} all @param {ChatSummary | null} chat @param {(one: T) => number} ranks
   */
  #found(all, chat, ranks) {
    const site = chat?.site;
    const teams = new Map(this.teams.map((one) => [one.id, one.site]));
    return all
      .filter((one) => !site || (one.site ?? teams.get(one.team ?? "") ?? site) === site)
      .map((one) => ({ one, rank: ranks(one) }))
      .filter((found) => found.rank < 3)
      .sort((a, b) => a.rank - b.rank)
      .map((found) => found.one);
  }

  /** Whose it is, in words.
   * @param {{site?: string, team?: string}} of
   * @param {{own: string, ofSite: string, ofTeam: string}} words
   */
  placeName({ site, team }, { own, ofSite, ofTeam }) {
    if (site) return `${ofSite}: ${this.sites.find(({ id }) => id === site)?.name ?? site}`;
    if (team) return `${ofTeam}: ${this.teams.find(({ id }) => id === team)?.name ?? team}`;
    return own;
  }

  /** What is known for a chat. @param {ChatSummary | null} chat */
  values(chat) {
    const { name, email } = chat?.visitor ?? {};
    return {
      "visitor.name": chat?.contact?.name || name || undefined,
      "visitor.email": email || undefined,
      "me.name": this.#context.me.name,
      "site.name": this.sites.find((one) => one.id === chat?.site)?.name,
      "chat.id": chat?.chat_id,
    };
  }

  /** @param {Omit<Reply, "editable">} reply */
  async save({ id, ...body }) {
    const call = () => this.#context.client.call(`${PATH}/${id}`, { method: "PUT", body });
    return Boolean(await attempt(this.#context, call)) && this.ask(true);
  }

  /** @param {string} id */
  async remove(id) {
    const call = async () => {
      await this.#context.client.call(`${PATH}/${id}`, { method: "DELETE" });
      return true;
    };
    return Boolean(await attempt(this.#context, call)) && this.ask(true);
  }

  /**
   * @param {{csv: string, site?: string, team?: string}} body
   * @returns {Promise<{saved: number, refused: {line: number, reason: string}[]} | undefined>}
   */
  async takeIn(body) {
    const done = await attempt(this.#context, () =>
      this.#context.client.post(`${PATH}/import`, body),
    );
    if (done) await this.ask(true);
    return done;
  }
}

/** How well a name fits; 3: not at all. @param {string} wanted @param {string} name @param {string} text */
function rank(wanted, name, text) {
  const lower = name.toLowerCase();
  if (lower.startsWith(wanted)) return 0;
  if (lower.includes(wanted)) return 1;
  return text.toLowerCase().includes(wanted) ? 2 : 3;
}

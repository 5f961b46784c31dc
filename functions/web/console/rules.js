// @ts-check
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { ChatSummary, NoticeRules } from "../client/types.js" */
/** @typedef {"sound" | "desktop" | "push"} Way */
/** @typedef {NoticeRules["sound"][number]} Group */

/** What the server says to whoever has set nothing. @type {NoticeRules} */
const USUAL = {
  sound: ["mine", "unassigned"],
  desktop: ["mine", "unassigned"],
  push: ["mine", "unassigned"],
};

/** How a manager wishes to be told of who waits. It is the same on all devices. */
export class Rules {
  #client;
  #me;
  #heard = () => {};
  #now = USUAL;

  /**
   * @param {ManagerClient} client
   * @param {string} me
   */
  constructor(client, me) {
    this.#client = client;
    this.#me = me;
  }

  get now() {
    return this.#now;
  }

  /** Be told when they are others. @param {() => void} heard */
  watch(heard) {
    this.#heard = heard;
  }

  /** What the server has. Until then it is as usual. */
  async load() {
    const found = await this.#client.call("manager/notices").catch(() => null);
    if (found) this.hear(found);
  }

  /** They have changed, here or on another device. @param {NoticeRules} rules */
  hear(rules) {
    this.#now = rules;
    this.#heard();
  }

  /** Change some of them. Throws `Problem`. @param {Partial<NoticeRules>} changes */
  async set(changes) {
    const wanted = { ...this.#now, ...changes };
    this.hear(await this.#client.call("manager/notices", { method: "PUT", body: wanted }));
  }

  /**
   * Whether one is told of this chat in this way, now.
   * @param {Way} way
   * @param {ChatSummary} chat
   */
  tells(way, chat) {
    return !isQuiet(this.#now, new Date()) && this.#now[way].includes(groupOf(chat, this.#me));
  }
}

/** Whose chat it is. @param {ChatSummary} chat @param {string} me @returns {Group} */
export function groupOf({ owner, manager }, me) {
  if (owner !== "manager" || !manager) return "unassigned";
  return manager.id === me ? "mine" : "sites";
}

/** Whether one is not to be disturbed at that time. @param {NoticeRules} rules @param {Date} at */
export function isQuiet({ quiet_until: until, quiet_from: from, quiet_to: to, time_zone }, at) {
  if (until && Date.parse(until) > at.getTime()) return true;
  if (!from || !to) return false;
  const clock = at.toLocaleTimeString("en-GB", {
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    timeZone: time_zone,
  });
  return from <= to ? clock >= from && clock < to : clock >= from || clock < to;
}

// @ts-check
/** @import { Context } from "../context.js" */

/**
 * @typedef {object} Duties what somebody may do and see
 * @property {"agent" | "admin"} role
 * @property {string[]} sites
 *
 * @typedef {Duties & {
 *   id: string, name: string, sessions: number, online: boolean, own_login: boolean,
 *   seen_at?: string, link_expires_at?: string
 * }} Person a manager, as `GET /manager/team` has them
 *
 * @typedef {{id: string, name: string, archived: boolean}} SiteName
 *
 * @typedef {{url: string, expires_at: string}} SignInLink
 */

export const TEAM = "manager/team";

/** @param {string} id */
export const pathOf = (id) => `${TEAM}/${encodeURIComponent(id)}`;

/** The team, the sites that are in use, and whether links can go by mail. @param {Context} context */
export async function people({ client }) {
  const [team, list] = await Promise.all([client.call(TEAM), client.call("manager/sites")]);
  /** @type {Person[]} */
  const found = team.managers;
  /** @type {SiteName[]} */
  const all = list.sites;
  /** @type {boolean} */
  const mails = team.mails;
  return { people: found, sites: all.filter(({ archived }) => !archived), mails };
}

/** @param {Duties} one @param {Duties} other */
export const isSame = (one, other) => one.role === other.role && sorted(one) === sorted(other);

/** @param {Duties} duties */
const sorted = ({ sites }) => [...sites].sort().join(" ");

// @ts-check
/** @import { Context } from "../context.js" */
/** @import { Site } from "./values.js" */

/**
 * @typedef {object} Person
 * @property {string} id
 * @property {string} name
 * @property {"agent" | "admin"} [role] where it is known
 * @property {Set<string>} sites
 * @property {string} [at] when they did something last
 */

const LINES = 200;

/**
 * The managers: members of sites, and those of whom the newest lines of the audit log tell.
 * @param {Context} context
 */
export async function people({ client, me }) {
  const [list, log] = await Promise.all([
    client.call("manager/sites"),
    client.call(`manager/audit?limit=${LINES}`),
  ]);
  /** @type {Site[]} */
  const sites = await Promise.all(
    list.sites.map((/** @type {{id: string}} */ { id }) => client.call(`manager/sites/${id}`)),
  );
  /** @type {Map<string, Person>} */
  const known = new Map([[me.id, { ...only(me), sites: new Set() }]]);
  for (const site of sites) {
    for (const member of site.members) meet(known, member).sites.add(site.id);
  }
  fromAudit(known, log.entries);
  const sorted = [...known.values()].sort((a, b) => a.name.localeCompare(b.name));
  return { sites, people: sorted };
}

/**
 * @param {Map<string, Person>} known
 * @param {{action: string, detail?: string, at: string, manager?: {id: string, name: string}}[]} entries
 */
function fromAudit(known, entries) {
  /** @type {Set<string>} */
  const gone = new Set();
  // The newest comes first: who was removed and added again is here.
  for (const { action, detail = "", at, manager } of entries) {
    if (action === "removed" && !known.has(detail)) gone.add(detail);
    if (action === "added" && !gone.has(detail)) meet(known, { id: detail, name: detail });
    if (!manager || gone.has(manager.id)) continue;
    const person = meet(known, manager);
    if (person.name === person.id) person.name = manager.name;
    person.at ??= at;
  }
}

/** @param {Map<string, Person>} known @param {{id: string, name: string, role?: Person["role"]}} who */
function meet(known, who) {
  const person = known.get(who.id) ?? { ...only(who), sites: new Set() };
  known.set(who.id, person);
  return person;
}

/** @param {{id: string, name: string, role?: Person["role"]}} who */
const only = ({ id, name, role }) => ({ id, name, role });

// @ts-check
/**
 * @typedef {object} TeamValues what an admin says of a team
 * @property {string} name
 * @property {"manual" | "balanced"} assignment
 * @property {boolean} takes_new
 * @property {{id: string, capacity: number}[]} members
 *
 * @typedef {TeamValues & {id: string, site: string}} SiteTeam a team, as `GET /manager/teams` has it
 *
 * @typedef {{id: string, name: string, sites?: string[], here: boolean}} TeamPerson somebody who may
 *   be a member where they see the site; without `sites` they see all
 */

export const TEAMS = "manager/teams";

/** So many open chats a member gets, if nobody says another number. */
export const USUAL_CAPACITY = 10;
export const MOST_CHATS = 1000;

/** @param {string} id */
export const teamPath = (id) => `${TEAMS}/${encodeURIComponent(id)}`;

/** Who may be in a team of this site. @param {TeamPerson[]} people @param {string} site */
export const membersFor = (people, site) =>
  people.filter(({ sites }) => !sites || sites.includes(site));

/**
 * What a team's fields show: those are no members any more who do not see its site.
 * @param {SiteTeam} team
 * @param {TeamPerson[]} people who may be
 * @returns {TeamValues}
 */
export const shownOf = ({ name, assignment, takes_new, members }, people) => ({
  ...{ name, assignment, takes_new },
  members: ordered(members.filter(({ id }) => people.some((one) => one.id === id))),
});

/** @param {TeamValues} one @param {TeamValues} other */
export const isSameTeam = (one, other) =>
  JSON.stringify(plain(one)) === JSON.stringify(plain(other));

/**
 * What somebody changed, on top of what others did meanwhile.
 * @param {TeamValues} before what their changes began with
 * @param {TeamValues} now what is so by now
 * @param {TeamValues} mine what they want
 * @returns {TeamValues}
 */
export function merged(before, now, mine) {
  /** @template {"name" | "assignment" | "takes_new"} K @param {K} key @returns {TeamValues[K]} */
  const of = (key) => (mine[key] === before[key] ? now[key] : mine[key]);
  const [was, wanted] = [before, mine].map(capacities);
  const members = capacities(now);
  for (const id of new Set([...(was?.keys() ?? []), ...(wanted?.keys() ?? [])])) {
    const capacity = wanted?.get(id);
    if (capacity === was?.get(id)) continue;
    if (capacity === undefined) members.delete(id);
    else members.set(id, capacity);
  }
  return {
    ...{ name: of("name"), assignment: of("assignment"), takes_new: of("takes_new") },
    members: ordered([...members].map(([id, capacity]) => ({ id, capacity }))),
  };
}

/** @param {TeamValues} team */
const capacities = ({ members }) => new Map(members.map(({ id, capacity }) => [id, capacity]));

/** @param {TeamValues["members"]} members */
const ordered = (members) =>
  members
    .map(({ id, capacity }) => ({ id, capacity }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));

/** @param {TeamValues} team */
const plain = ({ name, assignment, takes_new, members }) => [
  name.trim(),
  assignment,
  takes_new,
  ordered(members),
];

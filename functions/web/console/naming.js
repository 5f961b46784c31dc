// @ts-check
import { h } from "../view/dom.js";
import { linked } from "../view/links.js";
import { texts } from "./note_texts.js";
import { Suggesting } from "./suggesting.js";
/** @import { Author } from "../client/types.js" */

const BEGUN = /(?:^|\s)@([^\s@[\]]{0,30})$/u;
const NAMED = /@\[([^[\]\n]+)\]/gu;

/**
 * The text as it is stored: `@[id]` in the place of `@Name`.
 * @param {string} text
 * @param {Author[]} colleagues
 */
export function stored(text, colleagues) {
  // "Anna Berg" comes before "Anna".
  const longest = [...colleagues].sort((a, b) => b.name.length - a.name.length);
  return longest.reduce(
    (written, { id, name }) =>
      written.replace(new RegExp(`@${escaped(name)}(?![\\p{L}\\p{N}_])`, "gu"), () => `@[${id}]`),
    text,
  );
}

/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Whether a name in brackets is a team's. @param {string} id */
export const isTeam = (id) => id.startsWith("team:");

/**
 * A note's text as it is shown.
 * @param {string} text
 * @param {Author[]} named
 * @param {string} me
 * @returns {(Node | string)[]}
 */
export function shown(text, named, me) {
  const names = new Map(named.map((one) => [one.id, one.name]));
  /** @type {(Node | string)[]} */
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(NAMED)) {
    const name = names.get(found[1] ?? "");
    if (name === undefined) continue;
    parts.push(...linked(text.slice(at, found.index)));
    parts.push(h("strong", { class: found[1] === me ? "named me" : "named" }, `@${name}`));
    at = found.index + found[0].length;
  }
  return [...parts, ...linked(text.slice(at))];
}

/** The list of colleagues that opens while one writes `@`. @extends {Suggesting<Author>} */
export class Naming extends Suggesting {
  /**
   * @param {HTMLTextAreaElement} field
   * @param {() => Author[]} people
   */
  constructor(field, people) {
    super(field, {
      ...{ name: "naming", title: texts.colleagues, begun: BEGUN },
      find: (wanted) => people().filter(({ name }) => begins(name, wanted)),
      draw: ({ name, id }) => [
        h("bdi", {}, name),
        ...(isTeam(id) ? [" ", h("span", { class: "chip" }, texts.team)] : []),
      ],
      text({ name, id }) {
        const alone = people().filter((one) => one.name === name).length === 1;
        // Two of one name are told apart by their ids.
        return alone ? `@${name} ` : `@[${id}] `;
      },
    });
  }
}

/** @param {string} name @param {string} wanted */
const begins = (name, wanted) =>
  name
    .toLowerCase()
    .split(/\s+/)
    .some((one) => one.startsWith(wanted));

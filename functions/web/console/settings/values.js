// @ts-check
import { specialDaysOf, valuesOfHours, weekOf } from "./week.js";

/**
 * @typedef {object} Site what `GET /manager/sites/{id}` gives; what is absent is inherited
 * @property {string} id
 * @property {string} key
 * @property {string} name
 * @property {boolean} archived
 * @property {string[]} [origins]
 * @property {string} [assistant_id]
 * @property {string} [locale]
 * @property {string} [time_zone]
 * @property {string} [answering_mode]
 * @property {import("./week.js").Spans[]} [hours]
 * @property {Record<string, {name: string, hours: import("./week.js").Spans}>} special_days
 * @property {Record<string, string>} theme
 * @property {Record<string, Record<string, string>>} texts
 * @property {string} [privacy_url]
 * @property {string} [consent]
 * @property {number} [tokens_per_day]
 * @property {number} [tokens_per_chat]
 * @property {number} [close_after] minutes
 * @property {number} [hand_back_after]
 * @property {string} [after_closing]
 * @property {{origins: string[], tokens_per_day: number, tokens_per_chat: number}} inherited
 * @property {string} snippet
 * @property {Member[]} members
 * @property {number} rev
 *
 * @typedef {{id: string, name: string, role: "agent" | "admin"}} Member
 *
 * What the fields hold, by names as the server's problems have them: `theme.accent`, `texts.de.title`.
 * An empty one is inherited.
 * @typedef {Record<string, string>} Values
 */

/** The site that is always there. */
export const FIRST_SITE = "default";
const WORDS = /** @type {const} */ ([
  "assistant_id",
  "locale",
  "time_zone",
  "privacy_url",
  "consent",
  "after_closing",
  "answering_mode",
]);
const NUMBERS = /** @type {const} */ ([
  "tokens_per_day",
  "tokens_per_chat",
  "close_after",
  "hand_back_after",
]);
const WRONG = /^Please correct `([^`]+)`: (.+)$/s;

/** @param {Site} site @returns {Values} */
export function valuesOf(site) {
  const theme = Object.entries(site.theme).map(([name, value]) => [`theme.${name}`, value]);
  const texts = Object.entries(site.texts).flatMap(([locale, words]) =>
    Object.entries(words).map(([name, text]) => [`texts.${locale}.${name}`, text]),
  );
  return {
    name: site.name,
    origins: (site.origins ?? []).join("\n"),
    ...Object.fromEntries(WORDS.map((name) => [name, site[name] ?? ""])),
    ...Object.fromEntries(NUMBERS.map((name) => [name, String(site[name] ?? "")])),
    ...Object.fromEntries([...theme, ...texts]),
    ...valuesOfHours(site),
  };
}

/** The names of what differs. @param {Values} one @param {Values} other */
export function differing(one, other) {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => (one[name] ?? "") !== (other[name] ?? ""));
}

/**
 * The body that changes these. The server takes theme and texts as a whole.
 * @param {Values} values all of them
 * @param {string[]} names
 */
export function bodyOf(values, names) {
  /** @type {Record<string, unknown>} */
  const body = {};
  for (const name of names) {
    const [whole] = name.split(".");
    if (whole === "theme") body.theme = branch(values, "theme.");
    else if (whole === "texts") body.texts = textsOf(values);
    else if (whole === "hours") body.hours = weekOf(values);
    else if (whole === "special_days") body.special_days = specialDaysOf(values.special_days);
    else body[name] = sent(name, values[name] ?? "");
  }
  return body;
}

/** @param {string} name @param {string} value */
function sent(name, value) {
  const text = value.trim();
  if (name === "name") return text;
  if (!text) return null;
  if (name === "origins") return text.split(/[\s,]+/);
  if (!NUMBERS.some((one) => one === name)) return text;
  // People write large numbers with spaces or dots. What is none the server refuses with a sentence.
  const digits = text.replace(/[\s.,'’]/g, "");
  return /^\d+$/.test(digits) ? Number(digits) : text;
}

/** What is set below a name. @param {Values} values @param {string} prefix */
function branch(values, prefix) {
  const below = Object.entries(values).filter(([name, value]) => name.startsWith(prefix) && value);
  const named = below.map(([name, value]) => [name.slice(prefix.length), value.trim()]);
  return named.length ? Object.fromEntries(named) : null;
}

/** @param {Values} values */
function textsOf(values) {
  const names = Object.keys(values).filter((name) => name.startsWith("texts."));
  const locales = [...new Set(names.map((name) => name.split(".")[1]))];
  const texts = locales.map((locale) => [locale, branch(values, `texts.${locale}.`)]);
  const set = texts.filter(([, words]) => words);
  return set.length ? Object.fromEntries(set) : null;
}

/** Which field a problem is about, and what is wrong there. @param {string} message */
export function wrongField(message) {
  const [, where = "", why = ""] = WRONG.exec(message) ?? [];
  if (!where) return null;
  // Of a list it is one entry.
  const [whole, day] = where.split(".");
  let name = where.replace(/\.\d+$/, "");
  if (whole === "special_days") name = whole;
  if (whole === "hours") name = `hours.${day ?? "kind"}`;
  return { name, why: why.charAt(0).toUpperCase() + why.slice(1) };
}

// @ts-check
/** @import { Values } from "./values.js" */

/** @typedef {string[][]} Spans when a day opens and closes, as `["09:00", "17:00"]` each */

const SPAN = /(\d{1,2})(?::(\d\d))?\s*[-–—]\s*(\d{1,2})(?::(\d\d))?/g;
const LINE = /^\s*(\S+)\s*((?:\d{1,2}(?::\d\d)?\s*[-–—]\s*\d{1,2}(?::\d\d)?[\s,]*)*)(.*)$/;
export const DAYS = [0, 1, 2, 3, 4, 5, 6];

/** @param {Spans} spans */
const shown = (spans) => spans.map((one) => one.join("-")).join(", ");

/**
 * Read what somebody wrote: `9-12:30, 13:30-18`. What is no span the server is to refuse.
 * @param {string} text
 * @returns {Spans}
 */
export function spansOf(text) {
  const clock = (/** @type {string} */ h, m = "00") => `${h.padStart(2, "0")}:${m}`;
  const found = [...text.matchAll(SPAN)].map(([, h, m, h2, m2]) => [clock(h, m), clock(h2, m2)]);
  const rest = text.replace(SPAN, "").replace(/[\s,;]/g, "");
  return rest ? [...found, [text, ""]] : found;
}

/**
 * What the fields show of a site's hours.
 * @param {{hours?: Spans[], special_days: Record<string, {name: string, hours: Spans}>}} site
 * @returns {Values}
 */
export function valuesOfHours({ hours, special_days: special }) {
  const week = DAYS.map((n) => [`hours.${n}`, hours ? shown(hours[n]) : ""]);
  const lines = Object.entries(special).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    "hours.kind": hours ? "week" : "",
    ...Object.fromEntries(week),
    special_days: lines.map(([day, one]) => lineOf(day, one.hours, one.name)).join("\n"),
  };
}

/** @param {string} day @param {Spans} spans @param {string} name */
export const lineOf = (day, spans, name) => [day, shown(spans), name].filter(Boolean).join(" ");

/** The week as the server takes it. Null: always open. @param {Values} values */
export const weekOf = (values) =>
  values["hours.kind"] ? DAYS.map((n) => spansOf(values[`hours.${n}`] ?? "")) : null;

/** @param {string} text a date on each line, its hours (none: closed) and its name */
export function specialDaysOf(text) {
  /** @type {Record<string, {name: string, hours: Spans}>} */
  const days = {};
  for (const line of text.split("\n").filter((one) => one.trim())) {
    const [, day = line, spans = "", name = ""] = LINE.exec(line) ?? [];
    days[day] = { name: name.trim(), hours: spansOf(spans) };
  }
  return days;
}

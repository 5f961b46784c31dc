// @ts-check
export { language } from "./language.js";

/** @import { Language } from "./language.js" */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** @type {Intl.DateTimeFormatOptions} */
const WEEKDAY = { weekday: "long" };
/** @type {Intl.DateTimeFormatOptions} */
const DATE = { weekday: "long", day: "numeric", month: "long" };

/** Times and days as people of a language write them. */
export class Format {
  #lang;
  #locale;
  /** Each takes long to make. @type {Map<string, any>} */
  #made = new Map();

  /** @param {Language} lang */
  constructor(lang) {
    this.#lang = lang;
    this.#locale = navigator.languages.find((one) => one.startsWith(lang)) ?? lang;
  }

  /**
   * @template T
   * @param {string} name
   * @param {() => T} make
   * @returns {T}
   */
  #of(name, make) {
    if (!this.#made.has(name)) this.#made.set(name, make());
    return this.#made.get(name);
  }

  /** @param {string} name @param {Intl.DateTimeFormatOptions} options */
  #date(name, options) {
    return this.#of(name, () => new Intl.DateTimeFormat(this.#locale, options));
  }

  /** @param {number} value */
  number(value) {
    return this.#of("number", () => new Intl.NumberFormat(this.#locale)).format(value);
  }

  /** The time of day. @param {string} iso */
  clock(iso) {
    return this.#date("clock", { hour: "numeric", minute: "2-digit" }).format(new Date(iso));
  }

  /** Day and time. @param {string} iso */
  full(iso) {
    return this.#date("full", { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
  }

  /** A day, with its year. @param {string} iso */
  date(iso) {
    return this.#date("date", { dateStyle: "medium" }).format(new Date(iso));
  }

  /** A day to come: how near it is, and its name. @param {string} iso */
  ahead(iso) {
    const days = Math.round((midnight(Date.parse(iso)) - midnight(Date.now())) / DAY);
    const form = days < 7 ? WEEKDAY : DATE;
    const name = this.#date(days < 7 ? "weekday" : "day", form).format(new Date(iso));
    return { days, name };
  }

  /** Today, yesterday, or the date. @param {string} iso */
  day(iso) {
    const days = Math.round((midnight(Date.now()) - midnight(Date.parse(iso))) / DAY);
    if (days > 1 || days < 0) return this.#date("day", DATE).format(new Date(iso));
    const near = () => new Intl.RelativeTimeFormat(this.#lang, { numeric: "auto" });
    const word = this.#of("near", near).format(-days, "day");
    return word.charAt(0).toUpperCase() + word.slice(1);
  }
}

/** How long something lasts, in few characters. @param {string} since */
export function lasting(since) {
  const gone = Math.max(0, Date.now() - Date.parse(since));
  if (gone < MINUTE) return "< 1 min";
  if (gone < HOUR) return `${Math.floor(gone / MINUTE)} min`;
  if (gone < DAY) return `${Math.floor(gone / HOUR)} h ${Math.floor((gone % HOUR) / MINUTE)} min`;
  return `${Math.floor(gone / DAY)} d`;
}

/** @param {number} time */
const midnight = (time) => new Date(time).setHours(0, 0, 0, 0);

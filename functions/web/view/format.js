// @ts-check
export { language } from "./language.js";

/** @import { Language } from "./language.js" */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Times and days as people of a language write them. */
export class Format {
  #clock;
  #date;
  #full;
  #relative;
  #number;

  /** @param {Language} lang */
  constructor(lang) {
    const locale = navigator.languages.find((one) => one.startsWith(lang)) ?? lang;
    this.#clock = new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "2-digit" });
    this.#date = new Intl.DateTimeFormat(locale, {
      weekday: "long",
      day: "numeric",
      month: "long",
    });
    this.#full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
    this.#relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
    this.#number = new Intl.NumberFormat(locale);
  }

  /** @param {number} value */
  number(value) {
    return this.#number.format(value);
  }

  /** The time of day. @param {string} iso */
  clock(iso) {
    return this.#clock.format(new Date(iso));
  }

  /** Day and time. @param {string} iso */
  full(iso) {
    return this.#full.format(new Date(iso));
  }

  /** Today, yesterday, or the date. @param {string} iso */
  day(iso) {
    const days = Math.round((midnight(Date.now()) - midnight(Date.parse(iso))) / DAY);
    if (days > 1 || days < 0) return this.#date.format(new Date(iso));
    const word = this.#relative.format(-days, "day");
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

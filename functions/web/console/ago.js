// @ts-check
import { lang, texts } from "./texts.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

// It takes long to make, and a page of today needs none.
/** @type {Intl.DateTimeFormat | undefined} */
let dates;

/** How long ago something was, in few characters. @param {string} iso */
export function ago(iso) {
  const gone = Date.now() - Date.parse(iso);
  if (gone < MINUTE) return texts.now;
  if (gone < HOUR) return `${Math.floor(gone / MINUTE)} min`;
  if (gone < DAY) return `${Math.floor(gone / HOUR)} h`;
  if (gone < WEEK) return texts.daysShort(Math.floor(gone / DAY));
  dates ??= new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" });
  return dates.format(new Date(iso));
}

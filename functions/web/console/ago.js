// @ts-check
import { lang, texts } from "./texts.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

const DATE = new Intl.DateTimeFormat(lang, { day: "numeric", month: "short" });

/** How long ago something was, in few characters. @param {string} iso */
export function ago(iso) {
  const gone = Date.now() - Date.parse(iso);
  if (gone < MINUTE) return texts.now;
  if (gone < HOUR) return `${Math.floor(gone / MINUTE)} min`;
  if (gone < DAY) return `${Math.floor(gone / HOUR)} h`;
  if (gone < WEEK) return texts.daysShort(Math.floor(gone / DAY));
  return DATE.format(new Date(iso));
}

// @ts-check
import { own } from "./texts.js";

/** The words of all that shows contacts. */
export const texts = own({
  en: {
    ...{
      title: "Contacts",
      one: "Contact",
      search: "Search contacts",
      show: "Show",
      all: "All",
      back: "All contacts",
    },
    ...{ blocked: "Blocked", spam: "Spam", more: "More", none: "There is no such contact." },
    ...{
      empty: "Whoever writes to you is listed here.",
      export: "Export as CSV",
      nameless: "Visitor",
    },
    ...{ name: "Name", email: "E-mail", language: "Language", time_zone: "Time zone" },
    ...{ edit: "What the team knows", save: "Save", saved: "Saved", attributes: "Attributes" },
    ...{ attribute: "Attribute", value: "Value", add: "Add", remove: "Remove" },
    ...{ edited: "by the team", verified: "by the website", claimed: "by the visitor" },
    ...{ known: "What is known", localTime: "Local time", device: "Device", first: "First here" },
    ...{ last: "Last here", chats: "Chats", past: "Past chats", pages: "Pages of this visit" },
    ...{
      merged: "Merged contacts",
      apart: "Take out",
      merge: "Merge another contact into this one",
    },
    ...{ mergeThis: "Merge", open: "Open contact", restrict: "Messages", undo: "Undo" },
    ...{ block: "Block", markSpam: "Mark as spam", allow: "Let them write again" },
    isBlocked: "Blocked: their messages are refused.",
    isSpam: "Spam: their messages are kept apart, and nobody answers.",
    isFree: "Their messages arrive.",
  },
  de: {
    ...{
      title: "Kontakte",
      one: "Kontakt",
      search: "Kontakte suchen",
      show: "Zeigen",
      all: "Alle",
    },
    ...{ back: "Alle Kontakte", blocked: "Gesperrt", spam: "Spam", more: "Mehr" },
    ...{ none: "Es gibt keinen solchen Kontakt.", export: "Als CSV exportieren" },
    ...{ empty: "Wer Ihnen schreibt, steht hier.", nameless: "Besucher" },
    ...{ name: "Name", email: "E-Mail", language: "Sprache", time_zone: "Zeitzone" },
    ...{
      edit: "Was das Team weiß",
      save: "Speichern",
      saved: "Gespeichert",
      attributes: "Merkmale",
    },
    ...{ attribute: "Merkmal", value: "Wert", add: "Hinzufügen", remove: "Entfernen" },
    ...{ edited: "vom Team", verified: "von der Website", claimed: "vom Besucher" },
    ...{ known: "Was bekannt ist", localTime: "Ortszeit", device: "Gerät", first: "Zuerst hier" },
    ...{ last: "Zuletzt hier", chats: "Chats", past: "Frühere Chats", pages: "Seiten des Besuchs" },
    ...{ merged: "Zusammengeführte Kontakte", apart: "Herauslösen", mergeThis: "Zusammenführen" },
    ...{ merge: "Einen anderen Kontakt mit diesem zusammenführen", open: "Kontakt öffnen" },
    ...{
      restrict: "Nachrichten",
      undo: "Rückgängig",
      block: "Sperren",
      markSpam: "Als Spam markieren",
    },
    allow: "Wieder schreiben lassen",
    isBlocked: "Gesperrt: Nachrichten werden abgelehnt.",
    isSpam: "Spam: Nachrichten werden getrennt verwahrt, und niemand antwortet.",
    isFree: "Nachrichten kommen an.",
  },
});

/**
 * @typedef {"edited" | "verified" | "claimed"} Source
 * @typedef {object} Contact
 * @property {string} id
 * @property {boolean} verified
 * @property {string} [name]
 * @property {string} [email]
 * @property {string} [language]
 * @property {string} [time_zone]
 * @property {string} [device]
 * @property {"blocked" | "spam"} [restriction]
 * @property {string} first_seen_at
 * @property {string} last_seen_at
 * @property {Record<string, Source>} sources
 * @property {{name: string, value: string, source: Source}[]} attributes
 * @property {{id: string, name?: string, email?: string}[]} merged
 *
 * @typedef {Contact & {
 *   chats: import("../client/types.js").ChatSummary[],
 *   pages: {url: string, at: string}[],
 * }} ContactPage
 */

/** @param {{id: string, name?: string, email?: string}} contact */
export const titleOf = ({ id, name, email }) =>
  name || email || `${texts.nameless} ${id.slice(0, 4)}`;

/**
 * The time of day where somebody is. A browser may not know the zone.
 * @param {string | undefined} timeZone
 * @param {string} lang
 */
export function localTime(timeZone, lang) {
  if (!timeZone) return "";
  try {
    /** @type {Intl.DateTimeFormatOptions} */
    const options = { weekday: "short", hour: "numeric", minute: "2-digit", timeZone };
    return `${new Intl.DateTimeFormat(lang, options).format(new Date())} (${timeZone})`;
  } catch {
    return timeZone;
  }
}

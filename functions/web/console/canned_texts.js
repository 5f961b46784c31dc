// @ts-check
import { own } from "./texts.js";

export const texts = own({
  en: {
    ...{ title: "Replies", replies: "Canned replies", none: "There are none yet." },
    hint: "Type / in a reply, and choose one. These are filled in:",
    ...{ shortcut: "What one types behind the /", text: "Text", place: "For whom" },
    ...{ own: "Only me", ofSite: "Website", ofTeam: "Team", save: "Save", cancel: "Cancel" },
    ...{ edit: "Edit", remove: "Delete", sure: "Delete it now?", saved: "Saved." },
    ...{ file: "Import from a CSV file", columns: "It has the columns shortcut and text." },
    ...{ import: "Import", big: "This file is too large. Please split it." },
    imported: (/** @type {number} */ n) =>
      n === 1 ? "1 reply is here." : `${n} replies are here.`,
    line: (/** @type {number} */ n, /** @type {string} */ why) => `Line ${n}: ${why}`,
    open: (/** @type {string} */ names) => `Not filled in: ${names}`,
    held: (/** @type {string} */ names) =>
      `Not filled in: ${names}. Send once more to send it as it is.`,
  },
  de: {
    ...{ title: "Bausteine", replies: "Textbausteine", none: "Es gibt noch keine." },
    hint: "Tippen Sie / in einer Antwort, und wählen Sie. Eingesetzt werden:",
    ...{ shortcut: "Was man hinter dem / tippt", text: "Text", place: "Für wen" },
    ...{ own: "Nur für mich", ofSite: "Website", ofTeam: "Team", save: "Speichern" },
    ...{ cancel: "Abbrechen", edit: "Bearbeiten", remove: "Löschen", sure: "Jetzt löschen?" },
    ...{ saved: "Gespeichert.", file: "Aus einer CSV-Datei übernehmen", import: "Übernehmen" },
    ...{ columns: "Sie hat die Spalten Kürzel und Text." },
    big: "Diese Datei ist zu groß. Bitte teilen Sie sie auf.",
    imported: (/** @type {number} */ n) =>
      n === 1 ? "1 Baustein ist da." : `${n} Bausteine sind da.`,
    line: (/** @type {number} */ n, /** @type {string} */ why) => `Zeile ${n}: ${why}`,
    open: (/** @type {string} */ names) => `Nicht eingesetzt: ${names}`,
    held: (/** @type {string} */ names) =>
      `Nicht eingesetzt: ${names}. Noch einmal senden schickt es so, wie es ist.`,
  },
});

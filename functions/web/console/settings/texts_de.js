// @ts-check
/** @import { SettingsTexts } from "./texts_en.js" */

/** @type {SettingsTexts} */
export const de = {
  ...{ parts: "Teile der Einstellungen", sites: "Websites", team: "Team" },
  start: "Erste Schritte",
  sitesHint: "Jede Website hat ihren eigenen Chat, mit Aussehen, Texten und Mitgliedern.",
  ...{ newSite: "Neue Website", newName: "Name der neuen Website", make: "Hinzufügen" },
  ...{ archived: "Archiviert", back: "Alle Websites", unnamed: "Website" },
  ...{ anyOrigin: "Alle Adressen", install: "Auf Ihre Website setzen" },
  ...{ onlyKey: "Öffentlicher Schlüssel", copy: "Kopieren" },
  installHint:
    "Diese Zeile gehört vor </body> jeder Seite. Dann erscheint dort der Knopf des Chats.",
  originsMissing:
    "Noch darf keine Website diesen Chat benutzen. Tragen Sie Ihre unter „Erlaubte Adressen“ ein.",
  recipes: {
    "Einfaches HTML": [
      "Öffnen Sie die Datei oder die Vorlage Ihrer Seiten.",
      "Fügen Sie die Zeile vor </body> ein.",
    ],
    WordPress: [
      "Installieren Sie ein Plugin für Code in Kopf und Fuß, etwa WPCode.",
      "Fügen Sie die Zeile in sein Feld für den Fuß ein, und speichern Sie.",
    ],
    Shopify: [
      "Onlineshop → Themes → ⋯ → Code bearbeiten → theme.liquid.",
      "Fügen Sie die Zeile vor </body> ein, und speichern Sie.",
    ],
    "Google Tag Manager": [
      "Neues Tag → Benutzerdefiniertes HTML. Fügen Sie ein, was unten steht: Der Tag Manager lässt Attribute von Skripten weg.",
      "Wählen Sie den Trigger „All Pages“, speichern und veröffentlichen Sie.",
    ],
  },
  ...{ general: "Allgemein", looks: "Aussehen", words: "Texte", privacy: "Datenschutz" },
  ...{ limits: "Grenzen", closing: "Schließen", afterADay: "Nach einem Tag", never: "Nie" },
  afterClosing: { reopen: "Der Chat öffnet sich wieder", new: "Ein neuer Chat beginnt" },
  ...{ answering: "Antworten und Zeiten", week: "Diese Zeiten", alwaysOpen: "Immer" },
  modes: {
    always: "Der Assistent antwortet, bis ein Mensch es tut",
    when_away: "Der Assistent antwortet, solange niemand da ist",
    never: "Nur Menschen antworten",
  },
  byDefault: (value) => `Wenn nichts eingestellt ist: ${value}`,
  ...{ closedDay: "geschlossen", propose: "Feiertage vorschlagen", country: "Land" },
  ...{ region: "Region" },
  proposed: (n) => `${n} hinzugefügt. Sie können alles ändern.`,
  fields: {
    ...{ answering_mode: "Wer antwortet", "hours.kind": "Wann das Team da ist" },
    special_days: "Andere Zeiten an einzelnen Tagen",
    ...{ name: "Name", origins: "Erlaubte Adressen", locale: "Sprache", time_zone: "Zeitzone" },
    ...{ "theme.accent": "Farbe", "theme.position": "Seite", "theme.theme": "Hell oder dunkel" },
    ...{ title: "Titel", greeting: "Begrüßung", label: "Name des Knopfes" },
    ...{ placeholder: "Text im leeren Feld", privacy_url: "Link zur Datenschutzerklärung" },
    ...{ consent: "Satz zum Datenschutz", tokens_per_day: "Tokens am Tag" },
    ...{
      tokens_per_chat: "Tokens je Chat",
      close_after: "Nach so vielen ruhigen Minuten schließen",
    },
    hand_back_after: "Nach so vielen Minuten Schweigen antwortet wieder der Assistent",
    after_closing: "Jemand schreibt in einem geschlossenen Chat",
  },
  hints: {
    answering_mode: "Ohne Schlüssel für ein Modell wiederholt der Assistent nur, was man ihm sagt.",
    week: "Zum Beispiel 9:00-12:30, 13:30-18:00, in der Zeitzone der Seite. Ein leerer Tag ist geschlossen.",
    special_days:
      "Ein Datum je Zeile, dann Zeiten und Name: 2026-12-24 9:00-12:00 Heiligabend. Ohne Zeiten ist geschlossen.",
    origins: "Eine je Zeile, etwa https://shop.example",
    time_zone: "Etwa Europe/Berlin",
    close_after: "Wer auf einen Menschen wartet, dessen Chat bleibt offen. 0 heißt nie.",
    hand_back_after: "Gezählt, solange jemand im Chat eines Menschen wartet. 0 heißt nie.",
    after_closing: "Wen Ihre Website anmeldet, behält einen Chat, der sich wieder öffnet.",
    tokens_per_day: "Sie gelten neben den Grenzen der Installation. 0 heißt ohne Grenze.",
  },
  ...{ pick: "Farbe wählen", wordsIn: "Texte auf", languages: { en: "English", de: "Deutsch" } },
  sides: { left: "Links", right: "Rechts" },
  themes: { light: "Hell", dark: "Dunkel", auto: "Wie das Gerät des Besuchers" },
  fromEnvironment: (value) => `Aus der Umgebung: ${value}`,
  fromWidget: (value) => `Ohne Angabe: ${value}`,
  ...{ fromBrowser: "Der Browser des Besuchers entscheidet" },
  ...{ itsBlue: "sein eigenes Blau", notSet: "Nicht gesetzt", noLimit: "keine Grenze" },
  ...{ noOrigin: "keine", inherit: "Zurücksetzen", setHere: "Hier gesetzt." },
  todayHere: (used, limit) =>
    `Heute auf dieser Website: ${used} Tokens; ihre eigene Grenze: ${limit}.`,
  today: (used, limit) =>
    `Auf allen Websites zusammen: ${used} Tokens; Grenze der Installation: ${limit}.`,
  spentMost: "Mehr als 80 % der Grenze dieser Website sind verbraucht.",
  spentAll: "Die Grenze dieser Website ist verbraucht: Ihre Chats warten auf einen Menschen.",
  ...{ preview: "Vorschau", unsaved: "Noch nicht gespeichert", save: "Speichern" },
  ...{ saved: "Gespeichert", discard: "Verwerfen", stay: "Hier bleiben" },
  saveFirst: "Speichern und weiter",
  leaving: "Sie haben Änderungen, die nicht gespeichert sind.",
  kept: "Diese Änderungen wurden in diesem Browser aufgehoben. Gespeichert sind sie noch nicht.",
  conflict: (what) =>
    `Jemand anderes hat diese Website inzwischen geändert: ${what}. Ihre Änderungen stehen noch hier. Speichern Sie sie darüber, oder verwerfen Sie sie.`,
  other: "etwas anderes",
  ...{ members: "Mitglieder", you: "Sie", agent: "Agent", admin: "Admin" },
  membersHint: "Agenten sehen die Chats ihrer Websites. Admins sehen alle Websites.",
  noMembers: "Noch niemand: Die Chats dieser Website sehen nur Admins.",
  ...{ addMember: "Agenten hinzufügen", add: "Hinzufügen", remove: "Entfernen" },
  ...{ sure: "Jetzt entfernen?", choose: "Jemanden auswählen" },
  archive: "Archivieren",
  archiveHint:
    "Auf einer archivierten Website beginnt kein Chat, und ihr Knopf erscheint nicht. Chats bleiben.",
  ...{ archiveSure: "Jetzt archivieren?", restore: "Wiederherstellen" },
  isArchived: "Diese Website ist archiviert.",
};

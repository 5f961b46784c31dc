// @ts-check
import { own } from "../texts.js";

const en = {
  ...{ title: "Assistants", one: "Assistant", back: "All assistants" },
  whoAnswers: "Which assistant",
  ...{ lead: "Who answers visitors until a person does. Each site chooses one.", add: "Add" },
  ...{ newOne: "New assistant", newName: "Name of the new assistant", unnamed: "Assistant" },
  beginsAs: (/** @type {string} */ name) => `It begins as a copy of “${name}”.`,
  forSite: "Which sites may choose it",
  ...{ everySite: "All sites", file: "File", archived: "Archived", usual: "From the environment" },
  answersOn: (/** @type {string} */ sites) => `Answers on: ${sites}`,
  answersNowhere: "No site has chosen it.",
  echoes:
    "There is no key, so the echo answers on all sites: it repeats what visitors write. Set OPENAI_KEY to let assistants answer.",
  ...{ copy: "Copy to edit", copyOf: (/** @type {string} */ name) => `${name} (copy)` },
  isFile: "This assistant is a file on the server. It can be read here, and changed in a copy.",
  ...{ instructions: "Instructions", model: "Model and limits" },
  fields: {
    ...{ name: "Name", instructions: "What it is told", model: "Model" },
    ...{ max_output_tokens: "Most tokens of one answer", temperature: "Temperature" },
    ...{ reasoning_effort: "How much it thinks", verbosity: "How much it says" },
    ...{ history_tokens: "Tokens of the chat that it reads again" },
    ...{ history_messages: "Messages that it reads again" },
    ask_for_person: "May call for a person",
  },
  hints: {
    instructions:
      "Who it is, what it knows, and how it speaks. The rules of the chat are added to it.",
    max_output_tokens: "Thinking counts, too.",
    temperature: "0 to 2. Not every model takes it.",
  },
  efforts: {
    ...{ none: "Not at all", minimal: "Very little", low: "Little", medium: "Some" },
    ...{ high: "Much", xhigh: "Very much" },
  },
  amounts: { low: "Little", medium: "Some", high: "Much" },
  ...{ asProvider: "As the provider has it", yes: "Yes", no: "No" },
  fromEnvironment: (/** @type {string} */ value) => `From the environment: ${value}`,
  ifUnset: (/** @type {string} */ value) => `If nothing is set: ${value}`,
  conflict: (/** @type {string} */ what) =>
    `Somebody else has saved a version meanwhile: ${what}. Your changes are still here. Save them over it, or discard them.`,
  ...{ versions: "Versions", older: "Older versions", show: "Show", now: "Now" },
  versionsHint: "Each save is a version. An old one comes back as a new one, and nothing is lost.",
  version: (/** @type {number} */ number) => `Version ${number}`,
  restoredFrom: (/** @type {number} */ number) => `as version ${number}`,
  ...{ bring: "Restore", sure: "Restore now?", told: "Restored" },
  archive: "Archive",
  archiveHint: "No site can choose an archived assistant. Its versions stay.",
  ...{ archiveSure: "Archive now?", unarchive: "Take back", isArchived: "It is archived." },
  ...{ tryTitle: "Try it", question: "What a visitor might ask", ask: "Ask", again: "Begin anew" },
  tryHint:
    "It answers as it stands in the fields, saved or not. Nothing is stored, and no visitor sees it. It costs as much as an answer.",
  ...{ thinking: "It is thinking …", wasCut: "It was stopped at its limit." },
  echoed: "There is no key: this is the echo.",
  called: (/** @type {string} */ why) => `It calls for a person${why ? `: ${why}` : "."}`,
  cost: (/** @type {string} */ tokens) => `${tokens} tokens.`,
};

/** @type {typeof en} */
const de = {
  ...{
    title: "Assistenten",
    one: "Assistent",
    whoAnswers: "Welcher Assistent",
    back: "Alle Assistenten",
  },
  lead: "Wer Besuchern antwortet, bis ein Mensch es tut. Jede Website wählt einen.",
  ...{ add: "Hinzufügen", newOne: "Neuer Assistent", newName: "Name des neuen Assistenten" },
  unnamed: "Assistent",
  beginsAs: (name) => `Er beginnt als Kopie von „${name}“.`,
  forSite: "Welche Websites ihn wählen können",
  ...{ everySite: "Alle Websites", file: "Datei", archived: "Archiviert" },
  usual: "Aus der Umgebung",
  answersOn: (sites) => `Antwortet auf: ${sites}`,
  answersNowhere: "Keine Website hat ihn gewählt.",
  echoes:
    "Es gibt keinen Schlüssel. Darum antwortet auf allen Websites das Echo: Es wiederholt, was Besucher schreiben. Setzen Sie OPENAI_KEY, damit Assistenten antworten.",
  ...{ copy: "Kopieren und ändern", copyOf: (name) => `${name} (Kopie)` },
  isFile:
    "Dieser Assistent ist eine Datei auf dem Server. Hier kann man ihn lesen, und eine Kopie von ihm ändern.",
  ...{ instructions: "Anweisungen", model: "Modell und Grenzen" },
  fields: {
    ...{ name: "Name", instructions: "Was ihm gesagt wird", model: "Modell" },
    ...{ max_output_tokens: "Tokens einer Antwort, höchstens", temperature: "Temperatur" },
    ...{ reasoning_effort: "Wie viel er nachdenkt", verbosity: "Wie viel er sagt" },
    ...{ history_tokens: "Tokens des Chats, die er wieder liest" },
    ...{ history_messages: "Nachrichten, die er wieder liest" },
    ask_for_person: "Darf einen Menschen rufen",
  },
  hints: {
    instructions: "Wer er ist, was er weiß, und wie er spricht. Die Regeln des Chats kommen hinzu.",
    max_output_tokens: "Nachdenken zählt mit.",
    temperature: "0 bis 2. Nicht jedes Modell nimmt sie an.",
  },
  efforts: {
    ...{ none: "Gar nicht", minimal: "Sehr wenig", low: "Wenig", medium: "Etwas" },
    ...{ high: "Viel", xhigh: "Sehr viel" },
  },
  amounts: { low: "Wenig", medium: "Etwas", high: "Viel" },
  ...{ asProvider: "Wie beim Anbieter", yes: "Ja", no: "Nein" },
  fromEnvironment: (value) => `Aus der Umgebung: ${value}`,
  ifUnset: (value) => `Ohne Angabe: ${value}`,
  conflict: (what) =>
    `Jemand anderes hat inzwischen eine Version gespeichert: ${what}. Ihre Änderungen stehen noch hier. Speichern Sie sie darüber, oder verwerfen Sie sie.`,
  ...{ versions: "Versionen", older: "Ältere Versionen", show: "Zeigen", now: "Jetzt" },
  versionsHint:
    "Jedes Speichern ist eine Version. Eine alte kommt als neue zurück, und nichts geht verloren.",
  version: (number) => `Version ${number}`,
  restoredFrom: (number) => `wie Version ${number}`,
  ...{ bring: "Wiederherstellen", sure: "Jetzt wiederherstellen?", told: "Wiederhergestellt" },
  archive: "Archivieren",
  archiveHint: "Einen archivierten Assistenten kann keine Website wählen. Seine Versionen bleiben.",
  ...{ archiveSure: "Jetzt archivieren?", unarchive: "Zurückholen" },
  isArchived: "Er ist archiviert.",
  ...{ tryTitle: "Ausprobieren", question: "Was ein Besucher fragen könnte", ask: "Fragen" },
  again: "Neu beginnen",
  tryHint:
    "Er antwortet so, wie es in den Feldern steht, gespeichert oder nicht. Nichts wird aufgehoben, und kein Besucher sieht es. Es kostet so viel wie eine Antwort.",
  ...{ thinking: "Er denkt nach …", wasCut: "Er wurde an seiner Grenze angehalten." },
  echoed: "Es gibt keinen Schlüssel: Das ist das Echo.",
  called: (why) => `Er ruft einen Menschen${why ? `: ${why}` : "."}`,
  cost: (tokens) => `${tokens} Tokens.`,
};

/** The words about assistants. */
export const assistantTexts = own({ en, de });

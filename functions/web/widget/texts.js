// @ts-check
/** @import { Availability, ChatSummary, Message } from "../client/types.js" */

/** Every text of the widget. @param {import("../view/language.js").Language} language */
export const textsIn = (language) => ({ en, de })[language];

/** @typedef {typeof en} Texts */

const en = {
  title: "Chat with us",
  greeting: "Hello! Ask us anything. You get an answer at once, and you can ask for a person.",
  greetingOfTeam: "Hello! Write to us. The team answers you here.",
  open: "Open the chat",
  close: "Close the chat",
  sound: "Sound when a person answers",
  unread: (/** @type {number} */ n) => (n === 1 ? "1 new message" : `${n} new messages`),
  write: "Write a message",
  send: "Send",
  stop: "Stop the answer",
  person: "Talk to a person",
  noPerson: "I no longer need a person",
  privacy: "Privacy",
  log: "Messages",
  newest: "New messages",
  left: (/** @type {number} */ n) =>
    n >= 0 ? `${n} characters left` : `${-n} characters too many`,
  tooLong: "That is too long for a message. Nothing was added.",
  noFiles: "Files cannot be sent yet.",
  assistant: "Assistant",
  you: "You",
  team: "Team",
  draft: "Assistant",
  thinking: "Thinking",
  typing: (/** @type {string} */ name) => `${name || "Someone"} is typing…`,
  sending: "Sending…",
  waiting: "Will be sent when you are back online",
  sent: "Sent",
  seen: "Seen",
  notSent: "Not sent.",
  again: "Try again",
  discard: "Delete",
  interrupted: "Stopped here",
  failed: "Could not be finished",
  erased: "This message was deleted",
  edited: "edited",
  cut: "The rest of this message is not shown here",
  copy: "Copy",
  copied: "Copied",
  lost: "Connection lost. Trying again…",
  unreachable: "The chat cannot be reached right now. Trying again…",
  refused: "The chat is not available on this page.",
  answersNow: "Assistant · answers at once",
  withYou: (/** @type {string} */ name) => `${name} is with you`,
  meanwhile: "The team was asked · the assistant goes on",
  about: (/** @type {number} */ n) =>
    `The team answers in about ${n === 1 ? "a minute" : `${n} minutes`}`,
  busy: "The team is busy. It takes a little longer",
  notHere: "The team is not here right now",
  nobodyHere: "Nobody from the team is here right now",
  back: (
    /** @type {{days: number, name: string}} */ { days, name },
    /** @type {string} */ time,
  ) => {
    const near = ["today", "tomorrow"][days] ?? `on ${name}`;
    return `The team is back ${near} at ${time}`;
  },
  goesOn: "The assistant goes on answering you until somebody comes.",
  isKept: "Your messages are kept, and the team answers them here.",
  leaveEmail: "Your e-mail address, so that the team can write to you when you are gone:",
  email: "name@example.com",
  leave: "Save",
  reached: (/** @type {string} */ email) => `The team can write to you: ${email}`,
  teamAnswers: "The team answers you here",
  closed: "Closed. Write to open it again",
  events: {
    asked: "You asked for a person",
    askedByAssistant: "A person from the team was asked to join",
    person_not_needed: "You need no person any more",
    left: (/** @type {string} */ name) => `${name || "A person"} left the chat`,
    taken_over: (/** @type {string} */ name) => `${name || "A person"} joined the chat`,
    handed_back: "The assistant answers again",
    closed: "The chat was closed",
    reopened: "The chat was opened again",
  },
};

/** @type {Texts} */
const de = {
  title: "Chatten Sie mit uns",
  greeting:
    "Guten Tag! Fragen Sie uns alles. Sie bekommen sofort eine Antwort und können nach einem " +
    "Menschen fragen.",
  greetingOfTeam: "Guten Tag! Schreiben Sie uns. Das Team antwortet Ihnen hier.",
  open: "Chat öffnen",
  close: "Chat schließen",
  sound: "Ton, wenn ein Mensch antwortet",
  unread: (n) => (n === 1 ? "1 neue Nachricht" : `${n} neue Nachrichten`),
  write: "Nachricht schreiben",
  send: "Senden",
  stop: "Antwort anhalten",
  person: "Mit einem Menschen sprechen",
  noPerson: "Ich brauche niemanden mehr",
  privacy: "Datenschutz",
  log: "Nachrichten",
  newest: "Neue Nachrichten",
  left: (n) => (n >= 0 ? `noch ${n} Zeichen` : `${-n} Zeichen zu viel`),
  tooLong: "Das ist zu lang für eine Nachricht. Es wurde nichts eingefügt.",
  noFiles: "Dateien können noch nicht gesendet werden.",
  assistant: "Assistent",
  you: "Sie",
  team: "Team",
  draft: "Assistent",
  thinking: "Denkt nach",
  typing: (name) => `${name || "Jemand"} schreibt…`,
  sending: "Wird gesendet…",
  waiting: "Wird gesendet, sobald Sie wieder online sind",
  sent: "Gesendet",
  seen: "Gelesen",
  notSent: "Nicht gesendet.",
  again: "Noch einmal versuchen",
  discard: "Löschen",
  interrupted: "Hier unterbrochen",
  failed: "Konnte nicht beendet werden",
  erased: "Diese Nachricht wurde gelöscht",
  edited: "bearbeitet",
  cut: "Der Rest dieser Nachricht wird hier nicht gezeigt",
  copy: "Kopieren",
  copied: "Kopiert",
  lost: "Verbindung verloren. Neuer Versuch…",
  unreachable: "Der Chat ist gerade nicht erreichbar. Neuer Versuch…",
  refused: "Der Chat ist auf dieser Seite nicht verfügbar.",
  answersNow: "Assistent · antwortet sofort",
  withYou: (name) => `${name} ist für Sie da`,
  meanwhile: "Das Team ist gefragt · der Assistent hilft weiter",
  about: (n) => `Das Team antwortet in etwa ${n === 1 ? "einer Minute" : `${n} Minuten`}`,
  busy: "Das Team ist beschäftigt. Es dauert etwas länger",
  notHere: "Das Team ist gerade nicht da",
  nobodyHere: "Vom Team ist gerade niemand da",
  back: ({ days, name }, time) => {
    const near = ["heute", "morgen"][days] ?? `am ${name}`;
    return `Das Team ist ${near} um ${time} Uhr wieder da`;
  },
  goesOn: "Der Assistent antwortet Ihnen weiter, bis jemand kommt.",
  isKept: "Ihre Nachrichten sind hinterlegt, und das Team antwortet hier.",
  leaveEmail: "Ihre E-Mail-Adresse, damit das Team Sie auch später erreicht:",
  email: "name@example.com",
  leave: "Speichern",
  reached: (email) => `Das Team kann Ihnen schreiben: ${email}`,
  teamAnswers: "Das Team antwortet Ihnen hier",
  closed: "Geschlossen. Schreiben Sie, um ihn wieder zu öffnen",
  events: {
    asked: "Sie haben um einen Menschen gebeten",
    askedByAssistant: "Jemand aus dem Team wurde dazugebeten",
    person_not_needed: "Sie brauchen niemanden mehr",
    left: (name) => `${name || "Ein Mensch"} hat den Chat verlassen`,
    taken_over: (name) => `${name || "Ein Mensch"} ist jetzt im Chat`,
    handed_back: "Der Assistent antwortet wieder",
    closed: "Der Chat wurde geschlossen",
    reopened: "Der Chat wurde wieder geöffnet",
  },
};

/**
 * Who said a message, as visitors read it.
 * @param {Message} message
 * @param {Texts} texts
 */
export function who(message, texts) {
  if (message.role === "user") return texts.you;
  return message.role === "assistant" ? texts.assistant : (message.author?.name ?? texts.team);
}

/**
 * What happened, as visitors read it.
 * @param {Message} message
 * @param {Texts} texts
 */
export function event(message, { events }) {
  switch (message.event?.name) {
    case "asked_for_person":
      return message.role === "user" ? events.asked : events.askedByAssistant;
    case "taken_over":
    case "left":
      return events[message.event.name](message.author?.name ?? "");
    case "handed_back":
    case "person_not_needed":
    case "closed":
    case "reopened":
      return events[message.event.name];
    default:
      return message.text;
  }
}

/** Whether somebody answers now. @param {ChatSummary | null} summary */
export function answers(summary) {
  if (!summary) return "now";
  if (summary.status === "closed") return "closed";
  if (summary.owner === "manager") return summary.manager ? "now" : "soon";
  return summary.waiting_for ? "soon" : "now";
}

/**
 * Who answers, in one line. Of a person who is asked for nothing is said that is not known.
 * @param {ChatSummary | null} summary
 * @param {Texts} texts
 * @param {Availability | null} [availability]
 */
export function status(summary, texts, availability) {
  if (!summary) return texts.answersNow;
  if (summary.status === "closed") return texts.closed;
  if (summary.manager) return texts.withYou(summary.manager.name);
  const isTeam = summary.owner === "manager";
  if (!isTeam && !summary.waiting_for) return texts.answersNow;
  const usual = isTeam ? texts.teamAnswers : texts.meanwhile;
  if (!availability) return usual;
  const { state, minutes = 0 } = availability;
  if (state === "closed" || state === "away") return isTeam ? texts.notHere : usual;
  if (state === "busy") return texts.busy;
  if (!minutes) return usual;
  const waited = Date.now() - Date.parse(summary.waiting_since ?? summary.updated_at);
  return waited < minutes * 60_000 ? texts.about(minutes) : texts.busy;
}

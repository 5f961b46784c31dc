// @ts-check
import { language } from "../view/format.js";
/** @import { Message, Summary } from "../client/types.js" */

/** The codes that filters have on the wire, in the order they are shown. */
export const FILTERS = /** @type {const} */ (["all", "waiting", "mine", "assistant", "closed"]);
/** @typedef {typeof FILTERS[number]} Filter */

/** @typedef {typeof en} Texts */

const en = {
  title: "Switchboard",
  filters: {
    all: "All",
    waiting: "Waiting",
    mine: "Mine",
    assistant: "Assistant",
    closed: "Closed",
  },
  filterBy: "Which chats",
  search: "Search chats",
  chats: "Chats",
  visitor: "Visitor",
  assistant: "Assistant",
  you: "You",
  team: "Team",
  someone: "Nobody yet",
  online: "online",
  offline: "offline",
  unread: (/** @type {number} */ n) => `${n} unread`,
  waits: (/** @type {string} */ time) => `Waiting ${time}`,
  waitsFor: {
    asked: "asked for a person",
    failed: "the assistant failed",
    budget: "the assistant's budget is spent",
    reply: "waits for your reply",
  },
  isClosed: "Closed",
  empty: {
    all: ["No chats yet", "When a visitor writes, the chat appears here by itself."],
    waiting: ["Nobody is waiting", "Chats that need a person appear here, the longest wait first."],
    mine: ["No chat is yours", "Take one over, or just write in it."],
    assistant: ["The assistant has nothing to do", "Chats it answers appear here."],
    closed: ["No closed chats", "Chats that are done rest here."],
    search: ["Nothing found", "Try another name, address or word."],
  },
  loadFailed: "The chats could not be loaded.",
  again: "Try again",
  choose: "Choose a chat",
  chooseMore: "Or let the assistant work, and watch.",
  /** @type {Record<string, string>} */
  shortcuts: {
    "Alt ↑ ↓": "chat before, chat after",
    "Alt N": "who waits longest",
    "Alt T": "take over",
    "Alt H": "hand back",
    "Alt S": "stop the answer",
    "Alt X": "close or reopen",
    "Alt B": "broadcast",
    "Ctrl K": "search",
  },
  help: "Shortcuts",
  signIn: "Sign in",
  signInHint: "Open the link you were given, or paste its token here.",
  token: "Token",
  signInFailed: "This token is not valid. Ask an admin for another link.",
  unreachable: "The server is not reached. Please try again.",
  signOut: "Sign out",
  openMode: "Open mode: whoever reaches this page is a manager.",
  back: "Back to the chats",
  takeOver: "Take over",
  handBack: "Hand back",
  stop: "Stop the answer",
  close: "Close",
  reopen: "Reopen",
  since: (/** @type {string} */ time) => `since ${time}`,
  on: "on",
  write: "Write a message",
  send: "Send",
  left: (/** @type {number} */ n) =>
    n >= 0 ? `${n} characters left` : `${-n} characters too many`,
  takes: "Sending takes the chat over from the assistant.",
  takesFrom: (/** @type {string} */ name) => `${name} answers here. Sending takes the chat over.`,
  log: "Messages",
  newest: "New messages",
  draft: "Assistant",
  thinking: "Thinking",
  typing: { user: "The visitor is typing…", manager: "A colleague is typing…" },
  sending: "Sending…",
  waiting: "Will be sent when you are back online",
  sent: "Sent",
  seen: "Seen",
  notSent: "Not sent.",
  discard: "Delete",
  interrupted: "Stopped here",
  failed: "Could not be finished",
  erased: "This message was erased",
  cut: "The rest of this message is not shown here",
  more: "Show all",
  less: "Show less",
  lost: "Connection lost. Trying again…",
  refused: "You are not signed in any more. Reload the page to sign in.",
  sound: "Sound when a chat waits",
  notify: "Notify me on the desktop",
  theWait: (/** @type {string} */ name) => `${name} is waiting`,
  broadcast: "Broadcast",
  broadcastTitle: "A message to many chats",
  message: "Message",
  audience: "Who gets it",
  audiences: { open: "Every open chat", online: "Only who is online now" },
  reaches: (/** @type {string} */ n) => `Reaches ${n}`,
  counting: "Counting…",
  chatsN: (/** @type {number} */ n, /** @type {string} */ text) =>
    n === 1 ? "1 chat" : `${text} chats`,
  review: "Continue",
  sendTo: (/** @type {string} */ n) => `Send to ${n}`,
  sure: "It goes out at once and cannot be called back. Who answers in each chat stays the same.",
  cancel: "Cancel",
  change: "Change",
  done: "Done",
  underWay: "On its way…",
  finished: "Finished",
  progress: (
    /** @type {string} */ delivered,
    /** @type {string} */ stored,
    /** @type {string} */ failed,
  ) => `${delivered} delivered · ${stored} stored for later · ${failed} failed`,
  events: {
    asked_for_person: (/** @type {string} */ who, /** @type {string} */ reason) =>
      `${who} asked for a person${reason ? `: ${reason}` : ""}`,
    taken_over: (/** @type {string} */ who, /** @type {string} */ _reason) => `${who} took over`,
    handed_back: (/** @type {string} */ who, /** @type {string} */ _reason) =>
      `${who} handed back to the assistant`,
    closed: (/** @type {string} */ who, /** @type {string} */ _reason) => `${who} closed the chat`,
    reopened: (/** @type {string} */ who, /** @type {string} */ _reason) =>
      `${who} reopened the chat`,
  },
};

/** @type {Texts} */
const de = {
  title: "Switchboard",
  filters: { all: "Alle", waiting: "Wartend", mine: "Meine", assistant: "Assistent", closed: "Zu" },
  filterBy: "Welche Chats",
  search: "Chats durchsuchen",
  chats: "Chats",
  visitor: "Besucher",
  assistant: "Assistent",
  you: "Sie",
  team: "Team",
  someone: "Noch niemand",
  online: "online",
  offline: "offline",
  unread: (n) => `${n} ungelesen`,
  waits: (time) => `Wartet ${time}`,
  waitsFor: {
    asked: "möchte einen Menschen",
    failed: "Assistent gescheitert",
    budget: "Budget des Assistenten verbraucht",
    reply: "wartet auf Ihre Antwort",
  },
  isClosed: "Geschlossen",
  empty: {
    all: ["Noch keine Chats", "Sobald ein Besucher schreibt, erscheint der Chat hier von selbst."],
    waiting: [
      "Niemand wartet",
      "Chats, die einen Menschen brauchen – wer am längsten wartet, zuerst.",
    ],
    mine: ["Kein Chat gehört Ihnen", "Übernehmen Sie einen, oder schreiben Sie einfach hinein."],
    assistant: ["Der Assistent hat nichts zu tun", "Chats, die er beantwortet, erscheinen hier."],
    closed: ["Keine geschlossenen Chats", "Was erledigt ist, ruht hier."],
    search: ["Nichts gefunden", "Versuchen Sie einen anderen Namen, eine Adresse oder ein Wort."],
  },
  loadFailed: "Die Chats konnten nicht geladen werden.",
  again: "Noch einmal versuchen",
  choose: "Wählen Sie einen Chat",
  chooseMore: "Oder lassen Sie den Assistenten arbeiten und sehen ihm zu.",
  shortcuts: {
    "Alt ↑ ↓": "voriger, nächster Chat",
    "Alt N": "wer am längsten wartet",
    "Alt T": "übernehmen",
    "Alt H": "zurückgeben",
    "Alt S": "Antwort anhalten",
    "Alt X": "schließen oder öffnen",
    "Alt B": "Rundruf",
    "Strg K": "suchen",
  },
  help: "Tastenkürzel",
  signIn: "Anmelden",
  signInHint: "Öffnen Sie den Link, den Sie bekommen haben, oder fügen Sie sein Token hier ein.",
  token: "Token",
  signInFailed: "Dieses Token gilt nicht. Bitten Sie einen Admin um einen anderen Link.",
  unreachable: "Der Server ist nicht erreichbar. Bitte noch einmal versuchen.",
  signOut: "Abmelden",
  openMode: "Offener Modus: Wer diese Seite erreicht, ist Manager.",
  back: "Zurück zu den Chats",
  takeOver: "Übernehmen",
  handBack: "Zurückgeben",
  stop: "Antwort anhalten",
  close: "Schließen",
  reopen: "Wieder öffnen",
  since: (time) => `seit ${time}`,
  on: "auf",
  write: "Nachricht schreiben",
  send: "Senden",
  left: (n) => (n >= 0 ? `noch ${n} Zeichen` : `${-n} Zeichen zu viel`),
  takes: "Mit dem Senden übernehmen Sie den Chat vom Assistenten.",
  takesFrom: (name) => `${name} antwortet hier. Mit dem Senden übernehmen Sie den Chat.`,
  log: "Nachrichten",
  newest: "Neue Nachrichten",
  draft: "Assistent",
  thinking: "Denkt nach",
  typing: { user: "Der Besucher schreibt…", manager: "Jemand aus dem Team schreibt…" },
  sending: "Wird gesendet…",
  waiting: "Wird gesendet, sobald Sie wieder online sind",
  sent: "Gesendet",
  seen: "Gelesen",
  notSent: "Nicht gesendet.",
  discard: "Löschen",
  interrupted: "Hier unterbrochen",
  failed: "Konnte nicht beendet werden",
  erased: "Diese Nachricht wurde gelöscht",
  cut: "Der Rest dieser Nachricht wird hier nicht gezeigt",
  more: "Alles zeigen",
  less: "Weniger zeigen",
  lost: "Verbindung verloren. Neuer Versuch…",
  refused: "Sie sind nicht mehr angemeldet. Laden Sie die Seite neu, um sich anzumelden.",
  sound: "Ton, wenn ein Chat wartet",
  notify: "Auf dem Desktop benachrichtigen",
  theWait: (name) => `${name} wartet`,
  broadcast: "Rundruf",
  broadcastTitle: "Eine Nachricht an viele Chats",
  message: "Nachricht",
  audience: "Wer sie bekommt",
  audiences: { open: "Alle offenen Chats", online: "Nur wer jetzt online ist" },
  reaches: (n) => `Erreicht ${n}`,
  counting: "Wird gezählt…",
  chatsN: (n, text) => (n === 1 ? "1 Chat" : `${text} Chats`),
  review: "Weiter",
  sendTo: (n) => `An ${n} senden`,
  sure: "Sie geht sofort hinaus und lässt sich nicht zurückholen. Wer in jedem Chat antwortet, bleibt gleich.",
  cancel: "Abbrechen",
  change: "Ändern",
  done: "Fertig",
  underWay: "Unterwegs…",
  finished: "Abgeschlossen",
  progress: (delivered, stored, failed) =>
    `${delivered} zugestellt · ${stored} für später hinterlegt · ${failed} gescheitert`,
  events: {
    asked_for_person: (who, reason) => `${who}: bitte ein Mensch${reason ? ` – ${reason}` : ""}`,
    taken_over: (who) => `${who} – übernommen`,
    handed_back: (who) => `${who} – an den Assistenten zurückgegeben`,
    closed: (who) => `${who} – geschlossen`,
    reopened: (who) => `${who} – wieder geöffnet`,
  },
};

export const lang = language();
export const texts = { en, de }[lang];

/** @param {{chat_id: string, visitor?: Summary["visitor"]}} summary */
export function nameOf({ visitor, chat_id }) {
  return visitor?.name || visitor?.email || `${texts.visitor} ${chat_id.slice(0, 4)}`;
}

/** Who said it. @param {Message} message @param {string} me */
export function who({ role, author }, me) {
  if (role === "user") return texts.visitor;
  if (role === "assistant") return texts.assistant;
  return author && author.id === me ? texts.you : (author?.name ?? texts.team);
}

/** What happened. @param {Message} message @param {string} me */
export function event(message, me) {
  const { name, reason = "" } = message.event ?? { name: "" };
  const say = texts.events[/** @type {keyof Texts["events"]} */ (name)];
  return say ? say(who(message, me), reason) : message.text;
}

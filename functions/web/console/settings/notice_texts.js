// @ts-check
import { own } from "../texts.js";

/**
 * What a code means: a whole one, or its kind and what was said, as in `http_500`. Others are shown.
 * @param {string} code
 * @param {Record<string, string>} sentences
 */
function why(code, sentences) {
  const [, kind, said] = /^(http|smtp|ses)_(.+)$/.exec(code) ?? [];
  return kind ? `${sentences[kind]} ${said}` : (sentences[code] ?? code);
}

/** The words about notices that go outside. */
export const texts = own({
  en: {
    ...{ notices: "Notices outside", receivers: "Receivers", steps: "Escalation", log: "Log" },
    hint: "Where somebody hears of waiting chats while no console is open. Addresses of hooks are kept encrypted and are not shown again.",
    stepsHint:
      "What happens while a chat waits, counted from its first second. It ends when somebody takes the chat over.",
    ...{
      none: "Nobody is told outside yet.",
      noSteps:
        "No steps yet. So the team's devices are woken at once, and whoever hears of nothing else after a minute.",
      noLog: "Nothing was sent.",
    },
    kinds: {
      ...{ mail: "Mail", slack: "Slack", discord: "Discord", teams: "Teams", webhook: "Webhook" },
      push: "Push",
    },
    ...{
      kind: "Kind",
      name: "What it is called",
      email: "E-mail address",
      url: "Address of the hook",
    },
    atOnce: "Hears of each waiting chat at once",
    ...{ add: "Add", remove: "Remove", removeSure: "Remove it?", test: "Send a test" },
    tested: "Sent. The log says what became of it.",
    secret: "This webhook is signed with this secret. It is shown only now:",
    gone: "Said that it is not there any more",
    after: (/** @type {string} */ time) => `after ${time}`,
    ...{ seconds: "Seconds of waiting", onlyOpen: "Only open hours count", who: "Who hears of it" },
    actions: {
      people: "Whoever has the chat, else the team, by push",
      team: "All of the team, by push",
      receiver: "One receiver",
      everybody: "Everybody, also who does not want to be disturbed",
    },
    ...{ save: "Save", saved: "Saved", again: "Send again", refresh: "Load again" },
    states: { done: "Sent", due: "On its way", dead: "Not sent" },
    why: (/** @type {string} */ code) =>
      why(code, {
        ...{ stale: "No longer needed", timeout: "No answer in time", removed: "It was removed" },
        unreachable: "Nobody answers at its address",
        redirected: "It leads to another address, and that is not followed",
        ...{ not_public: "Its address is not public", not_https: "Its address is not https" },
        ...{ no_address: "There is no such address", no_device: "No device takes notices" },
        ...{
          no_mail: "No mail can leave from here",
          internal: "Something failed here: see the logs",
        },
        sealed: "Its address cannot be read any more: SECRET_KEY has changed",
        ...{ http: "It answered", smtp: "The mail server said", ses: "SES said" },
      }),
    attempts: (/** @type {number} */ n) => (n === 1 ? "1 attempt" : `${n} attempts`),
    whats: /** @type {Record<string, string>} */ ({
      "chat.waiting": "Waiting chat",
      "chat.taken": "Somebody has it",
      ...{ digest: "Digest", test: "Test", reply: "Reply to a visitor" },
      ...{ invitation: "Invitation", sign_in_link: "Sign-in link" },
    }),
  },
  de: {
    ...{ notices: "Hinweise nach außen", receivers: "Empfänger", steps: "Eskalation" },
    log: "Protokoll",
    hint: "Wo jemand von wartenden Chats erfährt, wenn keine Konsole offen ist. Adressen von Hooks werden verschlüsselt und nicht wieder gezeigt.",
    stepsHint:
      "Was geschieht, während ein Chat wartet, gezählt ab der ersten Sekunde. Es endet, sobald jemand den Chat übernimmt.",
    none: "Noch erfährt außen niemand davon.",
    noSteps:
      "Noch keine Schritte. Also werden die Geräte des Teams sofort geweckt, und wer sonst nichts erfährt, nach einer Minute.",
    noLog: "Es wurde nichts gesendet.",
    kinds: {
      ...{ mail: "E-Mail", slack: "Slack", discord: "Discord", teams: "Teams", webhook: "Webhook" },
      push: "Push",
    },
    ...{ kind: "Art", name: "Wie er heißt", email: "E-Mail-Adresse", url: "Adresse des Hooks" },
    atOnce: "Erfährt sofort von jedem wartenden Chat",
    ...{ add: "Hinzufügen", remove: "Entfernen", removeSure: "Wirklich?", test: "Test senden" },
    tested: "Gesendet. Das Protokoll sagt, was daraus wurde.",
    secret: "Mit diesem Geheimnis wird der Webhook signiert. Es wird nur jetzt gezeigt:",
    gone: "Sagt, dass es ihn nicht mehr gibt",
    after: (/** @type {string} */ time) => `nach ${time}`,
    ...{ seconds: "Sekunden des Wartens", onlyOpen: "Nur Öffnungszeiten zählen" },
    who: "Wer davon erfährt",
    actions: {
      people: "Wer den Chat hat, sonst das Team, per Push",
      team: "Das ganze Team, per Push",
      receiver: "Ein Empfänger",
      everybody: "Alle, auch wer nicht gestört werden will",
    },
    ...{ save: "Speichern", saved: "Gespeichert", again: "Noch einmal senden" },
    refresh: "Neu laden",
    states: { done: "Gesendet", due: "Unterwegs", dead: "Nicht gesendet" },
    why: (/** @type {string} */ code) =>
      why(code, {
        ...{ stale: "Nicht mehr nötig", timeout: "Keine Antwort", removed: "Entfernt" },
        unreachable: "Unter der Adresse antwortet niemand",
        redirected: "Er leitet weiter, und dem folgen wir nicht",
        ...{
          not_public: "Die Adresse ist nicht öffentlich",
          not_https: "Die Adresse ist nicht https",
        },
        ...{ no_address: "Diese Adresse gibt es nicht", no_device: "Kein Gerät nimmt Hinweise an" },
        ...{
          no_mail: "Von hier geht keine Post",
          internal: "Hier ging etwas schief: siehe die Logs",
        },
        sealed: "Die Adresse ist nicht mehr lesbar: SECRET_KEY ist ein anderer",
        ...{ http: "Er antwortete", smtp: "Der Mailserver sagte", ses: "SES sagte" },
      }),
    attempts: (/** @type {number} */ n) => (n === 1 ? "1 Versuch" : `${n} Versuche`),
    whats: /** @type {Record<string, string>} */ ({
      "chat.waiting": "Wartender Chat",
      "chat.taken": "Jemand hat ihn",
      ...{ digest: "Übersicht", test: "Test", reply: "Antwort an einen Besucher" },
      ...{ invitation: "Einladung", sign_in_link: "Anmeldelink" },
    }),
  },
});

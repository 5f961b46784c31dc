// @ts-check
import { own } from "../texts.js";

/** The words of the teams' page. */
export const texts = own({
  en: {
    ...{ title: "Teams", all: "All teams", newOne: "New team", make: "Make the team" },
    lead: "A team is some people of a website. Chats can be a team's before they are a person's.",
    ...{ name: "Name of the new team", site: "Website", none: "No team yet." },
    change: (/** @type {string} */ name) => `Change ${name}`,
    ...{ called: "Name", assignment: "Who gets its chats", members: "Members" },
    ...{ manual: "Whoever takes one", balanced: "Members who are here, in turn" },
    manualHint: "A chat of the team lies there until somebody takes it.",
    balancedHint:
      "A chat that waits goes to the member who has the fewest, up to so many open chats each.",
    takesNew: "Gets what begins to wait on the website and is nobody's",
    takesNewHint: "One team of a website does. If another one did, it does not any more.",
    takes: "Gets new chats",
    here: "here",
    chats: "chats",
    capacity: (/** @type {string} */ name) => `Most open chats for ${name}`,
    counted: (/** @type {number} */ n) => (n === 1 ? "1 member" : `${n} members`),
    nobody: "Nobody can be a member yet: invite somebody who sees the website.",
    wrongCapacity: (/** @type {string} */ name) =>
      `${name}: a whole number from 0 to 1000, please.`,
    gone: "Somebody has removed this team meanwhile.",
    kept: "Not saved yet",
    ...{ remove: "Remove the team", sure: "Remove it now?" },
    removeHint: "Its chats stay with who is responsible. Its replies and macros go with it.",
  },
  de: {
    ...{ title: "Teams", all: "Alle Teams", newOne: "Neues Team", make: "Team anlegen" },
    lead: "Ein Team sind einige Leute einer Website. Chats können erst des Teams und dann einer Person sein.",
    ...{ name: "Name des neuen Teams", site: "Website", none: "Noch kein Team." },
    change: (/** @type {string} */ name) => `${name} ändern`,
    ...{ called: "Name", assignment: "Wer seine Chats bekommt", members: "Mitglieder" },
    ...{ manual: "Wer einen nimmt", balanced: "Mitglieder, die da sind, reihum" },
    manualHint: "Ein Chat des Teams liegt dort, bis ihn jemand nimmt.",
    balancedHint:
      "Ein wartender Chat geht an das Mitglied mit den wenigsten, bis zu so vielen offenen Chats.",
    takesNew: "Bekommt, was auf der Website zu warten beginnt und niemandes ist",
    takesNewHint: "Das tut ein Team einer Website. Tat es ein anderes, dann nicht mehr.",
    takes: "Bekommt neue Chats",
    here: "da",
    chats: "Chats",
    capacity: (/** @type {string} */ name) => `Höchstens offene Chats für ${name}`,
    counted: (/** @type {number} */ n) => (n === 1 ? "1 Mitglied" : `${n} Mitglieder`),
    nobody: "Noch kann niemand Mitglied sein: Laden Sie jemanden ein, der die Website sieht.",
    wrongCapacity: (/** @type {string} */ name) => `${name}: bitte eine ganze Zahl von 0 bis 1000.`,
    gone: "Jemand hat dieses Team inzwischen entfernt.",
    kept: "Noch nicht gespeichert",
    ...{ remove: "Team entfernen", sure: "Jetzt entfernen?" },
    removeHint:
      "Seine Chats behalten, wer zuständig ist. Seine Antworten und Makros gehen mit ihm.",
  },
});

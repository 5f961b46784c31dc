// @ts-check
import { own } from "./texts.js";

export const texts = own({
  en: {
    note: "Note",
    only: "Only the team sees this",
    write: "Only the team sees this. @ names a colleague or a team",
    ...{ colleagues: "Colleagues", team: "Team" },
    ...{ mention: "Mention", mentions: "Mentions" },
    none: "Nobody has named you in a note.",
    more: "More",
    unseen: "New",
    remove: "Delete",
    failed: "The notes that name you could not be loaded.",
    namesYou: (/** @type {string} */ name) => `${name} names you in a note`,
  },
  de: {
    note: "Notiz",
    only: "Das sieht nur das Team",
    write: "Das sieht nur das Team. @ nennt jemanden daraus oder ein Team",
    ...{ colleagues: "Kollegen und Teams", team: "Team" },
    ...{ mention: "Erwähnung", mentions: "Erwähnungen" },
    none: "Niemand hat Sie in einer Notiz genannt.",
    more: "Mehr",
    unseen: "Neu",
    remove: "Löschen",
    failed: "Die Notizen, die Sie nennen, konnten nicht geladen werden.",
    namesYou: (/** @type {string} */ name) => `${name} nennt Sie in einer Notiz`,
  },
});

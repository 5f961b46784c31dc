// @ts-check
import { own } from "../texts.js";

/** The words of the team's page. */
export const texts = own({
  en: {
    hint: "Who answers visitors, and on which websites.",
    ...{ you: "You", agent: "Agent", admin: "Admin", rank: "Rank", sites: "Websites" },
    agentMay: "Answers the chats of their websites.",
    adminMay: "Sees all websites, and changes settings and the team.",
    ...{ allSites: "All websites", noSites: "No website yet: sees no chats" },
    ...{ here: "Here now", never: "Was never here" },
    seen: (/** @type {string} */ when) => `Last seen: ${when}`,
    browsers: (/** @type {number} */ n) =>
      n === 1 ? "signed in in 1 browser" : `signed in in ${n} browsers`,
    waits: (/** @type {string} */ until) => `Has a link that is not used yet, good until ${until}`,
    change: (/** @type {string} */ name) => `Change ${name}`,
    ...{ invite: "Invite somebody", name: "Name", make: "Make the link", kept: "Not saved yet" },
    inviteHint: "You get a link for them. It signs one browser in, once, within 24 hours.",
    email: "E-mail address",
    emailHint: "The link goes there, too. Leave it empty to send the link yourself.",
    mailed: (/** @type {string} */ email) => `It is on its way to ${email}.`,
    noSite: "Please choose at least one website.",
    renew: "New link",
    renewHint: "For a new device, or if the link was lost. An older unused link ends.",
    signOut: "Also sign them out everywhere",
    ...{ remove: "Remove from the team", sure: "Remove now?" },
    removeHint: "Their sign-ins, links and tokens end at once. What they wrote stays.",
    linkFor: (/** @type {string} */ name) => `Link for ${name}`,
    once: (/** @type {string} */ until) =>
      `Send it to them now: it is shown only this once. It works once, until ${until}.`,
    ownLogin: "Your team's own login signs this person in, and gives the rank.",
    yourself: "Links for your own devices are on your account page.",
    open: "Nobody signs in here: SECRET_KEY is not set. Set it, and you invite your colleagues here.",
  },
  de: {
    hint: "Wer Besuchern antwortet, und auf welchen Websites.",
    ...{ you: "Sie", agent: "Agent", admin: "Admin", rank: "Rang", sites: "Websites" },
    agentMay: "Beantwortet die Chats seiner Websites.",
    adminMay: "Sieht alle Websites und ändert Einstellungen und Team.",
    ...{ allSites: "Alle Websites", noSites: "Noch keine Website: sieht keine Chats" },
    ...{ here: "Gerade hier", never: "War noch nie hier" },
    seen: (/** @type {string} */ when) => `Zuletzt gesehen: ${when}`,
    browsers: (/** @type {number} */ n) =>
      n === 1 ? "in 1 Browser angemeldet" : `in ${n} Browsern angemeldet`,
    waits: (/** @type {string} */ until) =>
      `Hat einen Link, der noch nicht benutzt ist; er gilt bis ${until}`,
    change: (/** @type {string} */ name) => `${name} ändern`,
    ...{ invite: "Jemanden einladen", name: "Name", make: "Link anlegen" },
    kept: "Noch nicht gespeichert",
    inviteHint: "Sie erhalten einen Link. Er meldet einen Browser an, einmal, binnen 24 Stunden.",
    email: "E-Mail-Adresse",
    emailHint: "Der Link geht auch dorthin. Ohne Adresse senden Sie ihn selbst.",
    mailed: (/** @type {string} */ email) => `Er ist unterwegs an ${email}.`,
    noSite: "Bitte wählen Sie mindestens eine Website.",
    renew: "Neuer Link",
    renewHint: "Für ein neues Gerät, oder wenn der Link verloren ging. Ein älterer endet.",
    signOut: "Dabei überall abmelden",
    ...{ remove: "Aus dem Team entfernen", sure: "Jetzt entfernen?" },
    removeHint: "Anmeldungen, Links und Token enden sofort. Was geschrieben wurde, bleibt.",
    linkFor: (/** @type {string} */ name) => `Link für ${name}`,
    once: (/** @type {string} */ until) =>
      `Senden Sie ihn jetzt: Er wird nur dieses Mal gezeigt. Er gilt einmal, bis ${until}.`,
    ownLogin: "Die Anmeldung Ihres Teams meldet diese Person an und gibt den Rang.",
    yourself: "Links für Ihre eigenen Geräte gibt es auf der Seite Ihres Kontos.",
    open: "Hier meldet sich niemand an: SECRET_KEY ist nicht gesetzt. Danach laden Sie hier ein.",
  },
});

// @ts-check

export const en = {
  ...{
    parts: "Parts of the settings",
    sites: "Sites",
    team: "Team",
    start: "First steps",
  },
  sitesHint: "Each website has a chat of its own, with its own looks, words and members.",
  ...{ newSite: "New site", newName: "Name of the new site", make: "Add site" },
  ...{ archived: "Archived", back: "All sites", unnamed: "Site", anyOrigin: "All origins" },
  ...{ install: "Put it on your website", onlyKey: "Public key", copy: "Copy" },
  installHint: "This line goes before </body> of each page. The chat's button then shows there.",
  originsMissing:
    "No website may use this chat yet. Add the address of yours under “Allowed origins”.",
  /** @type {Record<string, string[]>} */
  recipes: {
    "Plain HTML": [
      "Open the file or the template of your pages.",
      "Paste the line before </body>.",
    ],
    WordPress: [
      "Install a plugin for header and footer code, such as WPCode.",
      "Paste the line into its field for the footer, and save.",
    ],
    Shopify: [
      "Online Store → Themes → ⋯ → Edit code → theme.liquid.",
      "Paste the line before </body>, and save.",
    ],
    "Google Tag Manager": [
      "New tag → Custom HTML. Paste what stands below: Tag Manager drops attributes of scripts.",
      "Choose the trigger “All Pages”, save and publish.",
    ],
  },
  ...{ general: "General", looks: "Looks", words: "Words", privacy: "Privacy", limits: "Limits" },
  ...{ closing: "Closing", afterADay: "After a day", never: "Never" },
  afterClosing: { reopen: "The chat opens again", new: "A new chat begins" },
  ...{ answering: "Answers and hours", week: "These hours", alwaysOpen: "Always" },
  modes: {
    always: "The assistant answers, until a person does",
    when_away: "The assistant answers while nobody is here",
    never: "Only people answer",
  },
  byDefault: (/** @type {string} */ value) => `If nothing is set: ${value}`,
  ...{ closedDay: "closed", propose: "Propose holidays", country: "Country", region: "Region" },
  proposed: (/** @type {number} */ n) => `${n} added. They are yours to change.`,
  fields: {
    ...{ answering_mode: "Who answers", "hours.kind": "When the team is there" },
    special_days: "Other hours on some dates",
    ...{ name: "Name", origins: "Allowed origins", locale: "Language", time_zone: "Time zone" },
    ...{ "theme.accent": "Colour", "theme.position": "Side", "theme.theme": "Light or dark" },
    ...{ title: "Title", greeting: "Greeting", label: "Name of the button" },
    ...{ placeholder: "Text in the empty field", privacy_url: "Link to the privacy policy" },
    ...{ consent: "Line about privacy", tokens_per_day: "Tokens a day" },
    ...{ tokens_per_chat: "Tokens a chat", close_after: "Close after so many idle minutes" },
    hand_back_after: "Let the assistant answer again after so many minutes of silence",
    after_closing: "Somebody writes in a closed chat",
  },
  hints: {
    answering_mode: "Without a key for a model, the assistant only says back what it is told.",
    week: "Such as 9:00-12:30, 13:30-18:00, in the site's time zone. An empty day is closed.",
    special_days:
      "A date on each line, its hours and its name: 2026-12-24 9:00-12:00 Christmas Eve. Without hours it is closed.",
    origins: "One a line, such as https://shop.example",
    time_zone: "Such as Europe/Berlin",
    close_after: "A chat in which somebody waits for a person stays open. 0 is never.",
    hand_back_after: "They are counted while a visitor waits in the chat of a person. 0 is never.",
    after_closing: "People whom your website signs in keep one chat, which opens again.",
    tokens_per_day: "They hold beside the limits of the installation. 0 is no limit.",
  },
  ...{ pick: "Pick a colour", wordsIn: "Words in", languages: { en: "English", de: "Deutsch" } },
  sides: { left: "Left", right: "Right" },
  themes: { light: "Light", dark: "Dark", auto: "As the visitor's device" },
  fromEnvironment: (/** @type {string} */ value) => `From the environment: ${value}`,
  fromWidget: (/** @type {string} */ value) => `If nothing is set: ${value}`,
  ...{ fromBrowser: "The visitor's browser decides", itsBlue: "its own blue" },
  ...{
    notSet: "Not set",
    noLimit: "no limit",
    noOrigin: "none",
    inherit: "Reset",
    setHere: "Set here.",
  },
  todayHere: (/** @type {string} */ used, /** @type {string} */ limit) =>
    `Today, on this site: ${used} tokens; its own limit: ${limit}.`,
  today: (/** @type {string} */ used, /** @type {string} */ limit) =>
    `On all sites together: ${used} tokens; the installation's limit: ${limit}.`,
  spentMost: "More than 80 % of the site's limit is spent.",
  spentAll: "The site's limit is spent: its chats wait for a person.",
  ...{ preview: "Preview", unsaved: "Not saved yet", save: "Save", saved: "Saved" },
  ...{ discard: "Discard", stay: "Stay here", saveFirst: "Save and go on" },
  leaving: "You have changes that are not saved.",
  kept: "These changes were kept in this browser. They are not saved yet.",
  conflict: (/** @type {string} */ what) =>
    `Somebody else has changed this site meanwhile: ${what}. Your changes are still here. Save them over it, or discard them.`,
  other: "something else",
  ...{ members: "Members", you: "You", agent: "Agent", admin: "Admin" },
  membersHint: "Agents see the chats of their sites. Admins see all sites.",
  noMembers: "Nobody yet: only admins see this site's chats.",
  ...{ addMember: "Add an agent", add: "Add", remove: "Remove", sure: "Remove now?" },
  choose: "Choose somebody",
  archive: "Archive",
  archiveHint: "No chat begins on an archived site, and its button is not shown. Chats stay.",
  ...{ archiveSure: "Archive now?", restore: "Restore", isArchived: "This site is archived." },
};

/** @typedef {typeof en} SettingsTexts */

// @ts-check

export const en = {
  ...{ title: "Settings", parts: "Parts of the settings", sites: "Sites", team: "Team" },
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
  fields: {
    ...{ name: "Name", origins: "Allowed origins", locale: "Language", time_zone: "Time zone" },
    ...{ "theme.accent": "Colour", "theme.position": "Side", "theme.theme": "Light or dark" },
    ...{ title: "Title", greeting: "Greeting", label: "Name of the button" },
    ...{ placeholder: "Text in the empty field", privacy_url: "Link to the privacy policy" },
    ...{ consent: "Line about privacy", tokens_per_day: "Tokens a day" },
    tokens_per_chat: "Tokens a chat",
  },
  hints: {
    origins: "One a line, such as https://shop.example",
    time_zone: "Such as Europe/Berlin",
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
  today: (/** @type {string} */ used, /** @type {string} */ limit) =>
    `Today, on all sites together: ${used} tokens; the installation's limit: ${limit}.`,
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
  everybody: "Everybody who can be added is here already.",
  archive: "Archive",
  archiveHint: "No chat begins on an archived site, and its button is not shown. Chats stay.",
  ...{ archiveSure: "Archive now?", restore: "Restore", isArchived: "This site is archived." },
  ...{ allSites: "All sites", noSites: "No site yet", sitesOf: "Sites of" },
  teamHint: "Who answers visitors, and on which sites.",
  lastActive: (/** @type {string} */ when) => `Last active: ${when}`,
  inviting: "Invite somebody",
  invitingHint:
    "Links, ranks and removal are at the server's command line today. Who was added shows here.",
};

/** @typedef {typeof en} SettingsTexts */

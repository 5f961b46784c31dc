// @ts-check
/** Every panel of the console, one a line. `panels.js` says what a panel can be. */
export { visitor } from "./visitor.js";
export { contacts } from "./contacts.js";
export { settings } from "./settings.js";
export { assignment } from "./assignment.js";
export { priority } from "./priority.js";
export { snooze } from "./snooze.js";
export { canned } from "./canned.js";
export { macros } from "./macros.js";
export { tags } from "./tags.js";
export { transcript } from "./transcript.js";
export { unread } from "./unread.js";
export { visit } from "./visit.js";
export { reply } from "./reply.js";
export { notes } from "./notes.js";
export { formatting } from "./formatting.js";
export { profile } from "./profile.js";
export { away } from "./away.js";
export { keys } from "./keys.js";
export { notices } from "./notices.js";
export { rules } from "./rules.js";
export { sessions } from "./sessions.js";
export { devices } from "./devices.js";
export { tokens } from "./tokens.js";

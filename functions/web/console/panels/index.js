// @ts-check
/** Every panel of the console, one a line. `panels.js` says what a panel can be. */
export { visitor } from "./visitor.js";
export { contacts } from "./contacts.js";
export { settings } from "./settings.js";
export { visit } from "./visit.js";
export { reply } from "./reply.js";
export { formatting } from "./formatting.js";
export { profile } from "./profile.js";
export { keys } from "./keys.js";
export { sessions } from "./sessions.js";
export { devices } from "./devices.js";
export { tokens } from "./tokens.js";

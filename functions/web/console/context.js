// @ts-check

/**
 * What the parts of the console, and with them every panel, use of it.
 * @typedef {object} Context
 * @property {import("../client/manager.js").ManagerClient} client
 * @property {import("../client/types.js").Me} me
 * @property {import("../view/format.js").Format} format
 * @property {import("./ahead.js").Ahead | null} ahead
 * @property {import("./route.js").Route} route
 * @property {import("./drafts.js").Drafts} drafts
 * @property {import("./preferences.js").Preferences} preferences
 * @property {import("./commands.js").Commands} commands
 * @property {import("./alerts.js").Alerts} alerts
 * @property {import("./toast.js").Toast} toast
 * @property {import("./undo.js").Undo} undo changes chats, with a way back
 * @property {() => import("./presence.js").Presence} presence who is online
 * @property {(place: Partial<import("./route.js").Place>) => void} go show another room or view
 * @property {(room: string) => void} enter show a room whose address somebody else sets
 * @property {(chatId: string) => void} choose open a chat
 * @property {() => void} details show what is known about the chat, or hide it again
 * @property {() => () => void} moveOn the open chat is about to leave the list: what comes next is
 *   noted, and gone to by what this gives, if that chat is still open by then
 * @property {(chats: import("../client/types.js").ChatSummary[]) => void} learn newer summaries
 * @property {(type: string, hear: (frame: import("../client/types.js").ManagerFrame) => void) =>
 *   void} on be told of the frames of a type
 * @property {() => void} changed draw everything soon
 * @property {(why: string) => void} failed say for a moment what failed
 * @property {() => void} help show all keys
 * @property {() => void} signOut
 */

export {};

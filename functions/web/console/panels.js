// @ts-check
import * as registered from "./panels/index.js";
/** @import { ChatSummary, Message } from "../client/types.js" */
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Outboxes } from "../client/outboxes.js" */
/** @import { Composer } from "../view/composer.js" */
/** @import { Command } from "./commands.js" */
/** @import { Context } from "./context.js" */
/** @import { Entry } from "./rail.js" */
/** @import { Place } from "./route.js" */
/** @import { Act } from "../view/thread.js" */

/**
 * A part of the page under a title.
 * @typedef {object} Section
 * @property {string} title
 * @property {HTMLElement} element
 * @property {boolean} [hidden]
 * @property {() => void} [moved] somebody comes to the page that it is a part of
 *
 * A way to write into a chat, as a tab of the composer.
 * @typedef {object} Tab
 * @property {string} name
 * @property {string} title
 * @property {string} [placeholder]
 * @property {boolean} [answers] the visitor gets it, and sees that somebody types
 * @property {(text: string) => void} send
 * @property {(text: string) => boolean} [holds] whether a text is not to be sent yet
 * @property {(field: HTMLTextAreaElement, composer: Composer) => HTMLElement} [help] what stands above
 *   where one writes
 *
 * Where one writes, for a tool beside it.
 * @typedef {object} Writing
 * @property {HTMLTextAreaElement} field
 * @property {(before: string, after?: string) => void} wrap put these around what is selected
 *
 * Something beside the messages of a chat.
 * @typedef {import("../view/thread.js").Beside} Beside
 *
 * A place of its own, with an entry in the rail and an address.
 * @typedef {object} Room
 * @property {HTMLElement} element with `tabindex`: the keyboard goes there
 * @property {(place: Place) => void} [moved] the address changed
 * @property {() => void} [draw]
 * @property {(goOn: () => void) => boolean} [holds] ask before somebody leaves; then they go on
 *
 * What a capability shows. It fills the slots that it needs, each with a function.
 * @typedef {object} Panel
 * @property {number} order where it stands among the others
 * @property {Entry & {make: (context: Context) => Room}} [room]
 * @property {(context: Context) => Section & {draw: (chat: ChatSummary) => void}} [details]
 * @property {(context: Context) => Section} [account]
 * @property {(context: Context, opened: OpenChat) => Tab} [tab]
 * @property {(context: Context, writing: Writing) => HTMLElement} [tool]
 * @property {(context: Context, opened: OpenChat) => {items: () => Beside[]}} [between]
 * @property {(context: Context, opened: OpenChat) => (message: Message) => Act[]} [acts] what one can
 *   do with a message
 * @property {(context: Context) => Command[]} [commands]
 * @property {(context: Context) => Outboxes} [unsent] what is lost, if one signs out before it is sent
 * @property {Record<string, string>} [notices] what the log calls the kinds of its notices
 */

/** @type {Panel[]} */
export const PANELS = Object.values(registered).sort((a, b) => a.order - b.order);

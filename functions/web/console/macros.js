// @ts-check
import { attempt } from "./failing.js";
import { load } from "./later.js";
import { ofPage } from "./of_page.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Context } from "./context.js" */

/**
 * What a step names. Without a name it is not there any more.
 * @typedef {{id: string, name?: string, site?: string}} Named
 *
 * @typedef {object} Macro
 * @property {string} id
 * @property {string} name
 * @property {string} [text]
 * @property {Named[]} tags
 * @property {{assignee?: Named, team?: Named}} [assign]
 * @property {"hour" | "evening" | "tomorrow" | "monday" | "writes"} [snooze]
 * @property {boolean} closes
 * @property {string} [site] whose it is; without a site and a team one's own
 * @property {string} [team]
 * @property {boolean} editable
 */

/** The console's macros. */
export const macrosOf = ofPage((context) => new Macros(context));

/** Runs macros in the chat that is open. */
export class Macros {
  #context;
  /** The chat that was opened last. @type {OpenChat | undefined} */
  opened;
  /** @type {import("./macro_dialog.js").MacroDialog | undefined} */
  #dialog;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** The chat, while it is open here. */
  get shown() {
    const here = this.opened?.chat.chatId === this.#context.route.place.chat;
    return here ? this.opened : undefined;
  }

  /** Show what a macro does, and let it be run; without one, let one be chosen. @param {Macro} [macro] */
  async open(macro) {
    const opened = this.shown;
    if (!opened) return;
    const parts = await attempt(this.#context, () => load("macro_box.js"));
    // Somebody may have gone to another chat meanwhile.
    if (!parts || opened !== this.shown) return;
    this.#dialog ??= new parts.MacroDialog(this.#context);
    this.#dialog?.open(opened, macro);
  }
}

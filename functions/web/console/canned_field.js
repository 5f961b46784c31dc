// @ts-check
import { h, icon, say } from "../view/dom.js";
import { cannedOf } from "./canned.js";
import { texts } from "./canned_texts.js";
import { macrosOf } from "./macros.js";
import { MOST, Suggesting } from "./suggesting.js";
import { filled, unfilled } from "./variables.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Context } from "./context.js" */

const BEGUN = /(?:^|\s)\/([^\s/]{0,40})$/u;

// So many are offered behind what one types.
const MACROS = 2;

/** `/` in a reply: choose what was written before, and see what is left to be filled in. */
export class CannedField {
  #canned;
  #macros;
  #opened;
  #warns = h("p", { class: "unfilled", role: "status" });
  /** A text that was held back once. */
  #held = "";

  /** @param {Context} context @param {OpenChat} opened */
  constructor(context, opened) {
    this.#canned = cannedOf(context);
    this.#macros = macrosOf(context);
    this.#macros.opened = opened;
    this.#opened = opened;
  }

  /** What stands above where one writes. @param {HTMLTextAreaElement} field */
  help(field) {
    const canned = this.#canned;
    const chat = () => this.#opened.chat.summary;
    /** @type {Suggesting<import("./canned.js").Reply | import("./macros.js").Macro>} */
    const list = new Suggesting(field, {
      ...{ name: "canned", title: texts.replies, begun: BEGUN },
      find(wanted) {
        void canned.ask().then((came) => came && document.activeElement === field && list.look());
        // Of the replies so many that some macros are seen, too.
        const macros = canned.findMacros(wanted, chat()).slice(0, MACROS);
        return [...canned.find(wanted, chat()).slice(0, MOST - macros.length), ...macros];
      },
      draw: (one) =>
        "shortcut" in one
          ? [h("bdi", {}, h("b", {}, `/${one.shortcut} `), one.text.slice(0, 100))]
          : [icon("spark"), h("bdi", {}, h("b", {}, `${one.name} `), one.text?.slice(0, 80))],
      // A macro writes nothing here: it says first what it does.
      text: (one) => ("shortcut" in one ? filled(one.text, canned.values(chat())) : ""),
      written: (one) => ("shortcut" in one ? this.#select(field) : void this.#macros.open(one)),
    });
    // They are there before the first `/` is written.
    field.addEventListener("focus", () => void canned.ask());
    field.addEventListener("input", () => {
      this.#held = "";
      if (unfilled(field.value).length === 0) say(this.#warns, "");
    });
    return h("div", { class: "above" }, list.element, this.#warns);
  }

  /** Mark the first of what is left. @param {HTMLTextAreaElement} field */
  #select(field) {
    const [first, ...others] = unfilled(field.value);
    if (first === undefined) return;
    const at = field.value.indexOf(first);
    field.setSelectionRange(at, at + first.length);
    say(this.#warns, texts.open([first, ...others].join(", ")));
  }

  /** Whether a text is not sent yet: nobody has seen that something is left. @param {string} text */
  holds(text) {
    const left = unfilled(text);
    if (left.length === 0 || this.#held === text) {
      say(this.#warns, "");
      return false;
    }
    this.#held = text;
    say(this.#warns, texts.held(left.join(", ")));
    return true;
  }
}

// @ts-check
import { h, say } from "../view/dom.js";
import { cannedOf } from "./canned.js";
import { texts } from "./canned_texts.js";
import { Suggesting } from "./suggesting.js";
import { filled, unfilled } from "./variables.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Context } from "./context.js" */

const BEGUN = /(?:^|\s)\/([^\s/]{0,40})$/u;

/** `/` in a reply: choose what was written before, and see what is left to be filled in. */
export class CannedField {
  #canned;
  #opened;
  #warns = h("p", { class: "unfilled", role: "status" });
  /** A text that was held back once. */
  #held = "";

  /** @param {Context} context @param {OpenChat} opened */
  constructor(context, opened) {
    this.#canned = cannedOf(context);
    this.#opened = opened;
  }

  /** What stands above where one writes. @param {HTMLTextAreaElement} field */
  help(field) {
    const canned = this.#canned;
    const chat = () => this.#opened.chat.summary;
    /** @type {Suggesting<import("./canned.js").Reply>} */
    const list = new Suggesting(field, {
      ...{ name: "canned", title: texts.replies, begun: BEGUN },
      find(wanted) {
        void canned.ask().then((came) => came && document.activeElement === field && list.look());
        return canned.find(wanted, chat());
      },
      draw: ({ shortcut, text }) => [h("bdi", {}, h("b", {}, `/${shortcut} `), text.slice(0, 100))],
      text: ({ text }) => filled(text, canned.values(chat())),
      written: () => this.#select(field),
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

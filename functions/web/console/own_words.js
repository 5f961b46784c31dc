// @ts-check
import { Problem } from "../client/http.js";
import { h } from "../view/dom.js";
import { quoted } from "./quoted.js";
import { sureButton } from "./sure.js";
import { own, texts as common } from "./texts.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Message } from "../client/types.js" */
/** @import { Composer } from "../view/composer.js" */
/** @import { Act } from "../view/thread.js" */
/** @import { Context } from "./context.js" */

// As the server has it.
const CHANGEABLE = 15 * 60_000;

const texts = own({
  en: {
    quote: "Quote",
    edit: "Edit",
    remove: "Delete",
    sure: "Really delete?",
    editing: "You are editing a message. Enter saves, Esc leaves",
  },
  de: {
    quote: "Zitieren",
    edit: "Bearbeiten",
    remove: "Löschen",
    sure: "Wirklich löschen?",
    editing: "Sie bearbeiten eine Nachricht. Enter speichert, Esc verlässt",
  },
});

/** @type {WeakMap<OpenChat, OwnWords>} */
const known = new WeakMap();

/** @param {Context} context @param {OpenChat} opened */
export function wordsOf(context, opened) {
  const words = known.get(opened) ?? new OwnWords(context, opened);
  known.set(opened, words);
  return words;
}

/** What a manager does with messages: quote them, and for a while edit or delete their own. */
class OwnWords {
  #context;
  #opened;
  /** @type {Composer | null} */
  #composer = null;
  #bar = h("p", { class: "editing", hidden: true, role: "status" });
  #seq = 0;
  /** What the message was when its text came into the field. */
  #rev = 0;
  #busy = false;

  /** @param {Context} context @param {OpenChat} opened */
  constructor(context, opened) {
    this.#context = context;
    this.#opened = opened;
  }

  /** A message is being edited. */
  get edits() {
    return this.#seq > 0;
  }

  /** What one can do with a message. @param {Message} message @returns {Act[]} */
  acts(message) {
    if (!isQuotable(message)) return [];
    const quote = { title: texts.quote, run: () => this.#quote(message), apart: true };
    if (!this.#isChangeable(message)) return [quote];
    return [
      quote,
      { title: texts.edit, run: () => this.#edit(message) },
      { title: texts.remove, run: () => this.#edit(message, true) },
    ];
  }

  /**
   * What stands above where one writes.
   * @param {HTMLElement} help what is there beside it
   * @param {Composer} composer
   */
  above(help, composer) {
    this.#composer = composer;
    // Before the console's own keys: Esc leaves the message, and not the field.
    composer.field.addEventListener("keydown", (event) => this.#key(event));
    return h("div", { class: "above" }, this.#bar, help);
  }

  /** Store the edited text. @param {string} text */
  async save(text) {
    const seq = this.#seq;
    await this.#change("PATCH", seq, { text, rev: this.#rev });
  }

  /** @param {Message} message */
  #isChangeable({ role, kind, state, author, broadcast_id, created_at: at }) {
    if (role !== "manager" || kind !== "text" || state === "erased" || broadcast_id) return false;
    return author?.id === this.#context.me.id && Date.now() - Date.parse(at) < CHANGEABLE;
  }

  get #last() {
    const { messages } = this.#opened.chat.transcript;
    return messages.findLast((one) => this.#isChangeable(one));
  }

  /** Put a message in front of what is written, as markdown quotes. @param {Message} message */
  #quote(message) {
    this.#show();
    this.#composer?.before(`${quoted(message.text)}\n\n`);
  }

  /** One writes where the visitor reads it. */
  #show() {
    const panel = this.#composer?.field.closest("[role=tabpanel]");
    if (panel instanceof HTMLElement && panel.hidden) {
      document.getElementById(panel.getAttribute("aria-labelledby") ?? "")?.click();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey && event.code === "KeyQ" && !event.ctrlKey && !event.metaKey) {
      const { messages } = this.#opened.chat.transcript;
      const last = messages.findLast((one) => one.role === "user" && isQuotable(one));
      event.preventDefault();
      if (last) this.#quote(last);
      return;
    }
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
    const { key } = event;
    const isEmpty = this.#composer?.field.value === "";
    if (this.edits && key === "Escape") this.#leave();
    else if (this.edits && key === "Enter" && isEmpty) this.#ask();
    else if (!this.edits && key === "ArrowUp" && isEmpty && this.#last) this.#edit(this.#last);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Message} message @param {boolean} [asks] whether it is to be deleted */
  #edit(message, asks = false) {
    this.#show();
    this.#seq = message.seq;
    this.#rev = message.rev;
    const remove = sureButton(texts.remove, texts.sure, () => this.#change("DELETE", message.seq));
    const cancel = h("button", { type: "button", class: "quiet" }, common.cancel);
    cancel.onclick = () => this.#leave();
    this.#bar.replaceChildren(h("span", {}, texts.editing), remove, cancel);
    this.#bar.hidden = false;
    this.#composer?.element.classList.add("lent");
    this.#composer?.lend(message.text);
    if (asks) this.#ask();
  }

  get #remover() {
    return this.#bar.querySelector("button");
  }

  /** The first press asks, the second one deletes. */
  #ask() {
    this.#remover?.focus();
    this.#remover?.click();
  }

  #leave() {
    this.#seq = 0;
    this.#bar.hidden = true;
    this.#composer?.element.classList.remove("lent");
    this.#composer?.back();
  }

  /** What is typed while it is saved would be lost. @param {boolean} busy */
  #isBusy(busy) {
    this.#busy = busy;
    if (this.#composer) this.#composer.field.readOnly = busy;
  }

  /**
   * @param {"PATCH" | "DELETE"} method
   * @param {number} seq
   * @param {{text: string, rev: number}} [body]
   */
  async #change(method, seq, body) {
    if (this.#busy) return;
    this.#isBusy(true);
    const { chat } = this.#opened;
    const path = `manager/chats/${encodeURIComponent(chat.chatId)}/messages/${seq}`;
    try {
      const message = await this.#context.client.call(path, { method, body });
      chat.apply({ ...message, type: "message" });
      if (this.#seq === seq) this.#leave();
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // The newest text stands above: who saves once more has seen it.
      this.#rev = chat.transcript.messages.find((one) => one.seq === seq)?.rev ?? this.#rev;
      this.#context.failed(error.message || common.unreachable);
    } finally {
      this.#isBusy(false);
    }
  }
}

/** @param {Message} message */
const isQuotable = ({ kind, state }) => kind === "text" && state !== "erased";

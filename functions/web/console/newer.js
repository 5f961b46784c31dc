// @ts-check
import { h, say } from "../view/dom.js";
import { own } from "./texts.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Composer } from "../view/composer.js" */

const texts = own({
  en: { asks: "A colleague has just answered. Send anyway?", anyway: "Send anyway", back: "Back" },
  de: {
    ...{ asks: "Gerade hat jemand aus dem Team geantwortet. Trotzdem senden?" },
    ...{ anyway: "Trotzdem senden", back: "Zurück" },
  },
});

/** @param {() => void} anyway @param {() => void} back */
function choices(anyway, back) {
  const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
    h("button", { type: "button", class: "quiet", onclick }, text);
  return [button(texts.anyway, anyway), " ", button(texts.back, back)];
}

/** A text was not sent: a colleague had answered before it. It stands where one writes, under this. */
export class Newer {
  #opened;
  #composer;
  #question = h("p", {});
  #choices;

  /** @param {OpenChat} opened @param {() => Composer | undefined} composer where one replies */
  constructor(opened, composer) {
    this.#opened = opened;
    this.#composer = composer;
    this.#choices = choices(
      () => this.#anyway(),
      () => this.#back(),
    );
    this.element = h("div", { class: "newer", role: "alert", hidden: true }, this.#question);
    this.element.append(...this.#choices);
    this.element.onkeydown = (event) => this.key(event);
  }

  /** A text came back. @param {string} text @returns {boolean} whether it is asked about here */
  asks(text) {
    const composer = this.#composer();
    // What is written now is about something else.
    if (!composer || composer.lent || composer.field.value.trim()) return false;
    if (!composer.restore(text)) return false;
    this.element.hidden = false;
    say(this.#question, texts.asks);
    return true;
  }

  /** Whether the text waits for the answer. The keyboard goes to it then. */
  holds() {
    if (this.element.hidden || this.#opened.anyway || this.#composer()?.lent) return false;
    /** @type {HTMLElement} */ (this.#choices[0]).focus();
    return true;
  }

  /** The text is another one, or goes. */
  end() {
    this.element.hidden = true;
    say(this.#question, "");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" || this.element.hidden) return;
    event.preventDefault();
    event.stopPropagation();
    this.#back();
  }

  #anyway() {
    // The text waits behind another one that is being edited.
    if (this.#composer()?.lent) return this.#composer()?.focus();
    this.#opened.anyway = true;
    const sent = this.#composer()?.submit();
    this.#opened.anyway = false;
    if (sent) this.end();
    else this.#composer()?.focus();
  }

  #back() {
    this.end();
    this.#composer()?.focus();
  }
}

/**
 * The same for a text that is among the messages: its chat was not open, or other text is written.
 * @param {OpenChat} opened
 * @param {string} id of the text
 * @param {() => Composer | undefined} composer
 */
export function newerMark(opened, id, composer) {
  const { outbox } = opened;
  const back = () => {
    const text = outbox.unsent.find((one) => one.client_id === id)?.text ?? "";
    // First it is kept there.
    if (!composer()?.restore(text)) return;
    outbox.discard(id);
    composer()?.focus();
  };
  const buttons = choices(() => outbox.again(id), back);
  return h("p", { class: "mark failed", role: "alert" }, `${texts.asks} `, ...buttons);
}

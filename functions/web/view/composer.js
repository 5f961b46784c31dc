// @ts-check
import { h, icon, say } from "./dom.js";

// As the server counts: code points, and bytes of UTF-8.
const MOST = 8_000;
const MOST_BYTES = 24_000;
const TELL_FROM = 500;
// To measure and to draw more than this makes a page slow; nobody can send it anyway.
const MOST_TO_HOLD = 2 * MOST;
// A composition's key: Safari ends the composition before it sends the key.
const COMPOSING = 229;

/**
 * @typedef {object} ComposerTexts
 * @property {string} write
 * @property {string} send
 * @property {string} stop
 * @property {(characters: number) => string} left
 * @property {string} tooLong a text was refused: it is much too long
 *
 * @typedef {object} ComposerEvents
 * @property {(text: string) => void} send
 * @property {(text: string) => boolean} [holds] whether a text is not to be sent yet
 * @property {() => void} typing
 * @property {() => void} stop
 */

/** What sends: Enter does, Shift and Enter begins a line. @param {KeyboardEvent} event */
const byEnter = (event) => !event.shiftKey;

/** Where one writes. */
export class Composer {
  #events;
  #texts;
  #stored;
  #field;
  #send;
  #sends;
  #stop;
  #left = h("p", { class: "left", role: "status" });
  /** What the field held before the last change. */
  #before = "";
  /** What is written here, while the field is lent. @type {string | null} */
  #aside = null;

  /**
   * @param {ComposerTexts} texts
   * @param {string} placeholder
   * @param {import("../client/storage.js").StoredValue<string>} stored where an unsent text is kept
   * @param {ComposerEvents} events
   * @param {(event: KeyboardEvent) => boolean} [sends] whether Enter, with what is held, sends
   */
  constructor(texts, placeholder, stored, events, sends = byEnter) {
    this.#texts = texts;
    this.#sends = sends;
    this.#events = events;
    this.#stored = stored;
    this.#field = h("textarea", {
      rows: "1",
      placeholder: placeholder || texts.write,
      "aria-label": placeholder || texts.write,
      dir: "auto",
      enterkeyhint: "send",
      oninput: () => this.#typed(),
      onbeforeinput: (/** @type {InputEvent} */ event) => this.#given(event),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    });
    this.#send = h(
      "button",
      { class: "round send", type: "submit", "aria-label": texts.send, title: texts.send },
      icon("send"),
    );
    this.#stop = h(
      "button",
      {
        class: "round stop",
        type: "button",
        "aria-label": texts.stop,
        title: texts.stop,
        hidden: true,
        onclick: () => events.stop(),
      },
      icon("stop"),
    );
    this.row = h("div", { class: "field" }, this.#field, this.#stop, this.#send);
    this.element = h("form", { class: "composer" }, this.row, this.#left);
    this.element.onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    const kept = stored.read();
    if (typeof kept === "string") this.#field.value = kept.slice(0, MOST_TO_HOLD);
    this.#fit();
  }

  /**
   * A file that is given to an element is not opened in place of the page.
   * @param {HTMLElement} on
   * @param {string} answer
   */
  catchFiles(on, answer) {
    /** @param {Event} event @param {DataTransfer | null} data */
    const refuse = (event, data) => {
      if (!data?.types.includes("Files") || data.types.includes("text/plain")) return;
      event.preventDefault();
      this.#say(answer);
    };
    on.addEventListener("paste", (event) => refuse(event, event.clipboardData));
    for (const name of /** @type {const} */ (["dragover", "drop"])) {
      on.addEventListener(name, (event) => refuse(event, event.dataTransfer));
    }
  }

  focus() {
    this.#field.focus({ preventScroll: true });
  }

  /** @param {boolean} writing an answer is being written */
  showStop(writing) {
    if (this.#stop.hidden === !writing) return;
    const focused = !writing && this.#stop.matches(":focus");
    this.#stop.hidden = !writing;
    if (focused) this.focus();
  }

  /** @param {boolean} possible */
  enable(possible) {
    this.#field.disabled = !possible;
    this.#fit();
  }

  /** Refuse what is much too long before the page has to draw it. @param {InputEvent} event */
  #given(event) {
    const text = event.data ?? event.dataTransfer?.getData("text/plain") ?? "";
    if (this.#field.value.length + text.length <= MOST_TO_HOLD) return;
    event.preventDefault();
    this.#say(this.#texts.tooLong);
  }

  /** @param {string} text */
  #say(text) {
    say(this.#left, text);
    this.#left.classList.add("over");
  }

  #typed() {
    if (this.#field.value.length > MOST_TO_HOLD) {
      // A script, or a keyboard that tells nothing before.
      this.#field.value = this.#before;
      return this.#say(this.#texts.tooLong);
    }
    if (this.#aside === null) this.#stored.write(this.#field.value || null);
    this.#fit();
    if (this.#field.value.trim() && this.#aside === null) this.#events.typing();
  }

  /** Let something else be written; what is written here waits until `back`. @param {string} text */
  lend(text) {
    this.#aside ??= this.#field.value;
    this.#put(text);
  }

  /** Something else is written here than what the composer is for. */
  get lent() {
    return this.#aside !== null;
  }

  /** What was written before it was lent. */
  back() {
    if (this.#aside === null) return;
    const text = this.#aside;
    this.#aside = null;
    this.#put(text);
  }

  /** @param {string} text */
  #put(text) {
    this.#field.value = text;
    this.#fit();
    this.focus();
    this.#field.setSelectionRange(text.length, text.length);
  }

  /** A key was pressed, perhaps elsewhere. @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Enter" || !this.#sends(event) || isComposing(event)) return;
    if (event.composedPath()[0] !== this.#field) return;
    event.preventDefault();
    this.submit();
  }

  /** Send what is written. Whether it could be. */
  submit() {
    const text = this.#field.value;
    if (!text.trim() || room(text) < 0 || this.#field.disabled) return false;
    if (this.#events.holds?.(text)) return false;
    if (this.#aside !== null) {
      // Whoever has borrowed the field gives it back when the text is stored.
      this.#events.send(text);
      return true;
    }
    this.#field.value = "";
    this.#stored.write(null);
    this.#fit();
    this.focus();
    this.#events.send(text);
    return true;
  }

  /** Put a text back that was not sent, before what is written. Whether there is room for it.
   * @param {string} text
   */
  restore(text) {
    const value = this.#aside ?? this.#field.value;
    const both = value.trim() ? `${text}\n\n${value}` : text;
    if (both.length > MOST_TO_HOLD) return false;
    if (this.lent) this.#aside = both;
    else this.#field.value = both;
    this.#stored.write(both);
    this.#fit();
    return true;
  }

  /** The element in which one writes. */
  get field() {
    return this.#field;
  }

  /** Put something around what is selected. @param {string} before @param {string} [after] */
  wrap(before, after = before) {
    const { selectionStart: start, selectionEnd: end, value } = this.#field;
    const chosen = value.slice(start, end);
    this.focus();
    // Only so it can be undone with the browser's own key.
    const typed = document.execCommand("insertText", false, before + chosen + after);
    if (!typed) this.#field.setRangeText(before + chosen + after, start, end);
    this.#field.setSelectionRange(start + before.length, end + before.length);
    this.#typed();
  }

  /** Put a text in front of what is written. One goes on at the end. @param {string} text */
  before(text) {
    this.#field.setSelectionRange(0, 0);
    this.wrap(text, "");
    const { length } = this.#field.value;
    this.#field.setSelectionRange(length, length);
  }

  #fit() {
    const { value } = this.#field;
    this.#before = value;
    this.#field.style.height = "auto";
    if (value) this.#field.style.height = `${this.#field.scrollHeight}px`;
    const left = room(value);
    this.#send.disabled = !value.trim() || left < 0 || this.#field.disabled;
    say(this.#left, left < TELL_FROM ? this.#texts.left(left) : "");
    this.#left.classList.toggle("over", left < 0);
  }
}

/** Whether a key belongs to the writing of one character. @param {KeyboardEvent} event */
export const isComposing = (event) => event.isComposing || event.keyCode === COMPOSING;

/** How many characters more a message may have. @param {string} text */
export function room(text) {
  if (text.length < MOST / 2) return MOST;
  const bytes = MOST_BYTES - new TextEncoder().encode(text).length;
  return Math.min(MOST - [...text].length, Math.floor(bytes / 3));
}

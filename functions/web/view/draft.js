// @ts-check
import { blocks } from "./blocks.js";

// The server makes no HTML of a longer text.
const LONGEST = 8_000;

/**
 * An answer as it is written, in the form that it will have: what one reads must not jump when
 * the server's HTML takes its place. Only the blocks that changed are made anew.
 */
export class DraftBody {
  /** The source of each child. @type {string[]} */
  #sources = [];
  #element;

  /** @param {HTMLElement} element */
  constructor(element) {
    this.#element = element;
  }

  /** @param {string} text */
  write(text) {
    this.#element.classList.toggle("plain", text.length > LONGEST);
    if (text.length > LONGEST) return this.say(text);
    const found = blocks(text.split("\n"));
    const sources = found.map((one) => one.source.join("\n"));
    let same = 0;
    while (same < sources.length && sources[same] === this.#sources[same]) same++;
    // What is there is a plain text, if there are no sources.
    if (this.#sources.length === 0) this.#element.textContent = "";
    while (this.#element.childNodes.length > same) this.#element.lastChild?.remove();
    this.#element.append(...found.slice(same).map((one) => one.make(0)));
    this.#sources = sources;
  }

  /** A text that is no answer, or is too long to be made into one. @param {string} text */
  say(text) {
    this.#sources = [];
    if (this.#element.textContent !== text) this.#element.textContent = text;
  }
}

// @ts-check
import { storedValue } from "../client/storage.js";
import { chime } from "../view/chime.js";
import { h, icon, set } from "../view/dom.js";
/** @import { Message } from "../client/types.js" */

const BLINK = 1_000;

/** Calls a visitor back who looks at another tab when a person answers: a sound, and the title. */
export class CallBack {
  #stored;
  #texts;
  #on = icon("bell");
  #off = icon("muted");
  /** The newest message of a person that was there; before the first look it is unknown. */
  #last = -1;
  #title = "";
  #ours = "";
  #count = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #blinking;

  /**
   * @param {string} store names what is kept of this widget
   * @param {{sound: string, unread: (n: number) => string}} texts
   */
  constructor(store, texts) {
    this.#texts = texts;
    this.#stored = storedValue("localStorage", `switchboard ${store} sound`);
    const label = { "aria-label": texts.sound, title: texts.sound };
    this.element = h("button", { class: "bare", type: "button", ...label });
    this.element.onclick = () => {
      this.#stored.write(this.#sounds ? "off" : null);
      if (this.#sounds) chime();
      this.#draw();
    };
    this.#draw();
  }

  get #sounds() {
    return this.#stored.read() !== "off";
  }

  #draw() {
    set(this.element, "aria-pressed", String(this.#sounds));
    this.element.replaceChildren(this.#sounds ? this.#on : this.#off);
  }

  /** @param {readonly Message[]} messages @param {boolean} begun they are all there */
  look(messages, begun) {
    if (!document.hidden) this.stop();
    if (!begun) return;
    const said = messages.filter((one) => one.role === "manager" && one.kind === "text");
    const newest = said.at(-1)?.seq ?? 0;
    const fresh = said.filter((one) => one.seq > this.#last);
    const first = this.#last < 0;
    this.#last = Math.max(this.#last, newest);
    if (first || fresh.length === 0 || !document.hidden) return;
    if (this.#sounds) chime();
    this.#count += fresh.length;
    this.#blinking ??= setInterval(() => this.#blink(), BLINK);
    this.#restored();
    this.#blink();
  }

  #blink() {
    if (this.#restored()) return;
    // The page may have another title by now.
    this.#title = document.title;
    this.#ours = this.#texts.unread(this.#count);
    document.title = this.#ours;
  }

  /** Whether our words stood there, and the page's own stand there now. */
  #restored() {
    if (!this.#ours || document.title !== this.#ours) return false;
    document.title = this.#title;
    return true;
  }

  /** The visitor is here again, or the widget is not. */
  stop() {
    if (this.#blinking === undefined) return;
    clearInterval(this.#blinking);
    this.#blinking = undefined;
    this.#restored();
    this.#count = 0;
  }
}

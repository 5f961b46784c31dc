// @ts-check
import { VisitorClient } from "../client/visitor.js";
import { isComposing } from "../view/composer.js";
import { h, icon, perFrame, say, set } from "../view/dom.js";
import { BackButton } from "./back.js";
import { CallBack } from "./call.js";
import { Panel } from "./panel.js";
import { textsIn } from "./texts.js";
/** @import { Options } from "./options.js" */

// What a page does with these it does with its own content.
const KEPT = ["paste", "copy", "cut", "drop", "dragover", "dragenter"];

// After these a site with a router may be on another page; browsers that can say so do.
const MOVES = ["click", "popstate", "pageshow"];
const SETTLED = 500;

/** The visitor's chat behind the button: its client, its panel, and what the button says. */
export class VisitorChat {
  #host;
  #options;
  #button;
  #count = h("span", { class: "count", hidden: true });
  #texts;
  #client;
  #panel;
  #back;
  #call;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #looking;
  #draw = perFrame(() => this.#show());

  /**
   * @param {HTMLElement & {close(): void}} host
   * @param {Options} options
   * @param {HTMLButtonElement} button
   */
  constructor(host, options, button) {
    this.#host = host;
    this.#options = options;
    this.#button = button;
    button.append(icon("fold"), this.#count);
    this.#texts = textsIn(options.lang);
    this.#client = new VisitorClient({
      base: options.server,
      visitor: { name: options.name, email: options.email, locale: options.lang },
      identity: options.identity,
      site: options.site,
      changed: this.#draw,
    });
    this.#call = new CallBack(options.store, this.#texts);
    const close = () => host.close();
    this.#panel = new Panel(this.#client, options, this.#texts, close, this.#call.element);
    this.#back = new BackButton(() => host.close());
    this.element = this.#panel.element;
    this.#panel.thread.scroller.addEventListener("scroll", this.#draw);
    for (const name of KEPT)
      this.element.addEventListener(name, (event) => event.stopPropagation());
  }

  /** Go on with the chat: the element is in the page. */
  resume() {
    for (const name of MOVES) addEventListener(name, this.#look, true);
    /** @type {any} */ (window).navigation?.addEventListener("currententrychange", this.#look);
    this.#look();
    document.addEventListener("visibilitychange", this.#draw);
    this.#client.resume();
    this.#draw();
  }

  /** The element was taken out of the page. */
  pause() {
    for (const name of MOVES) removeEventListener(name, this.#look, true);
    /** @type {any} */ (window).navigation?.removeEventListener("currententrychange", this.#look);
    document.removeEventListener("visibilitychange", this.#draw);
    this.#back.forget();
    this.#call.stop();
    this.#client.pause();
  }

  /** Say where the visitor is. A router changes the address when it is done. */
  #look = () => {
    clearTimeout(this.#looking);
    this.#looking = setTimeout(() => this.#client.at(location.href.split("#")[0]), SETTLED);
  };

  get isOpen() {
    return !this.element.hidden;
  }

  /** @param {boolean} quiet nothing moves, and the focus stays where it is */
  open(quiet) {
    this.element.classList.toggle("still", quiet);
    this.#turn(true);
    this.#panel.thread.toEnd();
    if (!quiet) this.#panel.composer.focus();
    this.#back.opened();
  }

  close() {
    this.#turn(false);
    this.#back.closed();
  }

  /** A key was pressed in the widget. @param {KeyboardEvent} event */
  key(event) {
    if (isComposing(event)) return;
    if (event.key === "Escape" && this.isOpen) this.#host.close();
    else this.#panel.composer.key(event);
  }

  /** @param {boolean} open */
  #turn(open) {
    this.element.hidden = !open;
    set(this.#button, "aria-expanded", open ? "true" : "false");
    set(this.#host, "open", open);
    this.#show();
  }

  #show() {
    this.#panel.show();
    const { transcript } = this.#client.chat ?? {};
    this.#call.look(transcript?.messages ?? [], Boolean(transcript?.begun));
    if (this.isOpen && !document.hidden && this.#panel.thread.atEnd) this.#client.seen();
    const unread = this.isOpen ? 0 : this.#unread();
    this.#count.hidden = unread === 0;
    say(this.#count, unread > 9 ? "9+" : String(unread));
    const label = this.isOpen ? this.#texts.close : this.#options.label || this.#texts.open;
    set(this.#button, "aria-label", unread ? `${label}, ${this.#texts.unread(unread)}` : label);
  }

  #unread() {
    const { chat } = this.#client;
    const texts = chat?.transcript.messages.filter(
      (one) => one.role !== "user" && one.kind === "text" && one.seq > chat.seen("user"),
    );
    return texts?.filter((one) => one.state !== "erased").length ?? 0;
  }
}

// @ts-check
import { VisitorClient } from "../client/visitor.js";
import { h, icon, perFrame, say, set } from "../view/dom.js";
import { read, readableOn } from "./options.js";
import { Panel } from "./panel.js";
import { textsIn } from "./texts.js";

const TAG = "switchboard-chat";

/** The element that holds everything the widget adds to a page. */
class SwitchboardChat extends HTMLElement {
  /** @type {VisitorClient | undefined} */
  #client;
  /** @type {Panel | undefined} */
  #panel;
  #count = h("span", { class: "count", hidden: true });
  #button = h("button", { class: "launcher", type: "button", "aria-expanded": "false" });
  #label = "";
  #texts = textsIn("en");

  /**
   * @param {Record<string, string | undefined>} attributes
   * @param {string[]} sheets
   */
  begin(attributes, sheets) {
    const options = read(attributes);
    this.#texts = textsIn(options.lang);
    this.#label = options.label || this.#texts.open;
    const root = this.#dress(options, sheets);
    const draw = perFrame(() => this.#draw());
    this.#client = new VisitorClient({
      base: options.server,
      visitor: { name: options.name, email: options.email, locale: options.lang },
      identity: options.identity,
      changed: draw,
    });
    this.#panel = new Panel(this.#client, options, this.#texts, () => this.close());
    this.#button.append(icon("chat"), icon("fold"), this.#count);
    this.#button.onclick = () => (this.isOpen ? this.close() : this.open());
    root.append(this.#panel.element, this.#button);
    root.addEventListener("keydown", (event) => {
      if (event instanceof KeyboardEvent && event.key === "Escape" && this.isOpen) this.close();
    });
    this.#panel.thread.scroller.addEventListener("scroll", draw);
    document.addEventListener("visibilitychange", draw);
    this.#client.resume();
    if (options.open) this.open();
    draw();
  }

  get isOpen() {
    return this.#panel ? !this.#panel.element.hidden : false;
  }

  open() {
    this.#turn(true);
    this.#panel?.thread.toEnd();
    this.#panel?.composer.focus();
  }

  close() {
    this.#turn(false);
    this.#button.focus();
  }

  /** @param {boolean} open */
  #turn(open) {
    if (this.#panel) this.#panel.element.hidden = !open;
    set(this.#button, "aria-expanded", open ? "true" : "false");
    set(this, "open", open);
    this.#draw();
  }

  /**
   * @param {import("./options.js").Options} options
   * @param {string[]} sheets
   */
  #dress(options, sheets) {
    const root = this.attachShadow({ mode: "open" });
    // Such sheets are allowed by every Content-Security-Policy a page may have.
    root.adoptedStyleSheets = sheets.map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    this.lang = options.lang;
    set(this, "position", options.position);
    set(this, "theme", options.theme);
    if (options.accent) {
      this.style.setProperty("--accent", options.accent);
      this.style.setProperty("--on-accent", readableOn(options.accent));
    }
    return root;
  }

  #draw() {
    const panel = this.#panel;
    if (!panel) return;
    panel.show();
    if (this.isOpen && !document.hidden && panel.thread.atEnd) this.#client?.seen();
    const unread = this.isOpen ? 0 : this.#unread();
    this.#count.hidden = unread === 0;
    say(this.#count, unread > 9 ? "9+" : String(unread));
    const label = this.isOpen ? this.#texts.close : this.#label;
    set(this.#button, "aria-label", unread ? `${label}, ${this.#texts.unread(unread)}` : label);
  }

  #unread() {
    const chat = this.#client?.chat;
    const texts = chat?.transcript.messages.filter(
      (one) => one.role !== "user" && one.kind === "text" && one.seq > chat.seen("user"),
    );
    return texts?.length ?? 0;
  }
}

/**
 * Put the chat into the page.
 * @param {Record<string, string | undefined>} attributes
 * @param {string[]} sheets
 */
export function show(attributes, sheets) {
  if (document.querySelector(TAG)) return;
  if (!customElements.get(TAG)) customElements.define(TAG, SwitchboardChat);
  const element = /** @type {SwitchboardChat} */ (document.createElement(TAG));
  document.body.append(element);
  element.begin(attributes, sheets);
}

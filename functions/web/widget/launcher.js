// @ts-check
import { accentSheet, read, withPublished } from "./options.js";

const TAG = "switchboard-chat";
const KEYS = /** @type {const} */ (["keydown", "keypress", "keyup"]);
const ICON = "M4 5.5h16v11H10l-4.5 3.5v-3.5H4z";
const PATIENCE = 2_000;
const LABELS = {
  en: ["Open the chat", "The chat cannot be loaded. Try again."],
  de: ["Chat öffnen", "Der Chat lässt sich nicht laden. Bitte noch einmal versuchen."],
};

/**
 * The element that holds everything the widget adds to a page, and its button. It outlives what
 * pages do to their content: it stands beside the body, and comes back when the body around it
 * is taken away. Only who removes the element itself ends the chat, until it is put back.
 */
class SwitchboardChat extends HTMLElement {
  /** Those of this page, one for each site; all others are copies. @type {Map<string, Element>} */
  static mounted = new Map();
  /** @type {import("./options.js").Options | undefined} */
  #options;
  /** @type {import("./chat.js").VisitorChat | null} */
  #chat = null;
  /** @type {Promise<import("./chat.js").VisitorChat | null> | null} */
  #loading = null;
  #wanted = false;
  /** @type {HTMLElement | null} */
  #body = null;
  #button = document.createElement("button");
  #said = document.createElement("p");
  #box = document.createElement("div");

  /**
   * @param {Record<string, string | undefined>} attributes
   * @param {string[]} sheets
   */
  begin(attributes, sheets) {
    const options = read(attributes);
    this.#options = options;
    const root = this.attachShadow({ mode: "open" });
    this.#dress(...sheets, accentSheet(options.accent));
    this.lang = options.lang;
    this.setAttribute("position", options.position);
    this.setAttribute("theme", options.theme);
    this.#build(options);
    root.append(this.#box);
  }

  /** Load the rest, if somebody waits for it. */
  wake() {
    const { store, identity, open } = this.#own;
    const key = `switchboard ${store}`;
    const before = stored("sessionStorage", `${key} open`);
    if (before ? before === "true" : open) void this.open(true);
    else if (identity || stored("localStorage", key) || stored("localStorage", `${key} unsent`)) {
      void this.#load();
    }
  }

  connectedCallback() {
    // A copy of the page, kept by a router or by a browser, holds a copy of the element.
    if (!this.#isMounted) return queueMicrotask(() => this.remove());
    this.#body = document.body;
    for (const name of KEYS) addEventListener(name, this.#key, true);
    this.#chat?.resume();
  }

  disconnectedCallback() {
    if (!this.#isMounted) return;
    // What is only moved is back at once.
    queueMicrotask(() => {
      if (this.isConnected) return;
      if (this.parentNode || document.body !== this.#body) return place(this);
      for (const name of KEYS) removeEventListener(name, this.#key, true);
      this.#chat?.pause();
    });
  }

  get isOpen() {
    return this.#chat?.isOpen ?? false;
  }

  /** @param {boolean} [quiet] it was open on the page before: nothing moves, the focus stays */
  async open(quiet = false) {
    this.#want(true);
    const chat = this.#chat ?? (await this.#load());
    if (chat && this.#wanted) chat.open(quiet);
  }

  close() {
    this.#want(false);
    this.#chat?.close();
    this.#button.focus();
  }

  /** @param {boolean} open */
  #want(open) {
    this.#wanted = open;
    try {
      sessionStorage.setItem(`switchboard ${this.#own.store} open`, String(open));
    } catch {
      // It is closed on the next page.
    }
  }

  get #isMounted() {
    return this.#options && SwitchboardChat.mounted.get(this.#options.store) === this;
  }

  get #own() {
    return /** @type {import("./options.js").Options} */ (this.#options);
  }

  /** @param {import("./options.js").Options} options */
  #build({ label, lang }) {
    const button = this.#button;
    this.#box.className = "box";
    button.className = "launcher";
    button.type = "button";
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-label", label || LABELS[lang][0]);
    button.append(icon());
    button.onclick = () => (this.isOpen ? this.close() : void this.open());
    // Who is about to press it does not wait as long.
    for (const name of ["pointerenter", "focus"]) {
      button.addEventListener(name, () => void this.#load());
    }
    this.#said.className = "said";
    this.#said.setAttribute("role", "status");
    this.#box.append(this.#said, button);
  }

  #load() {
    this.#loading ??= this.#begin().catch((error) => {
      console.warn("The chat could not be loaded.", error);
      this.#loading = null;
      if (this.#wanted) this.#said.textContent = LABELS[this.#own.lang][1];
      return null;
    });
    return this.#loading;
  }

  async #begin() {
    // All of it in one file: see functions/routes/bundles.py.
    const { VisitorChat, sheets } = await import(new URL("open.js", import.meta.url).href);
    this.#dress(...sheets);
    this.#said.textContent = "";
    const chat = new VisitorChat(this, this.#own, this.#button);
    this.#box.prepend(chat.element);
    if (this.isConnected) chat.resume();
    this.#chat = chat;
    return chat;
  }

  /** Such sheets are allowed by every Content-Security-Policy. @param {...string} texts */
  #dress(...texts) {
    const sheets = texts.map((text) => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return sheet;
    });
    const root = /** @type {ShadowRoot} */ (this.shadowRoot);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, ...sheets];
  }

  /** What is typed here is no shortcut of the page. @param {KeyboardEvent} event */
  #key = (event) => {
    if (!event.composedPath().includes(this)) return;
    event.stopImmediatePropagation();
    if (event.type === "keydown") this.#chat?.key(event);
  };
}

/** As in view/dom.js, which comes later. */
function icon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ICON);
  svg.append(path);
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  return svg;
}

/**
 * @param {"localStorage" | "sessionStorage"} where
 * @param {string} key
 */
function stored(where, key) {
  try {
    return window[where].getItem(key);
  } catch {
    return null;
  }
}

/** Put it beside the body, as soon as there is one. @param {Element} element */
function place(element) {
  if (document.body) return document.documentElement.append(element);
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    observer.disconnect();
    place(element);
  }).observe(document, { childList: true, subtree: true });
}

/**
 * Put the chat into the page, once for each site, however often the script runs.
 * @param {Record<string, string | undefined>} attributes
 * @param {string[]} sheets
 */
export async function mount(attributes, sheets) {
  const { store, site, server } = read(attributes);
  if (!customElements.get(TAG)) customElements.define(TAG, SwitchboardChat);
  // Another version of this script may have come first.
  const Element = /** @type {typeof SwitchboardChat} */ (customElements.get(TAG));
  Element.mounted ??= new Map();
  const before = Element.mounted.get(store);
  if (before) {
    if (!before.isConnected) place(before);
    return;
  }
  const element = new Element();
  Element.mounted.set(store, element);
  const published = site ? await settings(server, site) : null;
  // An archived site has no chat.
  if (published?.archived) return void Element.mounted.delete(store);
  element.begin(withPublished(attributes, published), sheets);
  place(element);
  element.wake();
}

/**
 * What was set for a site in the browser. The chat does not wait for it for long.
 * @param {string} server
 * @param {string} site
 */
async function settings(server, site) {
  try {
    const url = new URL(`sites/${site}`, server).href;
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await fetch(url, { credentials: "omit", signal });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

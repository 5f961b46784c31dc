// @ts-check
import { Composer } from "../view/composer.js";
import { h, say, set } from "../view/dom.js";
import { Newer } from "./newer.js";
import { PANELS } from "./panels.js";
import { texts } from "./texts.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Context } from "./context.js" */
/** @import { Tab } from "./panels.js" */

/**
 * @typedef {object} CardActs
 * @property {() => void} stop the running answer
 * @property {() => void} sentAndDone close the chat once what was written is stored
 * @property {() => void} asked something is not sent before the manager says so
 *
 * @typedef {object} Part
 * @property {Tab} tab
 * @property {HTMLElement} button
 * @property {HTMLElement} panel
 * @property {() => Composer} make
 * @property {Composer} [composer] made when its tab is shown first
 */

/** Where a manager writes: a tab for each kind of text, tools, and the ways to send it. */
export class Card {
  #hint = h("p", { class: "hint" });
  /** What an answer changes. */
  #changes = "";
  #tabs;
  #active = 0;
  #newer;
  /** @type {Part[]} */
  #parts;

  /**
   * @param {Context} context
   * @param {OpenChat} opened
   * @param {CardActs} acts
   */
  constructor(context, opened, acts) {
    const tabs = PANELS.flatMap(({ tab }) => (tab ? [tab(context, opened)] : []));
    this.#parts = tabs.map((tab, at) => this.#part(context, opened, acts, tab, at));
    this.#tabs = h(
      "div",
      { class: "card-tabs", role: "tablist", "aria-label": texts.kinds },
      ...this.#parts.map((part) => part.button),
    );
    this.#tabs.onkeydown = (event) => this.#key(event);
    this.#newer = new Newer(opened, () => this.reply);
    opened.returned = (text) => {
      acts.asked();
      return this.#newer.asks(text);
    };
    this.element = h(
      "div",
      { class: "card" },
      h("div", { class: "card-top" }, this.#tabs, this.#hint),
      this.#newer.element,
      ...this.#parts.map((part) => part.panel),
    );
    this.show(0);
  }

  /**
   * @param {Context} context
   * @param {OpenChat} opened
   * @param {CardActs} acts
   * @param {Tab} tab
   * @param {number} at
   * @returns {Part}
   */
  #part(context, opened, acts, tab, at) {
    const [id, labelled] = [`write-${tab.name}`, `tab-${tab.name}`];
    const button = h("button", { type: "button", role: "tab", id: labelled, "aria-controls": id });
    button.append(tab.title);
    button.onclick = () => {
      this.show(at);
      this.focus();
    };
    const named = { role: "tabpanel", id, "aria-labelledby": labelled };
    const panel = h("div", { class: `writing-${tab.name}`, ...named });
    return { tab, button, panel, make: () => this.#composer(context, opened, acts, tab) };
  }

  /**
   * @param {Context} context
   * @param {OpenChat} opened
   * @param {CardActs} acts
   * @param {Tab} tab
   */
  #composer({ drafts, preferences, ...context }, opened, acts, tab) {
    const { chatId } = opened.chat;
    const draft = drafts.of(tab.answers ? chatId : `${chatId} ${tab.name}`);
    const composer = new Composer(
      { ...texts, write: tab.placeholder ?? texts.write },
      "",
      draft,
      {
        ...{ send: tab.send, stop: acts.stop },
        holds: (text) => (tab.answers && this.#newer.holds()) || Boolean(tab.holds?.(text)),
        typing: () => tab.answers && opened.typing(),
      },
      (event) => preferences.sends(event),
    );
    if (tab.answers) {
      composer.field.addEventListener("input", () => this.#newer.end());
      composer.field.addEventListener("keydown", (event) => this.#newer.key(event));
    }
    if (tab.help) composer.field.before(tab.help(composer.field, composer));
    dress(composer, { ...context, drafts, preferences }, acts);
    return composer;
  }

  /** @param {number} at */
  show(at) {
    this.#active = at;
    for (const [n, { button, panel }] of this.#parts.entries()) {
      set(button, "aria-selected", String(n === at));
      set(button, "tabindex", n === at ? "0" : "-1");
      panel.hidden = n !== at;
    }
    this.#showHint();
    const part = this.#parts[at];
    if (!part || part.composer) return;
    part.composer = part.make();
    part.panel.append(part.composer.element);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    this.show((this.#active + step + this.#parts.length) % this.#parts.length);
    this.#parts[this.#active]?.button.focus();
  }

  /** Where the visitor is answered. */
  get reply() {
    return this.#parts.find(({ tab }) => tab.answers)?.composer;
  }

  focus() {
    this.#parts[this.#active]?.composer?.focus();
  }

  /**
   * @param {boolean} pending an answer is
   * @param {string} hint what an answer changes
   */
  draw(pending, hint) {
    for (const { composer } of this.#parts) composer?.showStop(pending);
    this.#changes = hint;
    this.#showHint();
  }

  #showHint() {
    say(this.#hint, this.#parts[this.#active]?.tab.answers ? this.#changes : "");
  }
}

/**
 * The tools, and the second way to send.
 * @param {Composer} composer
 * @param {Context} context
 * @param {CardActs} acts
 */
function dress(composer, context, acts) {
  const writing = {
    field: composer.field,
    wrap: (/** @type {string} */ before, after = before) => composer.wrap(before, after),
  };
  const tools = PANELS.flatMap(({ tool }) => (tool ? [tool(context, writing)] : []));
  const done = () => !composer.lent && composer.submit() && acts.sentAndDone();
  const also = h("button", { type: "button", class: "quiet and-close", onclick: done });
  also.append(texts.sendAndClose);
  composer.field.after(h("div", { class: "tools" }, ...tools), also);
  composer.row.querySelector(".send")?.prepend(h("span", {}, texts.send));
  composer.field.addEventListener("keydown", (event) => {
    const both = (event.ctrlKey || event.metaKey) && event.shiftKey;
    if (event.key !== "Enter" || !both || event.isComposing) return;
    event.preventDefault();
    done();
  });
}

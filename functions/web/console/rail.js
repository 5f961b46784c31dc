// @ts-check
import { h, icon, set } from "../view/dom.js";
import { avatar, paint } from "./avatar.js";
import { shown } from "./commands.js";
import { follow } from "./follow.js";
import { sayCount, texts } from "./texts.js";
/** @import { Context } from "./context.js" */
/** @import { Icon } from "../view/dom.js" */

/**
 * @typedef {object} Entry
 * @property {string} name as it stands in the address
 * @property {Icon} icon
 * @property {string} title
 * @property {boolean} [admin] only admins have it
 * @property {(context: Context) => string} [count] how much is new there, as a text
 *
 * @typedef {object} RailActs
 * @property {() => void} broadcast
 * @property {() => void} help
 * @property {() => void} palette
 */

export const ACCOUNT = "account";

/** Where one can go, and what concerns no single chat. */
export class Rail {
  #account;
  #context;
  #count = h("span", { class: "n" });
  #face;
  /** @type {Map<string, HTMLElement>} */
  #links = new Map();
  /** @type {[HTMLElement, () => string][]} */
  #counts = [];

  /**
   * @param {Context} context
   * @param {Entry[]} entries
   * @param {RailActs} acts
   */
  constructor(context, entries, acts) {
    this.#context = context;
    this.#face = avatar(this.#self);
    const [inbox, ...others] = entries.filter((one) => one.name !== ACCOUNT);
    const links = [this.#link(inbox, this.#count), ...others.map((one) => this.#counted(one))];
    const account = this.#link({ name: ACCOUNT, icon: "person", title: texts.account });
    account.querySelector(".icon")?.replaceWith(this.#face);
    this.#account = account;
    const send = bare("megaphone", texts.broadcast, acts.broadcast);
    send.hidden = context.me.role !== "admin";
    this.element = h(
      "nav",
      { class: "rail", "aria-label": texts.rooms },
      h("span", { class: "badge" }, icon("spark")),
      ...links,
      h("span", { class: "gap" }),
      bare("search", `${texts.palette} (${shown("Mod+K", texts)})`, acts.palette),
      send,
      bare("help", texts.help, acts.help),
      account,
    );
  }

  get #self() {
    const { me, preferences } = this.#context;
    const { hue } = preferences;
    return /** @type {const} */ ({ kind: "manager", id: me.id, name: me.name, hue });
  }

  /** @param {Entry} entry */
  #counted(entry) {
    const { count } = entry;
    if (!count) return this.#link(entry);
    const number = h("span", { class: "n" });
    this.#counts.push([number, () => count(this.#context)]);
    return this.#link(entry, number);
  }

  /**
   * @param {Entry} entry
   * @param {HTMLElement} [count]
   */
  #link({ name, icon: sign, title }, count) {
    const { route, go } = this.#context;
    const href = route.href({ room: name, view: "open" });
    const link = h("a", { href }, icon(sign), h("span", {}, title), count);
    follow(link, () => go({ room: name }));
    this.#links.set(name, link);
    return link;
  }

  /** @param {string} room */
  show(room) {
    for (const [name, link] of this.#links) {
      set(link, "aria-current", name === room ? "page" : null);
    }
  }

  /** How many wait, as a text. @param {string} waiting */
  draw(waiting) {
    sayCount(this.#count, waiting);
    for (const [number, count] of this.#counts) sayCount(number, count());
    paint(this.#face, this.#self);
    set(this.#account, "title", this.#context.me.name);
  }
}

/**
 * @param {Icon} sign
 * @param {string} label
 * @param {() => void} onclick
 */
const bare = (sign, label, onclick) =>
  h(
    "button",
    { type: "button", class: "bare", "aria-label": label, title: label, onclick },
    icon(sign),
  );

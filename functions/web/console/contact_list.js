// @ts-check
import { Problem } from "../client/http.js";
import { h, say } from "../view/dom.js";
import { avatar } from "./avatar.js";
import { texts, titleOf } from "./contact_texts.js";
import { follow } from "./follow.js";
import { texts as common } from "./texts.js";
/** @import { Contact } from "./contact_texts.js" */
/** @import { Context } from "./context.js" */

const SETTLED = 200;

/** @param {unknown} error what a person may read of it */
export const why = (error) => (error instanceof Problem && error.message) || common.unreachable;

/** Contacts, found by words, page by page. Each leads somewhere, or can be chosen. */
export class ContactList {
  #context;
  #row;
  #asked = 0;
  /** @type {string | undefined} */
  #cursor;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;
  #rows = h("ul", { class: "people" });
  #status = h("p", { role: "status", class: "presence" });
  #more = h("button", { type: "button", class: "quiet", hidden: true }, texts.more);
  #field = h("input", { type: "search", "aria-label": texts.search, placeholder: texts.search });
  #kind = h("select", { "aria-label": texts.show });

  /**
   * @param {Context} context
   * @param {(contact: Contact) => HTMLElement} row
   */
  constructor(context, row) {
    this.#context = context;
    this.#row = row;
    for (const [value, label] of [["", texts.all], ...RESTRICTIONS]) {
      this.#kind.append(h("option", { value }, label));
    }
    this.#field.oninput = () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => void this.load(), SETTLED);
    };
    this.#kind.onchange = () => void this.load();
    this.#more.onclick = () => void this.#page(this.#asked);
    const search = h("div", { role: "search", class: "ask-for" }, this.#field, this.#kind);
    this.element = h("div", {}, search, this.#status, this.#rows, this.#more);
  }

  /** Look anew. */
  async load() {
    this.#cursor = undefined;
    await this.#page(++this.#asked, true);
  }

  /** @param {number} asked @param {boolean} [first] */
  async #page(asked, first = false) {
    const [q, restriction] = [this.#field.value, this.#kind.value];
    const query = new URLSearchParams({ q });
    if (restriction) query.set("restriction", restriction);
    if (this.#cursor) query.set("cursor", this.#cursor);
    try {
      const page = await this.#context.client.call(`manager/contacts?${query}`);
      // Something else was asked for meanwhile.
      if (asked !== this.#asked) return;
      if (first) this.#rows.replaceChildren();
      this.#rows.append(...page.contacts.map((/** @type {Contact} */ one) => this.#row(one)));
      this.#cursor = page.next_cursor;
      this.#more.hidden = !page.next_cursor;
      const none = q || restriction ? texts.none : texts.empty;
      say(this.#status, this.#rows.children.length ? "" : none);
    } catch (error) {
      if (asked === this.#asked) say(this.#status, why(error));
    }
  }
}

const RESTRICTIONS = [
  ["blocked", texts.blocked],
  ["spam", texts.spam],
];

/**
 * A row that leads to the contact.
 * @param {Context} context
 * @param {string} room
 */
export const linked = (context, room) => (/** @type {Contact} */ contact) => {
  const place = { room, rest: contact.id };
  const link = h("a", { href: context.route.href(place) }, ...said(contact, context));
  follow(link, () => context.go(place));
  return h("li", {}, link);
};

/** @param {Contact} contact @param {Context} context */
export function said(contact, { format }) {
  const more = contact.name && contact.email;
  const mark = contact.restriction && texts[contact.restriction];
  return [
    avatar({ kind: "visitor", id: contact.id, name: contact.name }),
    h("span", { class: "called" }, h("bdi", {}, titleOf(contact)), more && h("bdi", {}, more)),
    mark && h("span", { class: "chip" }, mark),
    h("span", { class: "presence" }, format.full(contact.last_seen_at)),
  ];
}

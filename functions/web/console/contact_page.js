// @ts-check
import { h, say } from "../view/dom.js";
import { avatar } from "./avatar.js";
import { ContactList, said, why } from "./contact_list.js";
import { localTime, texts, titleOf } from "./contact_texts.js";
import { Facts } from "./facts.js";
import { follow } from "./follow.js";
import { INBOX } from "./route.js";
import { lang } from "./texts.js";
import { verifiedMark } from "./verified.js";
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Contact, ContactPage } from "./contact_texts.js" */
/** @import { Context } from "./context.js" */

const FIELDS = /** @type {const} */ (["name", "email", "language", "time_zone"]);

/** One contact: what is known of it, and what one can do. */
export class OneContact {
  element = h("div", {});
  #context;
  #back;
  #id = "";

  /** @param {Context} context @param {HTMLElement} back leads to all */
  constructor(context, back) {
    this.#context = context;
    this.#back = back;
  }

  /** @param {string} id */
  async show(id) {
    this.#id = id;
    this.element.replaceChildren(this.#back);
    await this.#do(() => this.#context.client.call(path(id)));
  }

  /** @param {() => Promise<ContactPage>} call what gives the contact as it is then */
  async #do(call) {
    const id = this.#id;
    try {
      const contact = await call();
      if (id !== this.#id) return false;
      this.#id = contact.id;
      this.#draw(contact);
      return true;
    } catch (error) {
      if (id === this.#id) this.#context.failed(why(error));
      return false;
    }
  }

  /** @param {string} [action] @param {unknown} [body] */
  #post(action, body = {}, id = this.#id) {
    return this.#do(() => this.#context.client.post(`${path(id)}/${action}`, body));
  }

  /** @param {unknown} body */
  #edit(body) {
    const { client } = this.#context;
    return this.#do(() => client.call(path(this.#id), { method: "PATCH", body }));
  }

  /** @param {ContactPage} contact */
  #draw(contact) {
    const at = /** @type {HTMLElement | null} */ (document.activeElement);
    const focused = this.element.contains(at);
    const name = h("h1", { tabindex: "-1", class: "who-is" }, h("bdi", {}, titleOf(contact)), " ");
    if (contact.verified) name.append(verifiedMark());
    const face = avatar({ kind: "visitor", id: contact.id, name: contact.name });
    this.element.replaceChildren(
      this.#back,
      h("div", { class: "card-of" }, face, name),
      section(texts.restrict, ...this.#restriction(contact)),
      section(texts.known, this.#facts(contact), pagesOf(contact, this.#context)),
      section(texts.edit, this.#form(contact)),
      section(texts.attributes, ...this.#attributes(contact)),
      section(
        texts.chats,
        chatLinks(contact.chats, this.#context, (chat) => this.#open(chat)),
      ),
      section(texts.merged, ...this.#merged(contact)),
    );
    // Whoever goes by the keyboard goes on where they were.
    if (!focused) return;
    const place = this.element.querySelector(`[data-place="${at?.dataset.place}"]`);
    /** @type {HTMLElement} */ (place ?? name).focus();
  }

  /** In the list of all: it may be closed. @param {string} chat */
  #open(chat) {
    this.#context.go({ room: INBOX, view: "all", query: "", chat });
  }

  /** @param {ContactPage} contact */
  #facts(contact) {
    const { format } = this.#context;
    const facts = new Facts();
    facts.show([
      ...FIELDS.map((name) => /** @type {[string, string]} */ ([texts[name], told(contact, name)])),
      [texts.localTime, localTime(contact.time_zone, lang)],
      [texts.device, contact.device],
      [texts.first, format.full(contact.first_seen_at)],
      [texts.last, format.full(contact.last_seen_at)],
    ]);
    return facts.element;
  }

  /** @param {ContactPage} contact */
  #restriction({ restriction }) {
    const state = { blocked: texts.isBlocked, spam: texts.isSpam, "": texts.isFree };
    const set = (/** @type {string | null} */ wanted) =>
      this.#post("restriction", { restriction: wanted });
    const button = (/** @type {string} */ label, /** @type {string | null} */ wanted) =>
      act(label, `restriction-${wanted}`, async () => {
        if (!(await set(wanted)) || !wanted) return;
        this.#context.toast.offer(label, texts.undo, () => void set(restriction ?? null));
      });
    const choices = restriction
      ? [button(texts.allow, null)]
      : [button(texts.block, "blocked"), button(texts.markSpam, "spam")];
    return [h("p", {}, state[restriction ?? ""]), h("div", { class: "row-of-acts" }, ...choices)];
  }

  /** @param {ContactPage} contact */
  #form(contact) {
    const status = h("span", { role: "status", class: "presence" });
    const fields = FIELDS.map((name) => {
      const value = contact[name] ?? "";
      return h("input", { name, value, "data-place": `field-${name}`, autocomplete: "off" });
    });
    const save = h("button", { class: "primary", "data-place": "save" }, texts.save);
    const rows = fields.map((field, n) =>
      h("label", { class: "labelled" }, texts[FIELDS[n]], field),
    );
    const form = h("form", {}, ...rows, save, " ", status);
    form.onsubmit = async (event) => {
      event.preventDefault();
      const changed = fields.filter((field) => field.value !== field.defaultValue);
      const body = changed.map((field) => [field.name, field.value.trim() || null]);
      if (await this.#edit(Object.fromEntries(body))) {
        const now = this.element.querySelector("form [role=status]");
        if (now) say(now, texts.saved);
      }
    };
    return form;
  }

  /** @param {ContactPage} contact */
  #attributes({ attributes }) {
    const rows = attributes.map(({ name, value, source }) => {
      const remove = act(texts.remove, "attribute", () =>
        this.#edit({ attributes: { [name]: null } }),
      );
      remove.hidden = source !== "edited";
      remove.setAttribute("aria-label", `${texts.remove}: ${name}`);
      const shown = h(
        "span",
        { class: "called" },
        h("bdi", {}, `${name}: ${value}`),
        texts[source],
      );
      return h("li", {}, shown, remove);
    });
    const called = h("input", {
      ...{ "aria-label": texts.attribute, placeholder: texts.attribute },
      "data-place": "attribute",
    });
    const is = h("input", { "aria-label": texts.value, placeholder: texts.value });
    const add = h("button", { class: "quiet" }, texts.add);
    const form = h("form", { class: "ask-for" }, called, is, add);
    form.onsubmit = (event) => {
      event.preventDefault();
      if (called.value.trim()) void this.#edit({ attributes: { [called.value]: is.value } });
    };
    return [h("ul", { class: "people" }, ...rows), form];
  }

  /** @param {ContactPage} contact */
  #merged({ id, merged }) {
    const rows = merged.map((one) => {
      const take = act(texts.apart, "merged", async () => {
        // What comes back is the other one: go on with this.
        if (await this.#post("unmerge", {}, one.id)) await this.show(id);
      });
      take.setAttribute("aria-label", `${texts.apart}: ${titleOf(one)}`);
      return h("li", {}, h("bdi", { class: "called" }, titleOf(one)), take);
    });
    const others = new ContactList(this.#context, (other) => {
      const merge = act(texts.mergeThis, "merge", () =>
        this.#post("merge", { contact_id: other.id }),
      );
      merge.setAttribute("aria-label", `${texts.mergeThis}: ${titleOf(other)}`);
      return h("li", { hidden: other.id === id }, ...said(other, this.#context), merge);
    });
    const more = h("details", {}, h("summary", {}, texts.merge), others.element);
    more.ontoggle = () => void (more.open && others.load());
    return [h("ul", { class: "people" }, ...rows), more];
  }
}

/** @param {string} id */
const path = (id) => `manager/contacts/${encodeURIComponent(id)}`;

/**
 * @param {string} label
 * @param {string} place where the focus goes back to
 * @param {() => unknown} onclick
 */
const act = (label, place, onclick) =>
  h("button", { type: "button", class: "quiet", "data-place": place, onclick }, label);

/** @param {string} title @param {...Node} parts */
const section = (title, ...parts) =>
  h("section", { class: "panel", "aria-label": title }, h("h2", {}, title), ...parts);

/** @param {Contact} contact @param {typeof FIELDS[number]} name */
function told(contact, name) {
  const source = contact.sources[name];
  return contact[name] ? `${contact[name]} (${texts[source]})` : "";
}

/** @param {ContactPage} contact @param {Context} context */
function pagesOf({ pages }, { format }) {
  if (pages.length === 0) return h("span", {});
  const rows = pages.map(({ url, at }) =>
    h(
      "li",
      {},
      h("bdi", { class: "called" }, url),
      h("span", { class: "presence" }, format.clock(at)),
    ),
  );
  return h("div", {}, h("h3", {}, texts.pages), h("ul", { class: "people" }, ...rows));
}

/**
 * @param {ChatSummary[]} chats
 * @param {Context} context
 * @param {(chat: string) => void} open
 */
export function chatLinks(chats, { route, format }, open) {
  const rows = chats.map(({ chat_id: chat, last_message: last, created_at: begun }) => {
    const text = last?.text.slice(0, 80) || chat;
    const link = h("a", { href: route.href({ room: INBOX, view: "all", chat }) });
    link.append(
      h("bdi", { class: "called" }, text),
      h("span", { class: "presence" }, format.full(begun)),
    );
    follow(link, () => open(chat));
    return h("li", {}, link);
  });
  return h("ul", { class: "people" }, ...rows);
}

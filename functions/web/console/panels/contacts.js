// @ts-check
import { h, say } from "../../view/dom.js";
import { ContactList, linked } from "../contact_list.js";
import { chatLinks, OneContact } from "../contact_page.js";
import { localTime, texts } from "../contact_texts.js";
import { Facts } from "../facts.js";
import { follow } from "../follow.js";
import { lang } from "../texts.js";
/** @import { ContactPage } from "../contact_texts.js" */
/** @import { Context } from "../context.js" */
/** @import { Panel, Room } from "../panels.js" */
/** @import { ChatSummary } from "../../client/types.js" */

// `/manager/contacts` is a call.
const PEOPLE = "people";

/** Who writes, across chats. @type {Panel} */
export const contacts = {
  order: 15,
  room: { name: PEOPLE, icon: "person", title: texts.title, make },
  details(context) {
    const contact = new ChatsContact(context);
    return { title: texts.one, element: contact.element, draw: (chat) => contact.draw(chat) };
  },
  commands: ({ go }) => [{ title: texts.title, keys: "G K", run: () => go({ room: PEOPLE }) }],
};

/** @param {Context} context @returns {Room} */
function make(context) {
  const list = new ContactList(context, linked(context, PEOPLE));
  const back = h("a", { class: "back-to", href: context.route.href({ room: PEOPLE }) }, texts.back);
  follow(back, () => context.go({ room: PEOPLE }));
  const one = new OneContact(context, back);
  const csv = h("a", { class: "quiet", href: "manager/contacts.csv", download: "" }, texts.export);
  csv.href = new URL("manager/contacts.csv", context.client.base).href;
  csv.hidden = context.me.role !== "admin";
  const head = h("div", { class: "row-of-acts" }, h("h1", {}, texts.title), csv);
  const all = h("div", {}, head, list.element);
  const element = h(
    "main",
    { class: "page", hidden: true, tabindex: "-1", "aria-label": texts.title },
    all,
    one.element,
  );
  return {
    element,
    moved({ rest }) {
      all.hidden = Boolean(rest);
      one.element.hidden = !rest;
      void (rest ? one.show(rest) : list.load());
    },
  };
}

/** What the details of a chat show of its contact. */
class ChatsContact {
  #context;
  #facts = new Facts();
  #state = h("p", { class: "presence" });
  #past = h("div", {});
  #open = h("a", { class: "quiet" }, texts.open);
  #shown = "";
  /** @type {ContactPage | null} */
  #known = null;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    const parts = [this.#state, this.#facts.element, this.#past, this.#open];
    this.element = h("div", {}, ...parts);
    follow(this.#open, () => context.go({ room: PEOPLE, rest: this.#known?.id ?? "" }));
  }

  /** @param {ChatSummary} chat */
  draw(chat) {
    const { contact } = chat;
    this.element.hidden = !contact;
    if (!contact) return;
    const { id, name, restriction } = contact;
    const states = { blocked: texts.isBlocked, spam: texts.isSpam };
    say(this.#state, restriction ? states[restriction] : "");
    // Once for each chat that is opened, and when its contact becomes another one.
    const wanted = `${chat.chat_id} ${id} ${name} ${restriction}`;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.#open.href = this.#context.route.href({ room: PEOPLE, rest: id });
    this.#show(chat.chat_id, null);
    void this.#load(id, wanted, chat.chat_id);
  }

  /** @param {string} id @param {string} wanted @param {string} chatId */
  async #load(id, wanted, chatId) {
    const found = await this.#context.client.call(`manager/contacts/${id}`).catch(() => null);
    if (wanted !== this.#shown) return;
    this.#show(chatId, found);
  }

  /** @param {string} chatId @param {ContactPage | null} known */
  #show(chatId, known) {
    this.#known = known;
    const time = localTime(known?.time_zone, lang);
    this.#facts.show([
      [texts.localTime, time],
      [texts.device, known?.device],
    ]);
    const others = known?.chats.filter((chat) => chat.chat_id !== chatId) ?? [];
    this.#past.replaceChildren();
    if (others.length === 0) return;
    const { choose } = this.#context;
    const links = chatLinks(others.slice(0, 10), this.#context, choose);
    this.#past.append(h("h3", {}, texts.past), links);
  }
}

// @ts-check
import { h, say } from "../view/dom.js";
import { avatar } from "./avatar.js";
import { follow } from "./follow.js";
import { shown } from "./naming.js";
import { texts } from "./note_texts.js";
import { visitorOf } from "./status.js";
import { nameOf } from "./texts.js";
/** @import { ChatSummary, Mention } from "../client/types.js" */
/** @import { Context } from "./context.js" */
/** @import { Notes } from "./notes.js" */

const PAGE = 30;

/** The notes that name the manager, the newest first. Each leads to its chat. */
export class MentionsRoom {
  #context;
  #asked = 0;
  /** @type {string | undefined} */
  #cursor;
  #rows = h("ul", { class: "people" });
  #status = h("p", { role: "status", class: "presence" });
  #more = h("button", { type: "button", class: "quiet", hidden: true }, texts.more);

  /**
   * @param {Context} context
   * @param {Notes} notes
   */
  constructor(context, notes) {
    this.#context = context;
    this.#more.onclick = () => void this.#page(this.#asked);
    const head = h("h1", {}, texts.mentions);
    this.element = h(
      "main",
      { class: "page", hidden: true, tabindex: "-1", "aria-label": texts.mentions },
      ...[head, this.#status, this.#rows, this.#more],
    );
    notes.watch(() => {
      if (!this.element.hidden) this.moved();
    });
  }

  /** Somebody comes here, or there is news. */
  moved() {
    this.#cursor = undefined;
    void this.#page(++this.#asked);
  }

  /** @param {number} asked */
  async #page(asked) {
    const { client } = this.#context;
    const first = this.#cursor === undefined;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (this.#cursor) query.set("cursor", this.#cursor);
    try {
      const page = await client.call(`manager/notes/mentions?${query}`);
      /** @type {Mention[]} */
      const mentions = page.mentions;
      const ids = [...new Set(mentions.map(({ note }) => note.chat_id))];
      const { chats } = ids.length > 0 ? await client.named(ids) : { chats: [] };
      // Something else was asked for meanwhile.
      if (asked !== this.#asked) return;
      const known = new Map(chats.map((chat) => [chat.chat_id, chat]));
      if (first) this.#rows.replaceChildren();
      this.#rows.append(...mentions.map((one) => this.#row(one, known.get(one.note.chat_id))));
      this.#cursor = page.next_cursor;
      this.#more.hidden = !page.next_cursor;
      say(this.#status, this.#rows.children.length > 0 ? "" : texts.none);
    } catch {
      if (asked === this.#asked) say(this.#status, texts.failed);
    }
  }

  /** @param {Mention} mention @param {ChatSummary | undefined} chat */
  #row({ note, seen_at: seen }, chat) {
    const { route, choose, format, me } = this.#context;
    const { author, chat_id: chatId } = note;
    const link = h(
      "a",
      { href: route.href({ view: "all", chat: chatId }) },
      avatar(chat ? visitorOf(chat) : { kind: "visitor" }),
      h(
        "span",
        { class: "called" },
        h("bdi", {}, chat ? nameOf(chat) : chatId),
        h("span", {}, h("bdi", {}, author.name), ": ", ...shown(note.text, note.mentions, me.id)),
      ),
      !seen && h("span", { class: "chip", "data-kind": "turn" }, texts.unseen),
      h("span", { class: "presence" }, format.full(note.created_at)),
    );
    follow(link, () => choose(chatId));
    return h("li", {}, link);
  }
}

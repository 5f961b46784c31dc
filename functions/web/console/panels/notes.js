// @ts-check
import { h } from "../../view/dom.js";
import { avatar } from "../avatar.js";
import { MentionsRoom } from "../mentions.js";
import { isTeam, Naming, shown, stored } from "../naming.js";
import { texts } from "../note_texts.js";
import { MENTIONED, notesOf } from "../notes.js";
import { texts as common } from "../texts.js";
/** @import { OpenChat } from "../../client/open_chat.js" */
/** @import { Unsent } from "../../client/outbox.js" */
/** @import { Note } from "../../client/types.js" */
/** @import { Context } from "../context.js" */
/** @import { NotesOfChat } from "../chat_notes.js" */
/** @import { Beside, Panel } from "../panels.js" */

const MENTIONS = "mentions";
// As the server has it.
const DELETABLE = 15 * 60_000;

/** What the team writes for itself. @type {Panel} */
export const notes = {
  order: 12,
  room: {
    ...{ name: MENTIONS, icon: "bell", title: texts.mentions },
    count: (context) => counted(notesOf(context).unread),
    make: (context) => new MentionsRoom(context, notesOf(context)),
  },
  tab(context, opened) {
    const all = notesOf(context);
    const here = all.open(opened);
    return {
      ...{ name: "note", title: texts.note, placeholder: texts.write },
      send: (text) => void all.outboxes.of(here.chatId).add(stored(text, here.colleagues)),
      help(field) {
        const naming = new Naming(field, () => here.colleagues);
        field.addEventListener("focus", () => void here.ask().then(() => naming.look()));
        return naming.element;
      },
    };
  },
  between: (context, opened) => new Between(context, opened),
  unsent: (context) => notesOf(context).outboxes,
  notices: { [MENTIONED]: texts.mention },
  commands: ({ go }) => [{ title: texts.mentions, keys: "G N", run: () => go({ room: MENTIONS }) }],
};

/** @param {number} unread */
const counted = (unread) => (unread > 99 ? "99+" : unread > 0 ? String(unread) : "");

/** The notes between the messages of the chat that is open. */
class Between {
  #context;
  #all;
  #here;
  #opened;
  /** Notes that the server was told are seen. @type {Set<string>} */
  #told = new Set();

  /** @param {Context} context @param {OpenChat} opened */
  constructor(context, opened) {
    this.#context = context;
    this.#opened = opened;
    this.#all = notesOf(context);
    this.#here = this.#all.open(opened);
  }

  /** @returns {Beside[]} */
  items() {
    const { messages } = this.#opened.chat.transcript;
    if (messages[0]) this.#here.reach(messages[0].created_at);
    const { list } = this.#here;
    this.#see(list);
    const unsent = this.#all.outboxes.of(this.#here.chatId).unsent;
    const there = new Set(list.map((one) => one.client_id));
    const left = unsent.filter((one) => !there.has(one.client_id));
    return [...list.map((one) => this.#item(one)), ...left.map((one) => this.#unsent(one))];
  }

  /** @param {Note[]} list */
  #see(list) {
    if (this.#all.unread === 0 || document.hidden) return;
    const { id: me } = this.#context.me;
    // Whether the manager is of a team is what the server knows.
    const names = (/** @type {Note} */ one) =>
      one.mentions.some(({ id }) => id === me || isTeam(id));
    const fresh = list.filter((one) => !this.#told.has(one.id) && names(one));
    if (fresh.length === 0) return;
    for (const one of fresh) this.#told.add(one.id);
    this.#all.see(this.#here.chatId).catch(() => {
      for (const one of fresh) this.#told.delete(one.id);
    });
  }

  /** @param {Note} note @returns {Beside} */
  #item(note) {
    const own = note.author.id === this.#context.me.id;
    const deletable = own && Date.now() - Date.parse(note.created_at) < DELETABLE;
    const names = note.mentions.map((one) => one.name);
    return {
      at: note.created_at,
      key: own ? ownKey(note.client_id ?? note.id) : `n${note.id}`,
      signature: ["note", deletable, ...names].join("|"),
      make: () => [this.#row(note, own, deletable)],
    };
  }

  /** @param {Note} note @param {boolean} own @param {boolean} deletable */
  #row(note, own, deletable) {
    const { author, created_at: at } = note;
    const remove = h("button", { type: "button" }, texts.remove);
    remove.onclick = () => void this.#here.remove(note.id);
    return row(
      own ? null : avatar({ kind: "manager", id: author.id, name: author.name }),
      [h("bdi", {}, own ? common.you : author.name), ` · ${texts.only} `, this.#time(at)],
      shown(note.text, note.mentions, this.#context.me.id),
      deletable && h("p", { class: "mark" }, remove),
      note.id,
    );
  }

  /** @param {string} at */
  #time(at) {
    const { format } = this.#context;
    const time = h("time", { datetime: at }, format.clock(at));
    time.title = format.full(at);
    return time;
  }

  /** @param {Unsent} unsent @returns {Beside} */
  #unsent(unsent) {
    const outbox = this.#all.outboxes.of(this.#here.chatId);
    const { client_id: id, state, why, text, created_at: at } = unsent;
    const act = (/** @type {string} */ label, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", onclick }, label);
    const failed = () =>
      h(
        "p",
        { class: "mark failed", role: "alert" },
        ...[why || common.notSent, " ", act(common.again, () => outbox.again(id)), " "],
        act(common.discard, () => outbox.discard(id)),
      );
    const mark = () => (state === "failed" ? failed() : h("p", { class: "mark" }, common.sending));
    return {
      ...{ at: null, key: ownKey(id), signature: ["unsent", state, why].join("|") },
      make: () => [
        row(
          null,
          [texts.only, " ", this.#time(at)],
          shown(text, this.#here.colleagues, ""),
          mark(),
        ),
      ],
    };
  }
}

/** A note that is stored keeps its element. @param {string} clientId */
const ownKey = (clientId) => `cnote${clientId}`;

/**
 * @param {HTMLElement | null} face
 * @param {(Node | string)[]} who
 * @param {(Node | string)[]} text
 * @param {HTMLElement | false} mark
 * @param {string | null} [id] of one that is stored
 */
const row = (face, who, text, mark, id = null) =>
  h(
    "div",
    { class: `row mine team-note ${face ? "colleague" : "own"}`, "data-note": id },
    face,
    h("p", { class: "who" }, ...who),
    h("div", { class: "bubble" }, h("div", { class: "body plain", dir: "auto" }, ...text)),
    mark,
  );

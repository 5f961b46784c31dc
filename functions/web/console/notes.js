// @ts-check
import { Problem } from "../client/http.js";
import { Outboxes } from "../client/outboxes.js";
import { NotesOfChat } from "./chat_notes.js";
import { isTeam } from "./naming.js";
import { texts } from "./note_texts.js";
import { ofPage } from "./of_page.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Unsent } from "../client/outbox.js" */
/** @import { Author, ManagerFrame, Note } from "../client/types.js" */
/** @import { Context } from "./context.js" */

/** The kind of the notice for whom a note names. */
export const MENTIONED = "note.mentioned";

/** The console's notes. */
export const notesOf = ofPage((context) => new Notes(context));

/** Notes of the chat that is open, those on their way, and how many name the manager. */
export class Notes {
  unread = 0;
  #context;
  /** @type {NotesOfChat | null} */
  #opened = null;
  /** @type {Set<() => void>} */
  #watching = new Set();
  /** The last note that names a team: the next frame says whether the manager is of it. @type {Note | null} */
  #ofTeams = null;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    const { client, changed, on } = context;
    // Under a name of its own: what the team wrote for itself must never be sent to a visitor.
    this.outboxes = new Outboxes(client.owner && `notes ${client.owner}`, {
      send: (chatId, note) => void this.#send(chatId, note),
      changed,
      connected: () => client.socket.state === "open",
    });
    on("note", (frame) => frame.type === "note" && this.#hear(frame));
    on("mentions", (frame) => frame.type === "mentions" && this.#named(frame));
    // There is a connection, maybe again.
    on("access", () => this.#connected());
  }

  /** The notes of a chat that is opened now. @param {OpenChat} opened */
  open(opened) {
    if (this.#opened?.chatId !== opened.chat.chatId) {
      this.#opened = new NotesOfChat(this.#context, opened);
    }
    return this.#opened;
  }

  /** Be told when somebody names the manager, or they have seen it. @param {() => void} hear */
  watch(hear) {
    this.#watching.add(hear);
  }

  /** The manager has a chat's notes before their eyes. @param {string} chatId */
  async see(chatId) {
    const body = { chat_id: chatId };
    const { unread } = await this.#context.client.post("manager/notes/mentions/seen", body);
    this.#count(unread);
  }

  async #connected() {
    this.outboxes.flush();
    void this.#opened?.load();
    const found = await this.#context.client
      .call("manager/notes/mentions?limit=1")
      .catch(() => null);
    if (found) this.#count(found.unread);
  }

  /** @param {number} unread */
  #count(unread) {
    this.unread = unread;
    for (const hear of this.#watching) hear();
    this.#context.changed();
  }

  /** @param {Note} note */
  #hear(note) {
    if (note.chat_id === this.#opened?.chatId) this.#opened.apply(note);
    const { me, alerts } = this.#context;
    const names = note.mentions.some((/** @type {Author} */ one) => one.id === me.id);
    if (note.deleted || note.author.id === me.id) return;
    if (names) alerts.tell(MENTIONED, texts.namesYou(note.author.name), note.chat_id);
    else if (note.mentions.some(({ id }) => isTeam(id))) this.#ofTeams = note;
  }

  /** @param {{unread: number, note_id?: string | null}} frame */
  #named({ unread, note_id: id }) {
    this.#count(unread);
    const note = this.#ofTeams;
    if (!note || note.id !== id) return;
    this.#ofTeams = null;
    this.#context.alerts.tell(MENTIONED, texts.namesYou(note.author.name), note.chat_id);
  }

  /** @param {string} chatId @param {Unsent} unsent */
  async #send(chatId, { text, client_id }) {
    const outbox = this.outboxes.of(chatId);
    const { client } = this.#context;
    try {
      const path = `manager/chats/${encodeURIComponent(chatId)}/notes`;
      const note = await client.post(path, { text, client_id });
      if (this.#opened?.chatId === chatId) this.#opened.apply(note);
      outbox.stored(client_id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.status === 401) client.socket.reset();
      const away = error.passing && client.socket.state !== "open";
      if (away || error.status === 401) return this.outboxes.later(chatId);
      const { message, retryAfter: retry_after } = error;
      const code = error.passing ? "try_again" : error.code;
      outbox.refused({ type: "error", code, message, client_id, retry_after });
    }
  }
}

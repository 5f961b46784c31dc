// @ts-check
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { Author, Note } from "../client/types.js" */
/** @import { Context } from "./context.js" */

const PAGE = 50;

/** What is known of one chat's notes. */
export class NotesOfChat {
  /** Whom a note here can name, people and teams. @type {Author[]} */
  colleagues = [];
  #context;
  #opened;
  #asked = false;
  /** @type {Map<string, Note>} */
  #notes = new Map();
  /** @type {string | null | undefined} */
  #cursor;
  #busy = false;

  /**
   * @param {Context} context
   * @param {OpenChat} opened
   */
  constructor(context, opened) {
    this.#context = context;
    this.#opened = opened;
    void this.load();
  }

  get chatId() {
    return this.#opened.chat.chatId;
  }

  get #path() {
    return `manager/chats/${encodeURIComponent(this.chatId)}`;
  }

  /** All that are known, by time. */
  get list() {
    const byTime = (/** @type {Note} */ a, /** @type {Note} */ b) =>
      Date.parse(a.created_at) - Date.parse(b.created_at);
    return [...this.#notes.values()].sort(byTime);
  }

  /** A note is there, or is there no more. @param {Note} note */
  apply(note) {
    if (note.deleted) this.#notes.delete(note.id);
    else this.#notes.set(note.id, note);
    this.#context.changed();
  }

  /** Ask for the newest ones. What was deleted meanwhile goes. */
  async load() {
    this.#cursor = undefined;
    await this.#page();
  }

  /** Older messages are shown: their notes belong between them. @param {string} first */
  reach(first) {
    const oldest = this.list[0]?.created_at;
    if (this.#cursor && oldest && Date.parse(oldest) > Date.parse(first)) void this.#page();
  }

  /** Ask whom a note can name, once. */
  async ask() {
    if (this.#asked) return;
    this.#asked = true;
    try {
      const found = await this.#context.client.call(`${this.#path}/colleagues`);
      this.colleagues = [...found.managers, ...(found.teams ?? [])];
    } catch {
      this.#asked = false;
    }
  }

  /** Take one's own note back. @param {string} id */
  async remove(id) {
    try {
      await this.#context.client.call(`${this.#path}/notes/${id}`, { method: "DELETE" });
      this.#notes.delete(id);
      this.#context.changed();
    } catch (error) {
      this.#context.failed(error instanceof Error ? error.message : "");
    }
  }

  async #page() {
    if (this.#busy) return;
    this.#busy = true;
    const first = this.#cursor === undefined;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (this.#cursor) query.set("cursor", this.#cursor);
    try {
      const page = await this.#context.client.call(`${this.#path}/notes?${query}`);
      if (first) this.#notes.clear();
      for (const note of page.notes) this.#notes.set(note.id, note);
      this.#cursor = page.next_cursor ?? null;
      this.#context.changed();
    } catch {
      // The next connection asks again.
    } finally {
      this.#busy = false;
    }
  }
}

// @ts-check
import { Chat } from "./chat.js";
/** @import { ChatSummary } from "./types.js" */

const PAGE = 50;
const CATCH_UP = 200;
// So many pages are loaded to show one message.
const FAR = 10;
const NEWEST = 2 ** 31 - 1;
const TYPING_EVERY = 3_000;
const DRAFT_WITHIN = 3_000;
// Who goes through the list has not read every chat on the way.
const READ_AFTER = 1_000;
// What only one's other devices hear of may come together.
const READ_LATER = 10_000;
// A message that is on its way comes within this time.
const BEHIND = 1_000;

/** A chat that a manager has open. */
export class OpenChat {
  #client;
  #typedAt = 0;
  /** Whether the server was told anything of this visit. */
  #said = false;
  /** What the server was told. */
  #told;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #telling;
  /** It is marked as unread, and stays so until this is not the last message any more. */
  #kept = 0;
  /** @type {Promise<void> | undefined} */
  #loading;
  #openedAt = Date.now();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #reading;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #behind;
  #reach = 0;
  /** How far the manager has it before their eyes. */
  #read;
  /** What is written next goes out whoever has replied. */
  anyway = false;
  /**
   * A colleague replied to what this text was to reply to.
   * @type {(text: string) => boolean} whether it is where one writes again
   */
  returned = () => false;
  /** The first page could not be loaded. */
  failed = false;

  /**
   * @param {import("./manager.js").ManagerClient} client
   * @param {ChatSummary} summary
   * @param {() => void} changed
   */
  constructor(client, summary, changed) {
    this.#client = client;
    this.changed = changed;
    this.chat = new Chat(summary.chat_id, { changed, missing: () => this.catchUp() });
    this.chat.summarise(summary);
    this.outbox = client.outboxes.of(summary.chat_id);
    this.#told = client.marks.of(summary) ?? 0;
    // The list has shown it.
    this.#read = summary.last_seq;
  }

  /** Load the newest page and watch what comes. */
  load() {
    this.#loading = this.#load();
    return this.#loading;
  }

  async #load() {
    const { chatId, transcript } = this.chat;
    this.#watch();
    try {
      const page = await this.#client.history(chatId, { before: NEWEST, limit: PAGE });
      // Another call may have been answered before, with newer messages.
      if (transcript.begun) this.chat.caughtUp(page.messages);
      else transcript.begin(page.messages, page.has_more, page.change);
      this.failed = false;
    } catch {
      this.failed = !transcript.begun;
    }
    this.chat.settle();
  }

  /** Ask for everything that did not come. */
  async catchUp() {
    const { chatId, transcript } = this.chat;
    if (!transcript.begun) return this.load();
    this.#watch();
    try {
      let more = true;
      while (more) {
        const { last: after, change } = transcript;
        const range = { after, limit: CATCH_UP };
        const asked = change === null ? range : { ...range, changed: change };
        const page = await this.#client.history(chatId, asked);
        this.chat.caughtUp(page.messages, page.change);
        more = page.has_more;
      }
    } catch {
      // The next reconnect, or the chat's own clocks, ask again.
    }
  }

  /**
   * Load the pages back to a message, or to a time, if it is not too far.
   * @param {number} seq
   * @param {string} [time]
   */
  async reach(seq, time = "") {
    const { transcript } = this.chat;
    await this.#loading;
    const isBefore = () =>
      time
        ? Date.parse(transcript.messages[0]?.created_at ?? time) > Date.parse(time)
        : transcript.first > seq;
    for (let pages = 0; transcript.older && isBefore() && pages < FAR; pages++) {
      await this.older(CATCH_UP);
    }
  }

  /** Load the page before the first message. @param {number} [limit] */
  async older(limit = PAGE) {
    const { chatId, transcript } = this.chat;
    if (!transcript.older) return;
    const range = { before: transcript.first, limit };
    const page = await this.#client.history(chatId, range);
    transcript.prepend(page.messages, page.has_more);
    this.chat.settle();
  }

  /** @param {string} text */
  send(text) {
    this.outbox.add(text, this.anyway ? {} : { after_seq: this.#read });
    // It ends what was seen of the typing: the next key is news again.
    this.#typedAt = 0;
  }

  /** The manager is at the page again, or is no more. */
  looks() {
    this.#watch();
  }

  /** How far the manager has it before their eyes: what they reply to. */
  get read() {
    return this.#read;
  }

  /** The manager looks at it no more. */
  close() {
    if (this.#telling) this.#tell();
    clearTimeout(this.#reading);
    clearTimeout(this.#behind);
    this.chat.close();
  }

  /** The manager types. */
  typing() {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    const sent = this.#client.socket.send({ action: "typing", chat_id: this.chat.chatId });
    if (sent) this.#typedAt = Date.now();
  }

  /** The manager has everything before their eyes. */
  seen() {
    const { chatId, transcript } = this.chat;
    this.#read = Math.max(this.#read, transcript.last);
    const remains = this.#openedAt + READ_AFTER - Date.now();
    if (remains > 0) {
      this.#reading ??= setTimeout(this.changed, remains);
      return;
    }
    const { last } = transcript;
    if (last === this.#kept || last === 0) return;
    this.#kept = 0;
    this.#client.marks.forward(chatId, last);
    if (last <= this.#told) return;
    const asked = transcript.messages.findLast((one) => one.role === "user")?.seq ?? 0;
    // The visitor hears of what they wrote. Of the rest only one's other devices do.
    if (asked > this.#told || !this.#said) this.#tell();
    else this.#telling ??= setTimeout(() => this.#tell(), READ_LATER);
  }

  #tell() {
    clearTimeout(this.#telling);
    this.#telling = undefined;
    const { chatId } = this.chat;
    const seq = this.#client.marks.of({ chat_id: chatId, created_at: "" }) ?? 0;
    if (seq <= this.#told || this.#kept) return;
    if (!this.#client.socket.send({ action: "seen", chat_id: chatId, seq })) return;
    this.#told = seq;
    this.#said = true;
  }

  /** Another device has told the server. @param {number} seq */
  told(seq) {
    this.#told = Math.max(this.#told, seq);
  }

  /** How far the server has it, after a connection. @param {number} seq */
  marked(seq) {
    if (seq < this.#told) this.unread(seq);
    else this.told(seq);
  }

  /** It was marked as unread, here or on another device. @param {number} seq */
  unread(seq) {
    this.#kept = this.chat.transcript.last;
    this.#told = seq;
  }

  /** A summary says how far the chat goes. What came before the watch may be missing.
   * @param {number} seq
   */
  reaches(seq) {
    this.#reach = Math.max(this.#reach, seq);
    this.#behind ??= setTimeout(async () => {
      this.#behind = undefined;
      await this.#loading;
      if (this.chat.transcript.last < this.#reach) void this.catchUp();
    }, BEHIND);
  }

  /** The server answers with the draft, if an answer is being written; else nothing is. */
  #watch() {
    const { chatId, transcript } = this.chat;
    const { writes } = transcript;
    // A hidden page watches, and nobody looks at it. Where all are one, nobody asks.
    const away = document.hidden && this.#client.viewers.me ? { looks: false } : {};
    const sent = this.#client.socket.send({ action: "watch", chat_id: chatId, ...away });
    if (!sent || !transcript.draft) return;
    setTimeout(() => {
      if (transcript.writes !== writes) return;
      transcript.rewrite(null);
      this.chat.settle();
    }, DRAFT_WITHIN);
  }
}

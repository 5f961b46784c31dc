// @ts-check
import { Problem } from "./http.js";
import { ManagerCalls } from "./manager_calls.js";
import { Marks } from "./marks.js";
import { OpenChat } from "./open_chat.js";
import { Outboxes } from "./outboxes.js";
import { Peek } from "./peek.js";
import { Socket } from "./socket.js";
import { storedValue } from "./storage.js";
/** @import { Unsent } from "./outbox.js" */
/** @import { ChatSummary, ManagerFrame, Me, Message } from "./types.js" */

// A change is pushed within this time, or its connection is closed.
const PUSHED_WITHIN = 20_000;

/**
 * @typedef {object} ManagerEvents
 * @property {(frame: ManagerFrame) => void} frame everything that happens in every chat
 * @property {(chats: ChatSummary[]) => void} changed summaries that changed while we were away
 * @property {(state: import("./socket.js").SocketState) => void} state
 * @property {() => void} [unsent] what is not sent is different
 * @property {() => void} [replaced] another tab signed somebody else in
 */

/** Summaries of all chats come, and messages of those that are watched. @param {string} address */
function withList(address) {
  const url = new URL(address);
  url.searchParams.set("feed", "list");
  return url.href;
}

/** A manager's side: every chat's events over one socket, and the calls of the inbox. */
export class ManagerClient extends ManagerCalls {
  #events;
  #manager;
  /** Whom this browser's cookie is of: another tab may have signed somebody else in. */
  #signedIn;
  /** What the server said the time was; changes since then are asked for. */
  #since = "";
  /** @type {Map<string, OpenChat>} */
  #open = new Map();

  /**
   * @param {string} base
   * @param {ManagerEvents} events
   * @param {Pick<Me, "id" | "now"> & Partial<Pick<Me, "open">>} [me] whose client it is; without, nothing outlives the page
   */
  constructor(base, events, { id: manager, now, open } = { id: "", now: "" }) {
    super(base);
    this.marks = new Marks({ id: manager, now });
    this.#events = events;
    this.#manager = manager;
    // What happens while the first socket opens may be missing in lists that were loaded before.
    this.#since = now;
    this.#signedIn = storedValue("localStorage", `switchboard manager ${base}`);
    /** Names what is kept in this browser. */
    this.owner = manager && `${base} ${encodeURIComponent(manager)}`;
    this.outboxes = new Outboxes(this.owner, {
      send: (chatId, message) => void this.#send(chatId, message),
      changed: (chatId) => {
        this.#open.get(chatId)?.changed();
        events.unsent?.();
      },
      connected: () => this.socket.state === "open",
    });
    this.viewers = new Peek(
      open ? "" : manager,
      (action) => this.socket.send(action),
      () => events.changed([]),
    );
    if (this.viewers.me)
      document.addEventListener("visibilitychange", () => {
        this.#looks();
        this.viewers.shown();
      });
    if (manager) addEventListener("storage", () => this.#isReplaced && events.replaced?.());
    this.socket = new Socket({
      address: async () => withList((await this.post("tickets", {})).ws_url),
      opened: () => this.#opened(),
      frame: (frame) => this.#frame(frame),
      state: (state) => {
        if (state !== "open") this.outboxes.pause();
        this.viewers.connected(state === "open");
        events.state(state);
      },
    });
  }

  /** Open a chat: its messages, and its answers as they are written.
   * @param {ChatSummary} summary
   * @param {() => void} changed
   */
  open(summary, changed) {
    const opened = new OpenChat(this, summary, changed);
    this.#open.set(summary.chat_id, opened);
    this.viewers.opened(summary.chat_id);
    void opened.load();
    return opened;
  }

  /** The page is shown, or hidden: the team sees who looks. */
  #looks() {
    for (const opened of this.#open.values()) opened.looks();
  }

  /** @param {OpenChat} opened */
  leave(opened) {
    opened.close();
    this.socket.send({ action: "unwatch", chat_id: opened.chat.chatId });
    this.#open.delete(opened.chat.chatId);
    this.viewers.left(opened.chat.chatId);
  }

  /**
   * Who is signed in; `open`: nobody has to.
   * @param {Promise<Me>} [asked] if that was asked already
   * @returns {Promise<Me>}
   */
  async me(asked = this.call("manager/me")) {
    return this.#met(await asked);
  }

  /** Sign this browser in. @param {string} token @returns {Promise<Me>} */
  async signIn(token) {
    return this.#met(await this.post("manager/session", { token }));
  }

  /** Sign out; every socket of this manager ends. */
  async signOut() {
    await this.call("manager/session", { method: "DELETE" });
    this.socket.stop();
  }

  /** @param {Me} me */
  #met(me) {
    this.#signedIn.write(me.id);
    return me;
  }

  get #isReplaced() {
    const now = this.#signedIn.read();
    return this.#manager !== "" && now !== null && now !== this.#manager;
  }

  /**
   * Take several steps in a chat as one. Throws `Problem`.
   * @param {string} chatId
   * @param {object} body as of `POST /manager/chats/{chat_id}/macro`
   * @returns {Promise<{result: "done" | "unchanged", message?: Message, chat?: ChatSummary} | null>}
   *   null: somebody else has signed in here, and nothing was done
   */
  async macro(chatId, body) {
    if (this.#isReplaced) {
      this.#events.replaced?.();
      return null;
    }
    const done = await this.post(`manager/chats/${encodeURIComponent(chatId)}/macro`, body);
    if (done.message) this.#open.get(chatId)?.chat.apply({ ...done.message, type: "message" });
    return done;
  }

  /**
   * @param {string} chatId
   * @param {Unsent} unsent
   */
  async #send(chatId, unsent) {
    const { text, client_id, after_seq } = unsent;
    const outbox = this.outboxes.of(chatId);
    // What one person wrote is never sent as another.
    if (this.#isReplaced) return this.#events.replaced?.();
    try {
      const body = { chat_id: chatId, text, client_id, after_seq };
      /** @type {Message} */
      const message = await this.post("manager/send", body);
      this.#open.get(chatId)?.chat.apply({ ...message, type: "message" });
      outbox.stored(client_id);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      this.#refused(chatId, unsent, after_seq, error);
    }
  }

  /**
   * @param {string} chatId
   * @param {Unsent} unsent
   * @param {number | undefined} after_seq as it was sent
   * @param {Problem} error
   */
  #refused(chatId, unsent, after_seq, error) {
    const outbox = this.outboxes.of(chatId);
    const { client_id, text } = unsent;
    // Signed out: it waits until the same person signs in again.
    if (error.status === 401) this.socket.reset();
    const away = error.passing && this.socket.state !== "open";
    if (away || error.status === 401) return this.outboxes.later(chatId);
    const { message, retryAfter: retry_after } = error;
    const code = error.passing ? "try_again" : error.code;
    // By now it goes whoever has replied: this answers an earlier try.
    if (code === "newer_reply" && unsent.after_seq !== after_seq) return;
    const failed = outbox.refused({ type: "error", code, message, client_id, retry_after });
    if (failed && code === "newer_reply") this.#return(chatId, text, client_id);
  }

  /** A colleague has replied: the text goes back to where it was written, if that is open.
   * @param {string} chatId
   * @param {string} text
   * @param {string} clientId
   */
  #return(chatId, text, clientId) {
    const opened = this.#open.get(chatId);
    void opened?.catchUp();
    if (opened?.returned(text)) opened.outbox.discard(clientId);
  }

  #opened() {
    this.socket.send(this.#since ? { action: "resume", since: this.#since } : { action: "resume" });
    for (const opened of this.#open.values()) opened.catchUp();
    this.outboxes.flush();
  }

  /** @param {ManagerFrame | null} frame */
  #frame(frame) {
    if (!frame) return;
    if (frame.type === "ready") return this.#ready(frame);
    if (frame.type === "read") this.#read(frame);
    this.viewers.hear(frame);
    if ("chat_id" in frame) this.#open.get(frame.chat_id)?.chat.apply(frame);
    if (frame.type === "message") this.#passed(frame.created_at);
    // An answer is written to something that came before the watch.
    if (frame.type === "delta") this.#open.get(frame.chat_id)?.reaches(frame.reply_to);
    if (frame.type === "chat") {
      this.#passed(frame.updated_at);
      this.#open.get(frame.chat_id)?.reaches(frame.last_seq);
    }
    this.#events.frame(frame);
  }

  /** @param {import("./types.js").ManagerReadFrame} mark */
  #read({ chat_id: id, seq, unread }) {
    const opened = this.#open.get(id);
    if (unread) this.marks.set({ chat_id: id, seq });
    else this.marks.forward(id, seq);
    unread ? opened?.unread(seq) : opened?.told(seq);
  }

  /** What happened well before something that is here need not be asked for again.
   * @param {string} time
   */
  #passed(time) {
    const since = new Date(Date.parse(time) - PUSHED_WITHIN).toISOString();
    if (this.#since && Date.parse(since) > Date.parse(this.#since)) this.#since = since;
  }

  /** @param {import("./types.js").ManagerReadyFrame} frame */
  #ready(frame) {
    this.#since = frame.now;
    // A node of the release before says nothing of it.
    if (frame.access) this.#events.frame({ ...frame.access, type: "access" });
    if (frame.budget) this.#events.frame({ ...frame.budget, type: "budget" });
    if (frame.chats.length > 0) this.#events.changed(frame.chats);
    for (const mark of frame.read ?? []) {
      this.marks.set(mark);
      this.#open.get(mark.chat_id)?.marked(mark.seq);
    }
    if (frame.read) this.#events.changed([]);
    for (const summary of frame.chats) {
      const opened = this.#open.get(summary.chat_id);
      opened?.chat.summarise(summary);
      opened?.chat.settle();
    }
    if (frame.has_more) this.socket.send({ action: "resume", since: frame.now });
  }
}

// @ts-check
import { Chat } from "./chat.js";
import { Problem } from "./http.js";
import { Outbox } from "./outbox.js";
import { nameOf, personOf, Session } from "./session.js";
import { Socket } from "./socket.js";
import { unsentStore } from "./unsent.js";
import { Wish } from "./wish.js";
/** @import { Unsent } from "./outbox.js" */
/** @import { Message, UserFrame, VisitorData } from "./types.js" */

const NEWEST = 2 ** 31 - 1;
const TYPING_EVERY = 3_000;

/**
 * @typedef {object} VisitorOptions
 * @property {string} base where the server is, for example `https://chat.example.com/`
 * @property {VisitorData} [visitor] who it is, if known
 * @property {string} [identity] who it is in the host site's word: a JWT as in `POST /chats`
 * @property {string} [site] the public key of the page's site, if it is not the first one
 * @property {() => void} changed something to be seen is different; called often
 */

/**
 * A visitor's side of one chat. The chat begins with the first message (or with asking for a
 * person), is remembered in this browser, and is the same in all its tabs.
 */
export class VisitorClient {
  /** @type {Chat | null} */
  chat = null;
  /** What the server said against something other than a message. @type {string} */
  notice = "";
  #changed;
  #identity;
  #session;
  #typedAt = 0;
  /** The page that the visitor is on, and the one that the server knows. */
  #page = "";
  #told = "";
  #saw = 0;
  /** The answer is to be stopped as soon as the socket is open. */
  #stops = false;
  #wish;

  /** @param {VisitorOptions} options */
  constructor({ base, visitor = {}, identity = "", site = "", changed }) {
    const name = nameOf(base, site);
    this.#changed = changed;
    this.#identity = identity;
    this.#session = new Session(base, visitor, identity, site);
    this.outbox = new Outbox(
      { send: (message) => this.#send(message), changed, stuck: () => this.socket.reset() },
      unsentStore(`switchboard ${name}${personOf(identity)} unsent`),
    );
    this.#wish = new Wish(name);
    this.socket = new Socket({
      address: () => this.#address(),
      opened: () => this.#opened(),
      frame: (frame) => this.#frame(frame),
      state: (state) => this.#socketIs(state),
      awaits: () => this.outbox.unsent.length > 0 || Boolean(this.chat?.awaits),
    });
  }

  /** Go on with the chat that this browser remembers, if any. */
  resume() {
    addEventListener("storage", this.#elsewhere);
    const key = this.#session.remembered();
    if (key) this.#use(key);
    const wanted = this.outbox.unsent.length > 0 || this.#wish.isUntold;
    if (this.#session.key || this.#identity || wanted) this.socket.start();
  }

  /** Hold no socket, no timer and no listener, until `resume`. */
  pause() {
    removeEventListener("storage", this.#elsewhere);
    this.socket.stop();
    this.chat?.close();
  }

  /** @param {string} text */
  send(text) {
    this.outbox.add(text);
    // It ends what was seen of the typing: the next key is news again.
    this.#typedAt = 0;
    this.socket.start();
  }

  /** Ask for a person, or say that none is needed any more. */
  askForPerson(wanted = true) {
    this.#wish.change(wanted);
    this.notice = "";
    this.#wish.tell(this.socket);
    this.socket.start();
  }

  /** Where the visitor can be reached when they are gone. @param {string} email */
  leaveEmail(email) {
    this.notice = "";
    if (!this.socket.send({ action: "email", email })) this.socket.start();
  }

  /** Stop the answer that is being written. */
  stop() {
    this.notice = "";
    this.#stops = !this.socket.send({ action: "stop" });
  }

  /** The visitor types. */
  typing() {
    if (Date.now() - this.#typedAt < TYPING_EVERY) return;
    if (this.socket.send({ action: "typing" })) this.#typedAt = Date.now();
  }

  /** The visitor has everything before their eyes. */
  seen() {
    // Whoever has written it knows their own.
    const last = this.chat?.transcript.messages.findLast((one) => one.role !== "user")?.seq ?? 0;
    if (last <= Math.max(this.#saw, this.chat?.seen("user") ?? 0)) return;
    if (this.socket.send({ action: "seen", seq: last })) this.#saw = last;
  }

  /** The visitor is on this page of the site now. @param {string} url */
  at(url) {
    this.#page = url;
    const isTold = url === this.#told || !this.chat?.transcript.last;
    if (!isTold && this.socket.send({ action: "page", url })) this.#told = url;
  }

  /** Load the page before the first message. */
  async older() {
    const chat = this.chat;
    if (!chat?.transcript.older) return;
    const page = await this.#session.history(chat.transcript.first);
    chat.transcript.prepend(page.messages, page.has_more);
    this.#changed();
  }

  /** @param {Unsent} message */
  #send({ text, client_id }) {
    // A person whom the site signs has one chat, which opens again.
    const of = this.#identity ? {} : { reopens: false };
    return this.socket.send({ action: "message", text, client_id, ...of });
  }

  async #address() {
    const session = this.#session;
    if (!session.key) this.#use(await session.begin());
    try {
      return await session.ticket();
    } catch (error) {
      // The chat or its token is good no more: begin another, once.
      if (!(error instanceof Problem && error.refused) || session.began) throw error;
      session.forget();
      this.#use(await session.begin());
      return session.ticket();
    }
  }

  /** @param {import("./session.js").Key} key */
  #use(key) {
    if (this.#session.key?.chat_id === key.chat_id) return;
    this.#session.key = key;
    this.chat?.close();
    this.#saw = 0;
    this.chat = new Chat(key.chat_id, {
      changed: this.#changed,
      missing: () => this.#catchUp(),
    });
  }

  /**
   * The chat is closed, and its site wants a new one. What is unsent goes there.
   * @param {import("./types.js").ErrorFrame} refusal
   */
  async #beginAnew(refusal) {
    const closed = this.#session.key;
    try {
      const key = await this.#session.beginAnew();
      if (this.#session.key !== closed) return;
      this.outbox.pause();
      this.#use(key);
      this.socket.reset();
    } catch {
      this.outbox.refused({ ...refusal, code: "try_again" });
    }
  }

  /** Another tab may have begun a chat. */
  #elsewhere = () => {
    const key = this.#session.remembered();
    if (!key || key.chat_id === this.#session.key?.chat_id) return;
    this.#use(key);
    if (this.socket.state === "idle") this.socket.start();
    else this.socket.reset();
  };

  #opened() {
    void this.#load().catch(() => this.socket.reset());
    this.#wish.tell(this.socket);
    if (this.#stops) this.stop();
    this.outbox.flush();
  }

  /** The newest page first; what came after it is asked for over the socket. */
  async #load() {
    const transcript = this.chat?.transcript;
    if (transcript && !transcript.begun && !this.#session.began) {
      const page = await this.#session.history(NEWEST);
      if (!transcript.begun) transcript.begin(page.messages, page.has_more, page.change);
      this.#acknowledge(page.messages);
    }
    this.#catchUp();
  }

  #catchUp() {
    const { last: after = 0, change } = this.chat?.transcript ?? {};
    this.socket.send({ action: "resume", after, changed: change ?? undefined });
  }

  /** @param {UserFrame | null} frame */
  #frame(frame) {
    if (!frame) return this.outbox.refused(null);
    switch (frame.type) {
      case "ready":
        this.chat?.ready(frame);
        if (frame.has_more) this.#catchUp();
        if (this.#page) this.at(this.#page);
        return this.#acknowledge(frame.messages);
      case "error":
        return this.#error(frame);
      case "pong":
        return;
      case "availability":
        return this.chat?.available(frame);
      default:
        if (frame.chat_id !== this.chat?.chatId) return;
        this.chat.apply(frame);
        if (frame.type === "message") this.#acknowledge([frame]);
    }
  }

  /** @param {Message[]} messages */
  #acknowledge(messages) {
    for (const one of messages) if (one.role === "user") this.outbox.stored(one.client_id);
  }

  /** @param {import("./types.js").ErrorFrame} error */
  #error(error) {
    if (error.code === "chat_closed") return void this.#beginAnew(error);
    if (error.client_id) return this.outbox.refused(error);
    this.notice = error.message;
    // A resume that came too soon is asked again when the server said.
    if (error.retry_after) setTimeout(() => this.#catchUp(), error.retry_after * 1000);
    this.#changed();
  }

  /** @param {import("./socket.js").SocketState} state */
  #socketIs(state) {
    if (state !== "open") this.outbox.pause();
    this.#changed();
  }
}

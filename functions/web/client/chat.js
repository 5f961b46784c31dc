// @ts-check
import { Transcript } from "./transcript.js";
/** @import { Availability, ChatSummary, FrameOfChat, Message, ReadyFrame } from "./types.js" */

const GAP = 1_000;
const SILENCE = 15_000;
const TYPING = 6_000;
// All who wait do not ask in the same second.
const SPREAD = 20_000;
// A longer timer would fire at once.
const LONGEST = 2 ** 31 - 1;

/**
 * @typedef {object} ChatEvents
 * @property {() => void} changed something to be seen is different
 * @property {() => void} missing something did not come: ask the server for all of it again
 */

/**
 * One open chat: its transcript, its summary, who types, and the two clocks that notice when
 * something did not come.
 */
export class Chat {
  transcript = new Transcript();
  /** @type {ChatSummary | null} */
  summary = null;
  /** Whether the team is there, as the server said it last. @type {Availability | null} */
  availability = null;
  /** Who types, and the timer that forgets it. @type {Map<string, ReturnType<typeof setTimeout>>} */
  #typing = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #gap;
  /** How often the gap was asked about. */
  #asked = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #silence;
  /** When the team's hours begin or end. @type {ReturnType<typeof setTimeout> | undefined} */
  #hours;
  #events;

  /**
   * @param {string} chatId
   * @param {ChatEvents} events
   */
  constructor(chatId, events) {
    this.chatId = chatId;
    this.#events = events;
  }

  /** @param {"user" | "manager"} role */
  types(role) {
    return this.#typing.has(role);
  }

  /** The assistant owes an answer. */
  get pending() {
    const asked = this.#lastQuestion;
    const summary = this.summary;
    if (summary?.owner !== "assistant" || !asked) return false;
    if (this.transcript.answeredTo >= asked) return false;
    return summary.last_seq >= asked ? summary.unanswered : true;
  }

  /** Something is owed to the visitor, and it may come at any time. */
  get awaits() {
    return this.pending || Boolean(this.summary?.waiting_since);
  }

  /** An answer is pending, and nothing of it is here yet. */
  get thinking() {
    return this.pending && !this.transcript.draft;
  }

  get #lastQuestion() {
    const texts = this.transcript.messages;
    const last = texts.findLast((one) => one.role === "user" && one.kind === "text");
    return last?.seq ?? 0;
  }

  /** How far a side has read. @param {"user" | "manager"} role */
  seen(role) {
    return this.summary?.seen[role] ?? 0;
  }

  /** Apply one frame about this chat. @param {FrameOfChat} frame */
  apply(frame) {
    switch (frame.type) {
      case "message":
        this.#arrived(frame);
        break;
      case "delta":
        this.transcript.write(frame);
        break;
      case "chat":
        this.summarise(frame);
        break;
      case "typing":
        this.#types(frame.role);
        break;
      case "seen":
        this.#saw(frame.role, frame.seq);
    }
    this.settle();
  }

  /** Apply what a visitor's `resume` was answered with. @param {ReadyFrame} frame */
  ready(frame) {
    if (!this.transcript.begun) this.transcript.begin([], false);
    this.summarise(frame.chat);
    this.available(frame.availability ?? null);
    for (const message of frame.messages) this.transcript.add(message);
    this.transcript.upTo(frame.change);
    if (!frame.has_more) this.transcript.rewrite(frame.draft ?? null);
    this.settle();
  }

  /**
   * Apply messages that were asked for over HTTP.
   * @param {Message[]} messages
   * @param {number} [change] with them all of the chat's changes up to this one are here
   */
  caughtUp(messages, change) {
    for (const message of messages) this.transcript.add(message);
    this.transcript.upTo(change);
    this.settle();
  }

  /** Take over a summary unless a newer one is known. @param {ChatSummary} summary */
  summarise(summary) {
    if (this.summary && isNewer(this.summary, summary)) return;
    const seen = this.summary?.seen;
    this.summary = { ...summary, seen: { ...summary.seen } };
    if (seen) {
      this.summary.seen.user = Math.max(seen.user, summary.seen.user);
      this.summary.seen.manager = Math.max(seen.manager, summary.seen.manager);
    }
    if (summary.owner === "manager" || summary.status === "closed") this.transcript.quiet();
  }

  /** The team is there, or it is not. @param {Availability | null} availability */
  available(availability) {
    this.availability = availability;
    clearTimeout(this.#hours);
    if (availability?.until) {
      const left = Date.parse(availability.until) - Date.now() + Math.random() * SPREAD;
      // Whoever waits hears of it; nobody else asks.
      const look = () => this.summary?.waiting_for && this.#events.missing();
      if (left < LONGEST) this.#hours = setTimeout(look, left);
    }
    this.#events.changed();
  }

  /** Look at the clocks and tell what changed. */
  settle() {
    this.#watchGap();
    this.#watchSilence();
    this.#events.changed();
  }

  /** Forget every clock: this chat is not looked at any more. */
  close() {
    clearTimeout(this.#gap);
    clearTimeout(this.#silence);
    clearTimeout(this.#hours);
    for (const timer of this.#typing.values()) clearTimeout(timer);
    this.#gap = undefined;
    this.#silence = undefined;
    this.#typing.clear();
  }

  #watchGap() {
    if (!this.transcript.gap) {
      clearTimeout(this.#gap);
      this.#gap = undefined;
      this.#asked = 0;
    } else if (this.#gap === undefined && this.transcript.begun) {
      this.#gap = setTimeout(
        () => {
          this.#gap = undefined;
          if (this.#asked++) this.transcript.withoutFront();
          this.#events.missing();
          // Should that be lost, too, it is asked for again.
          this.settle();
        },
        GAP * 2 ** Math.min(this.#asked, 4),
      );
    }
  }

  #watchSilence() {
    clearTimeout(this.#silence);
    if (!this.transcript.draft && !this.pending) return;
    this.#silence = setTimeout(() => {
      this.#events.missing();
      this.#watchSilence();
    }, SILENCE);
  }

  /** @param {Message} message */
  #arrived(message) {
    this.transcript.add(message);
    this.#typesNoMore(message.role);
  }

  /** @param {"user" | "manager"} role */
  #types(role) {
    clearTimeout(this.#typing.get(role));
    const timer = setTimeout(() => {
      this.#typing.delete(role);
      this.#events.changed();
    }, TYPING);
    this.#typing.set(role, timer);
  }

  /** @param {string} role */
  #typesNoMore(role) {
    clearTimeout(this.#typing.get(role));
    this.#typing.delete(role);
  }

  /**
   * @param {"user" | "manager"} role
   * @param {number} seq
   */
  #saw(role, seq) {
    const seen = this.summary?.seen;
    if (seen) seen[role] = Math.max(seen[role], seq);
  }
}

/**
 * Whether `a` is of a later change than `b`.
 * @param {ChatSummary} a
 * @param {ChatSummary} b
 */
export function isNewer(a, b) {
  const difference = Date.parse(a.updated_at) - Date.parse(b.updated_at);
  return difference > 0 || (difference === 0 && a.updated_at > b.updated_at);
}

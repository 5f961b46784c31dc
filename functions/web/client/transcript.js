// @ts-check
/** @import { DeltaFrame, Message } from "./types.js" */

/**
 * @typedef {object} Draft the answer now being written
 * @property {number} reply_to
 * @property {number} try
 * @property {number} start the offset of its first code point that is known here
 * @property {string} text
 */

/**
 * One chat's messages and the answer now being written, whatever order its frames come in.
 *
 * Pushes may be repeated, late, overtaken or lost; `seq` decides. Messages are shown without gaps:
 * what follows a gap is held back, and `gap` says so until it is filled.
 */
export class Transcript {
  /** In `seq` order, without gaps. @type {Message[]} */
  messages = [];
  /** @type {Draft | null} */
  draft = null;
  /** How often something was written to the draft. */
  writes = 0;
  /** There are messages before the first one here. */
  older = false;
  /** The first page is here; until then every message is held back. */
  begun = false;
  /** The last of the chat's changes that is here with all before it; null: nobody knows.
   * @type {number | null}
   */
  change = null;
  /** The highest change that any message here had. */
  #ahead = 0;
  /** @type {Map<number, Message>} */
  #held = new Map();
  /** Pieces of the draft that follow a gap in it, by offset. @type {Map<number, string>} */
  #pieces = new Map();
  /** What was answered, by the `seq` it was an answer to. @type {Set<number>} */
  #answered = new Set();
  #try = 0;
  #finishedTry = 0;

  /** The last `seq` before which nothing is missing. */
  get last() {
    return this.messages.at(-1)?.seq ?? 0;
  }

  /** The first `seq` that is here. */
  get first() {
    return this.messages[0]?.seq ?? 0;
  }

  /** Something is missing in front of what is held back, or a change of an older message. */
  get gap() {
    const unchanged = this.change !== null && this.#ahead > this.change;
    return this.#held.size > 0 || this.#pieces.size > 0 || unchanged;
  }

  /** The highest `seq` that was answered. */
  get answeredTo() {
    return Math.max(0, ...this.#answered);
  }

  /**
   * The newest page of history; the messages must follow one another.
   * @param {Message[]} messages
   * @param {boolean} older
   * @param {number | null} [change] they have the chat's changes up to this one
   */
  begin(messages, older, change = null) {
    this.begun = true;
    this.change = change;
    this.messages = [];
    this.older = older;
    for (const message of messages) this.#append(message);
    this.#drain();
  }

  /**
   * The page before the first message.
   * @param {Message[]} messages
   * @param {boolean} older
   */
  prepend(messages, older) {
    const before = messages.filter((message) => message.seq < this.first);
    this.messages = [...before, ...this.messages];
    this.older = older;
  }

  /** @param {Message} message */
  add(message) {
    if (!this.begun || message.seq > this.last + 1) this.#hold(message);
    else if (message.seq === this.last + 1) this.#append(message);
    else this.#replace(message);
    if (this.begun) this.#drain();
    const change = message.change ?? 0;
    if (this.change !== null && change === this.change + 1) this.change = change;
    this.#ahead = Math.max(this.#ahead, change);
  }

  /** All changes up to this one are here. @param {number | undefined} change */
  upTo(change) {
    if (change !== undefined) this.change = Math.max(this.change ?? 0, change);
  }

  /** @param {DeltaFrame} delta */
  write(delta) {
    const stale = delta.try < this.#try || delta.try <= this.#finishedTry;
    if (stale || this.#answered.has(delta.reply_to)) return;
    this.#try = delta.try;
    if (!this.draft || this.draft.try !== delta.try) {
      this.#pieces.clear();
      this.draft = { reply_to: delta.reply_to, try: delta.try, start: 0, text: "" };
    }
    this.writes++;
    this.#pieces.set(delta.offset, delta.text);
    this.#join(this.draft);
  }

  /** The front of the draft is not to be had: show it from where it is known. */
  withoutFront() {
    if (this.draft?.text !== "" || this.#pieces.size === 0) return;
    this.draft.start = Math.min(...this.#pieces.keys());
    this.#join(this.draft);
  }

  /**
   * What the server has of the running answer now, in place of whatever was here; null: nothing.
   * @param {DeltaFrame | null} delta
   */
  rewrite(delta) {
    this.#pieces.clear();
    if (!delta) {
      this.draft = null;
      return;
    }
    if (delta.try < this.#try || delta.try <= this.#finishedTry) return;
    this.#try = delta.try;
    if (this.draft?.try === delta.try && touches(this.draft, delta)) return this.write(delta);
    this.draft = {
      reply_to: delta.reply_to,
      try: delta.try,
      start: delta.offset,
      text: delta.text,
    };
  }

  /** Nothing is being written any more. */
  quiet() {
    if (this.draft) this.#finishedTry = Math.max(this.#finishedTry, this.draft.try);
    this.draft = null;
    this.#pieces.clear();
  }

  /** Join every piece that touches what is there. @param {Draft} draft */
  #join(draft) {
    for (const [offset, piece] of [...this.#pieces].sort((a, b) => a[0] - b[0])) {
      if (offset > end(draft)) return;
      this.#pieces.delete(offset);
      const known = end(draft) - offset;
      if (known < length(piece)) draft.text += [...piece].slice(known).join("");
    }
  }

  /** @param {Message} message */
  #append(message) {
    this.messages.push(message);
    if (message.kind === "event") this.#heard(message);
    else if (message.role === "assistant") this.#finish(message.reply_to ?? 0);
  }

  /** @param {number} replyTo */
  #finish(replyTo) {
    this.#answered.add(replyTo);
    if (this.draft && this.draft.reply_to <= replyTo) this.quiet();
  }

  /** @param {Message} event */
  #heard(event) {
    // What failed or was cut off is answered once more after a hand-back.
    if (event.event?.name === "handed_back") this.#answered.clear();
    else this.quiet();
  }

  #drain() {
    for (const seq of [...this.#held.keys()].sort((a, b) => a - b)) {
      if (seq > this.last + 1) return;
      const message = /** @type {Message} */ (this.#held.get(seq));
      this.#held.delete(seq);
      if (seq === this.last + 1) this.#append(message);
      else this.#replace(message);
    }
  }

  /** @param {Message} message */
  #hold(message) {
    const known = this.#held.get(message.seq);
    this.#held.set(message.seq, known ? newer(known, message) : message);
  }

  /** @param {Message} message */
  #replace(message) {
    const at = message.seq - this.first;
    const known = this.messages[at];
    if (known?.seq === message.seq) this.messages[at] = newer(known, message);
  }
}

/**
 * What is to be shown of a message that came twice.
 * @param {Message} known
 * @param {Message} message
 */
function newer(known, message) {
  if (known.rev > message.rev) return known;
  if (known.rev === message.rev && !(known.truncated && !message.truncated)) return known;
  const same = message.state !== "erased" && (message.change ?? 0) === (known.change ?? 0);
  const whole = message.truncated && !known.truncated && same;
  return whole ? { ...message, text: known.text, html: known.html, truncated: undefined } : message;
}

/** @param {Draft} draft */
const end = (draft) => draft.start + length(draft.text);

/**
 * @param {Draft} draft
 * @param {DeltaFrame} delta
 */
const touches = (draft, delta) => draft.start <= delta.offset && delta.offset <= end(draft);

/** In code points, as the server counts. @param {string} text */
const length = (text) => [...text].length;

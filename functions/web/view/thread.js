// @ts-check
import { bubble } from "./bubble.js";
import { h, icon, say } from "./dom.js";
import { DraftBody } from "./draft.js";
import { linked } from "./links.js";
import { Rows } from "./rows.js";
/** @import { Unsent } from "../client/outbox.js" */
/** @import { Draft } from "../client/transcript.js" */
/** @import { Message } from "../client/types.js" */

const NEAR = 90;
const JOINED_WITHIN = 5 * 60_000;

/**
 * @typedef {import("./bubble.js").BubbleTexts & {
 *   who: (message: Message) => string, event: (message: Message) => string, draft: string,
 *   thinking: string, sending: string, waiting: string, sent: string, seen: string,
 *   notSent: string, again: string, discard: string, newest: string, log: string,
 * }} ThreadTexts
 *
 * @typedef {{face: HTMLElement | null, kind: string}} Look whose face stands beside a message, and
 *   a class of it
 *
 * @typedef {object} ThreadOptions
 * @property {(message: Pick<Message, "role">) => boolean} mine which side a message stands on
 * @property {(message: Pick<Message, "role" | "author">) => Look} [look]
 * @property {ThreadTexts} texts
 * @property {import("./format.js").Format} format
 * @property {() => void} older
 * @property {(clientId: string) => void} again
 * @property {(clientId: string) => void} discard
 * @property {(clientId: string) => Node} [newer] what stands beside a text that a reply came before
 * @property {(message: Message) => Act[]} [acts] what one can do with a message
 *
 * @typedef {object} Act
 * @property {string} title
 * @property {() => void} run
 * @property {boolean} [apart] the keyboard has another way to it
 *
 * What stands between messages and is none. `at` is its time; null: it comes last.
 * @typedef {import("./rows.js").Item & {at: string | null}} Beside
 *
 * @typedef {object} Shown
 * @property {Message[]} messages
 * @property {Beside[]} [beside]
 * @property {boolean} [older] there are older messages than these
 * @property {Draft | null} draft
 * @property {boolean} thinking
 * @property {string} typing who types, as a sentence; empty: nobody
 * @property {Unsent[]} unsent
 * @property {number} seen how far the other side has read
 * @property {boolean} offline
 */

/** A chat's messages on the screen, the answer as it is written, and who types. */
export class Thread {
  #options;
  #log = h("div", { class: "log", role: "log", "aria-live": "off" });
  #draft = h("div", { class: "row theirs draft", hidden: true });
  #draftBody = h("div", { class: "body writing", dir: "auto" });
  #draftText = new DraftBody(this.#draftBody);
  #draftWho = h("p", { class: "who" });
  #typing = h("p", { class: "typing", role: "status" });
  #newest;
  #rows = new Rows(this.#log);
  #lastKey = "";
  #firstKey = "";

  /** @param {ThreadOptions} options */
  constructor(options) {
    this.#options = options;
    const { texts } = options;
    this.#log.setAttribute("aria-label", texts.log);
    const face = options.look?.({ role: "assistant" }).face;
    this.#draft.append(this.#draftWho, h("div", { class: "bubble" }, this.#draftBody));
    if (face) this.#draft.prepend(face);
    this.#newest = h(
      "button",
      { class: "newest", type: "button", hidden: true, onclick: () => this.toEnd() },
      icon("down"),
      texts.newest,
    );
    this.scroller = h("div", {
      class: "scroller",
      tabindex: "0",
      onscroll: () => this.#scrolled(),
    });
    this.scroller.append(this.#log, this.#draft, this.#typing);
    this.element = h("div", { class: "thread" }, this.scroller, this.#newest);
    new ResizeObserver(() => this.#pinned && this.toEnd()).observe(this.scroller);
  }

  #pinned = true;

  /** @param {Shown} shown */
  show(shown) {
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    const items = this.#items(shown);
    const lastKey = items.at(-1)?.key ?? "";
    const firstKey = items[0]?.key ?? "";
    const mine = lastKey !== this.#lastKey && lastKey.startsWith("c");
    const arrived = this.#lastKey !== "" && lastKey !== this.#lastKey;
    const prepended = this.#firstKey !== "" && firstKey !== this.#firstKey && !arrived;
    this.#rows.show(items);
    this.#showDraft(shown);
    if (this.#pinned || mine) this.toEnd();
    else if (arrived) this.#newest.hidden = false;
    else if (prepended) this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
    this.#lastKey = lastKey;
    this.#firstKey = firstKey;
    // What is there at first is read, not announced.
    if (items.length > 0) setTimeout(() => this.#log.setAttribute("aria-live", "polite"));
  }

  /** Whether the end is in view. */
  get atEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR;
  }

  toEnd() {
    this.#pinned = true;
    this.#newest.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #scrolled() {
    this.#pinned = this.atEnd;
    if (this.#pinned) this.#newest.hidden = true;
    if (this.scroller.scrollTop < NEAR) this.#options.older();
  }

  /** @param {Shown} shown */
  #showDraft({ draft, thinking, typing }) {
    const { texts } = this.#options;
    this.#draft.hidden = !draft && !thinking;
    say(this.#draftWho, draft || thinking ? texts.draft : "");
    this.#draftBody.classList.toggle("thinking", !draft);
    if (draft) this.#draftText.write((draft.start > 0 ? "… " : "") + draft.text);
    else this.#draftText.say(thinking ? texts.thinking : "");
    say(this.#typing, typing);
  }

  /** @param {Shown} shown */
  #items(shown) {
    const marked = shown.messages.findLast((one) => this.#options.mine(one) && one.kind === "text");
    /** @type {import("./rows.js").Item[]} */
    const items = [];
    let before = /** @type {Message | null} */ (null);
    const beside = placed(shown);
    for (const message of shown.messages) {
      const between = beside.before(message.created_at);
      items.push(...between);
      const mark =
        message === marked && shown.unsent.length === 0 ? this.#mark(message, shown) : "";
      items.push(this.#item(message, before, mark, between.length > 0));
      before = message;
    }
    items.push(...beside.rest());
    for (const one of shown.unsent) items.push(this.#unsentItem(one, shown.offline));
    return items;
  }

  /**
   * @param {Message} message
   * @param {Shown} shown
   */
  #mark(message, shown) {
    if (message.role === "assistant") return "";
    const { texts } = this.#options;
    return message.seq <= shown.seen ? texts.seen : texts.sent;
  }

  /**
   * @param {Message} message
   * @param {Message | null} before
   * @param {string} mark
   * @param {boolean} parted something else stands between the two
   * @returns {import("./rows.js").Item}
   */
  #item(message, before, mark, parted) {
    const { format } = this.#options;
    const day = format.day(message.created_at);
    const newDay = !before || format.day(before.created_at) !== day ? day : "";
    const joined = !newDay && !parted && isJoined(message, before);
    const acts = this.#options.acts?.(message) ?? [];
    const doing = acts.map(({ title }) => title).join(" ");
    return {
      // A message keeps its element when it is acknowledged.
      key: message.client_id ? `c${message.role}${message.client_id}` : `s${message.seq}`,
      signature: [message.rev, message.state, message.truncated, mark, newDay, joined, doing].join(
        "|",
      ),
      make: () => this.#row(message, mark, newDay, joined, acts),
    };
  }

  /**
   * @param {Message} message
   * @param {string} mark
   * @param {string} newDay
   * @param {boolean} joined
   * @param {Act[]} acts
   */
  #row(message, mark, newDay, joined, acts) {
    const { texts, mine, format } = this.#options;
    const day = newDay && h("p", { class: "day" }, newDay);
    if (message.kind === "event") {
      return [day, h("p", { class: "event" }, h("bdi", {}, texts.event(message)))];
    }
    const time = h("time", { datetime: message.created_at }, format.clock(message.created_at));
    time.title = format.full(message.created_at);
    const look = this.#options.look?.(message);
    const side = `row ${mine(message) ? "mine" : "theirs"} ${message.role} ${look?.kind ?? ""}`;
    const who = h("p", { class: "who" }, h("bdi", {}, texts.who(message)), " ", time);
    if (joined) who.classList.add("unseen");
    const said = bubble(message, texts);
    return [
      day,
      h(
        "div",
        { class: side.trim(), "data-seq": message.seq },
        !joined && look?.face,
        who,
        said,
        acts.length > 0 && toDo(acts),
        mark && h("p", { class: "mark" }, mark),
      ),
    ];
  }

  /**
   * @param {Unsent} unsent
   * @param {boolean} offline
   * @returns {import("./rows.js").Item}
   */
  #unsentItem(unsent, offline) {
    const role = this.#options.mine({ role: "user" }) ? "user" : "manager";
    return {
      key: `c${role}${unsent.client_id}`,
      signature: [unsent.state, unsent.why, unsent.newer, offline].join("|"),
      make: () => [
        h(
          "div",
          { class: `row mine own ${role} ${unsent.state}` },
          h(
            "div",
            { class: "bubble" },
            h("div", { class: "body plain", dir: "auto" }, ...linked(unsent.text)),
          ),
          this.#unsentMark(unsent, offline),
        ),
      ],
    };
  }

  /**
   * @param {Unsent} unsent
   * @param {boolean} offline
   */
  #unsentMark({ state, why, client_id, newer }, offline) {
    const { texts, again, discard, newer: asks } = this.#options;
    if (state !== "failed") {
      return h("p", { class: "mark" }, offline ? texts.waiting : texts.sending);
    }
    if (newer && asks) return asks(client_id);
    const retry = h("button", { type: "button", onclick: () => again(client_id) }, texts.again);
    const drop = h("button", { type: "button", onclick: () => discard(client_id) }, texts.discard);
    return h(
      "p",
      { class: "mark failed", role: "alert" },
      why || texts.notSent,
      " ",
      retry,
      " ",
      drop,
    );
  }
}

/** @param {Act[]} acts */
function toDo(acts) {
  const buttons = acts.map(({ title, run, apart }) =>
    h("button", { type: "button", tabindex: apart ? "-1" : null, onclick: run }, title),
  );
  return h("p", { class: "to-do" }, ...buttons);
}

/**
 * Whether a message goes on where the one before it ended, without a name above it.
 * @param {Message} message
 * @param {Message | null} before
 */
function isJoined(message, before) {
  if (!before || before.kind === "event" || before.role !== message.role) return false;
  if (before.author?.id !== message.author?.id) return false;
  return Date.parse(message.created_at) - Date.parse(before.created_at) < JOINED_WITHIN;
}

/**
 * Gives what stands beside messages, each once, in the order of time.
 * @param {Shown} shown
 */
function placed({ beside = [], messages, older }) {
  // What is older than the messages that are here comes with those.
  const first = older && messages[0] ? Date.parse(messages[0].created_at) : 0;
  const left = beside.filter(({ at }) => at === null || Date.parse(at) >= first);
  return {
    /** @param {string} time */
    before(time) {
      const until = Date.parse(time);
      const later = left.findIndex(({ at }) => at === null || Date.parse(at) > until);
      return left.splice(0, later < 0 ? left.length : later);
    },
    rest: () => left,
  };
}

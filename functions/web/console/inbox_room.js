// @ts-check
import { h } from "../view/dom.js";
import { Details } from "./details.js";
import { Dragging } from "./dragging.js";
import { Empty } from "./empty.js";
import { Finder, inboxHead } from "./finder.js";
import { Inbox } from "./inbox.js";
import { List } from "./list.js";
import { ManyLine } from "./many_line.js";
import { Pages } from "./pages.js";
import { INBOX } from "./route.js";
import { Selection } from "./selection.js";
import { Side } from "./side.js";
import { StartLine } from "./start_line.js";
import { texts } from "./texts.js";
import { UnsentLine } from "./unsent.js";
import { Views } from "./views.js";
import { Waiting } from "./waiting.js";
/** @import { Context } from "./context.js" */
/** @import { Place } from "./route.js" */
/** @import { Filter } from "./texts.js" */

// The details have a column.
const WIDE = matchMedia("(min-width: 1200px)");

/** The chats on the left, one of them on the right. */
export class InboxRoom {
  /** The first chats are there, or did not come. @type {Promise<void>} */
  loaded = Promise.resolve();
  #context;
  #pages;
  #waiting;
  #list;
  #side;
  #unsent;
  #details;
  #empty;
  #start;

  /** @param {Context} context */
  constructor(context) {
    const { client, me, route, changed } = context;
    this.#context = context;
    this.inbox = new Inbox(changed, client.marks);
    this.inbox.me = me.id;
    this.#pages = new Pages(client, this.inbox, changed, context.ahead);
    this.#waiting = new Waiting(client, this.inbox, me.id, changed);
    this.finder = new Finder(context, {
      look: (view, query) => this.look(view, query),
      down: () => this.#list.focusFirst(),
      href: (view) => route.href({ view }),
      save: () => void this.views.save(),
    });
    this.views = new Views(context, this.finder, this);
    this.selection = new Selection(this.inbox, changed);
    this.#list = this.#makeList();
    this.many = new ManyLine(context, this.selection, this.#list);
    new Dragging(context, this, this.#list.element);
    this.#side = this.#makeSide();
    this.#unsent = new UnsentLine(client.outboxes, (id) => this.choose(id));
    this.#details = new Details(context, () => this.details());
    this.#start = new StartLine(context);
    this.#empty = new Empty({
      ...{ again: () => void this.#pages.load(), look: (view) => void this.look(view) },
      steps: this.#start.steps,
    });
    this.element = h(
      "div",
      { class: "room inbox-room" },
      inboxHead(context, this.finder),
      this.finder.views,
      h(
        "nav",
        { class: "inbox", "aria-label": texts.chats },
        ...[this.#start, this.#unsent, this.many, this.#empty, this.#list].map(
          (one) => one.element,
        ),
      ),
      this.#side.element,
      this.#details.element,
    );
  }

  #makeList() {
    const { client, me, route, changed } = this.#context;
    const events = {
      choose: (/** @type {string} */ id) => this.choose(id),
      href: (/** @type {string} */ chat) => {
        const { filter: view, query } = this.inbox;
        return route.href({ view, query, chat });
      },
      // What has failed is asked for by who presses, or once there is a connection again.
      more: () => void (this.#pages.failed || this.#pages.load()),
      complete: (/** @type {string[]} */ ids) => void this.#pages.complete(ids),
      unsent: (/** @type {string} */ id) => client.outboxes.count(id),
      ...{ selection: this.selection, viewers: client.viewers },
    };
    return new List(this.inbox, me.id, events, changed);
  }

  #makeSide() {
    return new Side(this.#context, this.inbox, {
      longest: () => this.longest(),
      details: () => this.details(),
      chosen: (id) => this.#chosen(id),
      closing: () => this.moveOn(),
    });
  }

  begin() {
    void this.#waiting.load();
    this.#start.begin();
  }

  /** A frame came. @param {import("../client/types.js").ManagerFrame} frame */
  hear(frame) {
    this.#waiting.heard();
    return this.inbox.apply(frame);
  }

  /** The manager sees these sites now. @param {string[] | undefined} sites without: all */
  see(sites) {
    if (!this.inbox.see(sites)) return;
    this.#side.seen();
    void this.#load(this.inbox.filter, this.inbox.query);
    void this.#waiting.load();
  }

  get conversation() {
    return this.#side.conversation;
  }

  /** How many wait, as a text. */
  get waiting() {
    return this.#waiting.label;
  }

  /** What it shows, whatever room is shown now. */
  get place() {
    return { view: this.inbox.filter, query: this.inbox.query, chat: this.#side.chatId };
  }

  /** Those who wait for this manager or for anybody. */
  get mine() {
    return this.#waiting.mine;
  }

  /** Open a chat. @param {string} id */
  choose(id) {
    this.#context.enter(INBOX);
    this.#side.choose(id);
  }

  /** Show what is known about the chat, or hide it again. */
  details() {
    const shown = this.element.classList.toggle("with-details");
    shown ? this.#details.element.focus() : this.skip();
  }

  /** Open the chat before (-1) or after (1). @param {-1 | 1} way */
  step(way) {
    const id = this.#list.neighbour(way);
    if (id) this.choose(id);
  }

  /** Open the chat that waits longest. */
  longest() {
    const id = this.#waiting.longest;
    if (id) this.choose(id);
  }

  /** To where one writes; without an open chat, to the chats. */
  skip() {
    (this.conversation?.composer ?? this.#list).focus();
  }

  /** Show other chats, and go to them. @param {Filter} view @param {string} [query] */
  async goTo(view, query = "") {
    const looked = this.look(view, query);
    // What called this may give the focus back first.
    await null;
    const { activeElement: at, body } = document;
    await looked;
    // Who has gone on meanwhile stays there.
    if ([at, body].includes(document.activeElement)) this.#list.focusShown();
  }

  focusList() {
    this.#list.focus();
  }

  /** Show other chats. @param {Filter} view @param {string} [query] */
  async look(view, query = "") {
    const { route, enter } = this.#context;
    enter(INBOX);
    const place = { ...this.place, room: INBOX, view, query };
    query === this.inbox.query ? route.went(place) : route.searched(place);
    await this.#load(view, query);
  }

  /** The page's address is another one. @param {Place} place */
  moved({ view, query, chat }) {
    const { filter, query: words, cursor } = this.inbox;
    const seen = cursor !== undefined && filter === view && words === query;
    if (!seen) this.loaded = this.#load(view, query);
    this.#side.moved(chat);
  }

  /** @param {Filter} view @param {string} query */
  async #load(view, query) {
    this.#list.element.scrollTop = 0;
    this.selection.keep();
    this.finder.show(view, query);
    await this.#pages.look(view, query);
  }

  /** There is a connection. */
  connected() {
    if (this.#pages.failed) void this.#pages.load();
    if (this.#waiting.failed) void this.#waiting.load();
    this.#side.begin();
  }

  /** @param {string} id */
  #chosen(id) {
    this.element.classList.toggle("chosen", id !== "");
    if (!WIDE.matches) this.element.classList.remove("with-details");
    this.#list.choose(id);
  }

  /** Note the next chat, before anything moves. What this gives goes there. @returns {() => void} */
  moveOn() {
    return this.#side.goOn(this.#list.neighbour(1) ?? this.#list.neighbour(-1));
  }

  /** @param {boolean} lost the connection is */
  draw(lost) {
    this.inbox.arrange();
    this.#list.draw();
    this.many.draw();
    this.#side.draw(lost, this.mine.count > 0);
    this.#details.draw(this.conversation?.summary);
    this.#waiting.refill();
    this.#unsent.draw();
    this.finder.count(this.#waiting.label);
    this.#empty.show(this.inbox, this.#pages.failed, this.mine.count > 0);
    this.views.mark();
    this.#start.draw(this.#empty.guides);
  }
}

// @ts-check
import { ManagerClient } from "../client/manager.js";
import { perFrame } from "../view/dom.js";
import { Format } from "../view/format.js";
import { Alerts } from "./alerts.js";
import { Banner } from "./banner.js";
import { Broadcast } from "./broadcast.js";
import { Device } from "./device.js";
import { Drafts } from "./drafts.js";
import { Empty } from "./empty.js";
import { refuseFiles } from "./files.js";
import { Finder } from "./finder.js";
import { header, notifyButton } from "./header.js";
import { helpDialog } from "./help.js";
import { Inbox } from "./inbox.js";
import { listen } from "./keys.js";
import { layout } from "./layout.js";
import { List } from "./list.js";
import { Pages } from "./pages.js";
import { Side } from "./side.js";
import { SignOut } from "./sign_out.js";
import { lang, nameOf, texts } from "./texts.js";
import { Toast } from "./toast.js";
import { UnsentLine } from "./unsent.js";
import { Waiting } from "./waiting.js";
/** @import { ChatSummary, ManagerFrame, Me } from "../client/types.js" */
/** @import { Filter } from "./texts.js" */

const TICK = 15_000;
// As in console.css: the list and a chat do not stand side by side.
const NARROW = matchMedia("(max-width: 760px)");

/** The whole console: chats on the left, one of them on the right. */
export class Console {
  #me;
  #client;
  #signOut;
  #device;
  #format = new Format(lang);
  #list;
  #alerts;
  #broadcast;
  #pages;
  #waiting;
  #side;
  #toast = new Toast();
  #unsent;
  #draw = perFrame(() => this.#drawNow());
  #inbox = new Inbox(this.#draw);
  #banner = new Banner(this.#draw);
  #finder = new Finder({
    look: (filter, query) => this.#look(filter, query),
    down: () => this.#list.focusFirst(),
  });
  #empty = new Empty(() => void this.#pages.load());
  #help = helpDialog();

  /**
   * @param {string} base
   * @param {Me} me
   */
  constructor(base, me) {
    this.#me = me;
    this.#inbox.me = me.id;
    this.#client = this.#connect(base);
    this.#pages = new Pages(this.#client, this.#inbox, this.#draw);
    const drafts = new Drafts(this.#client.owner);
    this.#signOut = new SignOut(this.#client, drafts, (why) => this.#banner.failed(why));
    this.#device = new Device(this.#client, this.#format, (why) => this.#banner.failed(why));
    this.#waiting = new Waiting(this.#client, this.#inbox, me.id, this.#draw);
    this.#alerts = new Alerts(me.id, (id) => this.#side.choose(id));
    this.#list = this.#makeList(me);
    this.#unsent = new UnsentLine(this.#client.outboxes, (id) => this.#side.choose(id));
    this.#side = this.#makeSide(drafts);
    this.#broadcast = new Broadcast(this.#client, this.#format, drafts.of(" broadcast"));
    this.element = this.#build();
    this.#listen();
    document.addEventListener("visibilitychange", this.#draw);
    setInterval(this.#draw, TICK);
    refuseFiles(() => this.#banner.failed(texts.noFiles));
    this.#client.socket.start();
    void this.#look("open", "");
    void this.#waiting.load();
    this.#side.begin();
  }

  #listen() {
    listen({
      before: () => this.#step(-1),
      after: () => this.#step(1),
      longest: () => this.#longest(),
      takeOver: () => this.#side.conversation?.takeOver(),
      handBack: () => this.#side.conversation?.handBack(),
      stop: () => this.#side.conversation?.stop(),
      close: () => this.#side.conversation?.close(),
      broadcast: () => this.#mayBroadcast && this.#broadcast.open(),
      search: () => this.#finder.focus(),
      list: () => this.#list.focus(),
      help: () => this.#help.showModal(),
    });
  }

  /** @param {string} base */
  #connect(base) {
    const events = {
      frame: (/** @type {ManagerFrame} */ frame) => this.#frame(frame),
      changed: (/** @type {ChatSummary[]} */ chats) => {
        this.#alerts.wait(this.#inbox.learn(chats));
        this.#draw();
      },
      state: () => this.#socketIs(),
      unsent: this.#draw,
      replaced: () => location.reload(),
    };
    const client = new ManagerClient(base, events, this.#me);
    addEventListener("beforeunload", (event) => {
      if (client.outboxes.unkept) event.preventDefault();
    });
    return client;
  }

  get #mayBroadcast() {
    return this.#me.role === "admin";
  }

  /** @param {Me} me */
  #makeList(me) {
    const events = {
      choose: (/** @type {string} */ id) => this.#side.choose(id),
      more: () => void this.#pages.load(),
      complete: (/** @type {string[]} */ ids) => void this.#pages.complete(ids),
      unsent: (/** @type {string} */ id) => this.#client.outboxes.count(id),
    };
    return new List(this.#inbox, this.#format, me.id, events, this.#draw);
  }

  /** @param {Drafts} drafts */
  #makeSide(drafts) {
    const [client, inbox, format] = [this.#client, this.#inbox, this.#format];
    return new Side(
      { client, inbox, me: this.#me.id, drafts, format },
      {
        changed: this.#draw,
        chosen: (id) => this.#chosen(id),
        closing: (chat) => {
          // What happens to it meanwhile moves it in the list.
          const next = this.#list.neighbour(1) ?? this.#list.neighbour(-1);
          return () => this.#closed(chat, next);
        },
        failed: (why) => this.#banner.failed(why),
      },
    );
  }

  /** @param {string} id */
  #chosen(id) {
    this.element.classList.toggle("chosen", id !== "");
    this.#list.choose(id);
  }

  /**
   * What is done makes room for the next chat.
   * @param {ChatSummary} chat
   * @param {string | undefined} next
   */
  #closed(chat, next) {
    if (next && !NARROW.matches) this.#side.choose(next);
    else this.#side.leave();
    this.#toast.offer(texts.nowClosed(nameOf(chat)), texts.reopen, () => {
      const opening = this.#client.setStatus(chat.chat_id, "open");
      opening.then(
        (summary) => {
          this.#inbox.learn([summary]);
          this.#side.choose(chat.chat_id);
        },
        () => this.#banner.failed(texts.unreachable),
      );
    });
  }

  #build() {
    const head = header(this.#me, this.#alerts, {
      broadcast: () => this.#broadcast.open(),
      device: () => void this.#device.open(),
      help: () => this.#help.showModal(),
      signOut: () => this.#signOut.begin(),
    });
    const dialogs = [this.#broadcast, this.#signOut, this.#device].map((one) => one.element);
    return layout(this.#me.open, {
      skip: () => this.#skip(),
      bars: [this.#banner.element],
      inbox: [
        ...[head, this.#finder.search, this.#finder.tabs, notifyButton(this.#alerts)],
        ...[this.#unsent.element, this.#empty.element, this.#list.element],
      ],
      side: this.#side.element,
      above: [this.#toast.element, ...dialogs, this.#help],
    });
  }

  /** To where one writes; without an open chat, to the chats. */
  #skip() {
    if (this.#side.conversation) this.#side.conversation.composer.focus();
    else this.#list.focus();
  }

  /**
   * @param {Filter} filter
   * @param {string} query
   */
  async #look(filter, query) {
    this.#list.element.scrollTop = 0;
    this.#finder.show(filter);
    await this.#pages.look(filter, query);
  }

  /** @param {ManagerFrame} frame */
  #frame(frame) {
    if (frame.type === "budget") this.#banner.budget(frame);
    const waits = this.#inbox.apply(frame);
    if (waits) this.#alerts.wait([waits]);
    this.#draw();
  }

  #socketIs() {
    const { state } = this.#client.socket;
    this.#banner.connection(state);
    if (state === "open") {
      if (this.#pages.failed) void this.#pages.load();
      if (this.#waiting.failed) void this.#waiting.load();
      this.#side.begin();
    }
    this.#draw();
  }

  #drawNow() {
    this.#inbox.arrange();
    this.#list.draw();
    const { state } = this.#client.socket;
    this.#banner.show(state);
    this.#side.conversation?.draw(this.#banner.lost);
    this.#waiting.refill();
    this.#unsent.draw();
    const { count, more } = this.#waiting.mine;
    this.#alerts.badge(count, more);
    this.#finder.count(this.#waiting.label);
    this.#empty.show(this.#inbox, this.#pages.failed);
  }

  /** @param {-1 | 1} way */
  #step(way) {
    const id = this.#list.neighbour(way);
    if (id) this.#side.choose(id);
  }

  #longest() {
    const id = this.#waiting.longest;
    if (id) this.#side.choose(id);
  }
}

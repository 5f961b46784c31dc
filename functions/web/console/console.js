// @ts-check
import { ManagerClient } from "../client/manager.js";
import { h, perFrame } from "../view/dom.js";
import { Format } from "../view/format.js";
import { Alerts } from "./alerts.js";
import { Banner } from "./banner.js";
import { Broadcast } from "./broadcast.js";
import { ConversationPanel } from "./conversation.js";
import { Drafts } from "./drafts.js";
import { Empty, prompt } from "./empty.js";
import { Finder } from "./finder.js";
import { header, notifyButton } from "./header.js";
import { helpDialog } from "./help.js";
import { Inbox } from "./inbox.js";
import { listen } from "./keys.js";
import { List } from "./list.js";
import { Pages } from "./pages.js";
import { SignOut } from "./sign_out.js";
import { lang, texts } from "./texts.js";
/** @import { ChatSummary, ManagerFrame, Me } from "../client/types.js" */
/** @import { Filter } from "./texts.js" */

const TICK = 15_000;

/** The whole console: chats on the left, one of them on the right. */
export class Console {
  #me;
  #client;
  #drafts;
  #signOut;
  #format = new Format(lang);
  #inbox = new Inbox();
  #list;
  #alerts = new Alerts((id) => this.choose(id));
  #broadcast;
  /** @type {ConversationPanel | null} */
  #conversation = null;
  /** @type {import("../client/open_chat.js").OpenChat | null} */
  #opened = null;
  #pages;
  #draw = perFrame(() => this.#drawNow());

  #banner = new Banner(this.#draw);
  #finder = new Finder((filter, query) => void this.#look(filter, query));
  #empty = new Empty(() => void this.#pages.load());
  #side = h("main", { class: "side" });
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
    this.#drafts = new Drafts(this.#client.owner);
    this.#signOut = new SignOut(this.#client, this.#drafts, (why) => this.#banner.failed(why));
    this.#list = new List(
      this.#inbox,
      this.#format,
      me.id,
      {
        choose: (id) => this.choose(id),
        more: () => void this.#pages.load(),
        complete: (ids) => void this.#pages.complete(ids),
        unsent: (id) => this.#client.outboxes.count(id),
      },
      this.#draw,
    );
    this.#broadcast = new Broadcast(this.#client, this.#format);
    this.element = this.#build();
    this.#side.replaceChildren(prompt());
    listen({
      before: () => this.#step(-1),
      after: () => this.#step(1),
      longest: () => this.#longest(),
      takeOver: () => this.#conversation?.takeOver(),
      handBack: () => this.#conversation?.handBack(),
      stop: () => this.#conversation?.stop(),
      close: () => this.#conversation?.close(),
      broadcast: () => this.#mayBroadcast && this.#broadcast.open(),
      search: () => this.#finder.focus(),
      help: () => this.#help.showModal(),
    });
    document.addEventListener("visibilitychange", this.#draw);
    setInterval(this.#draw, TICK);
    this.#client.socket.start();
    void this.#look("all", "");
    void this.#whoWaits();
  }

  /** @param {string} base */
  #connect(base) {
    const events = {
      frame: (/** @type {ManagerFrame} */ frame) => this.#frame(frame),
      changed: (/** @type {ChatSummary[]} */ chats) => {
        this.#inbox.learn(chats);
        this.#draw();
      },
      state: () => this.#socketIs(),
      unsent: this.#draw,
      replaced: () => location.reload(),
    };
    const client = new ManagerClient(base, events, this.#me.id);
    addEventListener("beforeunload", (event) => {
      if (client.outboxes.unkept) event.preventDefault();
    });
    return client;
  }

  get #mayBroadcast() {
    return this.#me.role === "admin";
  }

  /** Open a chat. @param {string} id */
  choose(id) {
    const summary = this.#inbox.chats.get(id);
    if (!summary || this.#opened?.chat.chatId === id) return this.#conversation?.composer.focus();
    if (this.#opened) this.#client.leave(this.#opened);
    this.#opened = this.#client.open(summary, this.#draw);
    this.#conversation = new ConversationPanel(
      this.#client,
      this.#opened,
      this.#me.id,
      this.#format,
      this.#drafts.of(id),
      {
        back: () => this.#leave(),
        learned: (learned) => {
          this.#inbox.learn([learned]);
          this.#draw();
        },
        failed: (why) => this.#banner.failed(why),
      },
    );
    this.#side.replaceChildren(this.#conversation.element);
    this.element.classList.add("chosen");
    this.#list.chosen = id;
    this.#conversation.composer.focus();
    this.#list.reveal(id);
    this.#draw();
  }

  #leave() {
    if (this.#opened) this.#client.leave(this.#opened);
    this.#opened = null;
    this.#conversation = null;
    this.#list.chosen = "";
    this.element.classList.remove("chosen");
    this.#side.replaceChildren(prompt());
    this.#draw();
  }

  #build() {
    const head = header(this.#me, this.#alerts, {
      broadcast: () => this.#broadcast.open(),
      help: () => this.#help.showModal(),
      signOut: () => this.#signOut.begin(),
    });
    const inbox = h(
      "nav",
      { class: "inbox", "aria-label": texts.chats },
      head,
      this.#finder.search,
      this.#finder.tabs,
      notifyButton(this.#alerts),
      this.#empty.element,
      this.#list.element,
    );
    const open = this.#me.open && h("p", { class: "open-mode" }, texts.openMode);
    return h(
      "div",
      { class: "console" },
      h("div", { class: "bars" }, open, this.#banner.element),
      inbox,
      this.#side,
      this.#broadcast.element,
      this.#help,
      this.#signOut.element,
    );
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

  /** Everyone who waits is known from the start: the badge counts them. */
  async #whoWaits() {
    const page = await this.#client
      .chats({ filter: "waiting", q: "", limit: 200 })
      .catch(() => null);
    if (page) this.#inbox.learn(page.chats);
    this.#draw();
  }

  /** @param {ManagerFrame} frame */
  #frame(frame) {
    const waits = this.#inbox.apply(frame);
    if (waits) this.#alerts.waits(waits);
    this.#draw();
  }

  #socketIs() {
    const { state } = this.#client.socket;
    this.#banner.connection(state);
    if (state === "open" && this.#pages.failed) void this.#pages.load();
    this.#draw();
  }

  #drawNow() {
    this.#inbox.arrange();
    this.#list.draw();
    const { state } = this.#client.socket;
    this.#banner.show(state);
    this.#conversation?.draw(this.#banner.lost);
    const { size } = this.#inbox.waiting;
    this.#alerts.badge(size);
    this.#finder.count(size);
    this.#empty.show(this.#inbox, this.#pages.failed);
  }

  /** @param {-1 | 1} way */
  #step(way) {
    const id = this.#list.neighbour(way);
    if (id) this.choose(id);
  }

  #longest() {
    const [first] = [...this.#inbox.waiting].sort((a, b) => a[1] - b[1]);
    if (first) this.choose(first[0]);
  }
}

// @ts-check
import { ManagerClient } from "../client/manager.js";
import { h, perFrame } from "../view/dom.js";
import { Format } from "../view/format.js";
import { Alerts } from "./alerts.js";
import { Banner } from "./banner.js";
import { Broadcast } from "./broadcast.js";
import { ConversationPanel } from "./conversation.js";
import { Empty, prompt } from "./empty.js";
import { Finder } from "./finder.js";
import { header, notifyButton } from "./header.js";
import { helpDialog } from "./help.js";
import { Inbox } from "./inbox.js";
import { listen } from "./keys.js";
import { List } from "./list.js";
import { lang, texts } from "./texts.js";
/** @import { ChatSummary, ManagerFrame, Me } from "../client/types.js" */
/** @import { Filter } from "./texts.js" */

const TICK = 15_000;

/** The whole console: chats on the left, one of them on the right. */
export class Console {
  #me;
  #client;
  #format = new Format(lang);
  #inbox = new Inbox();
  #list;
  #alerts = new Alerts((id) => this.choose(id));
  #broadcast;
  /** @type {ConversationPanel | null} */
  #conversation = null;
  /** @type {import("../client/open_chat.js").OpenChat | null} */
  #opened = null;
  #loading = false;
  #failed = false;
  /** @type {Set<string>} */
  #asked = new Set();
  #draw = perFrame(() => this.#drawNow());

  #banner = new Banner(this.#draw);
  #finder = new Finder((filter, query) => void this.#look(filter, query));
  #empty = new Empty(() => void this.#load());
  #side = h("main", { class: "side" });
  #help = helpDialog();

  /**
   * @param {string} base
   * @param {Me} me
   */
  constructor(base, me) {
    this.#me = me;
    this.#inbox.me = me.id;
    this.#client = new ManagerClient(base, {
      frame: (frame) => this.#frame(frame),
      changed: (chats) => {
        this.#inbox.learn(chats);
        this.#draw();
      },
      state: () => this.#socketIs(),
    });
    this.#list = new List(
      this.#inbox,
      this.#format,
      me.id,
      {
        choose: (id) => this.choose(id),
        more: () => void this.#load(),
        complete: (ids) => void this.#complete(ids),
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
      signOut: () => this.#client.signOut(),
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
    );
  }

  /**
   * @param {Filter} filter
   * @param {string} query
   */
  async #look(filter, query) {
    this.#inbox.look(filter, query);
    this.#loading = false;
    this.#failed = false;
    this.#list.element.scrollTop = 0;
    this.#finder.show(filter);
    await this.#load();
  }

  /** The next page of what is looked at. */
  async #load() {
    const { filter, query, cursor } = this.#inbox;
    if (this.#loading || cursor === null) return;
    this.#loading = true;
    try {
      const page = await this.#client.chats({ filter, q: query, cursor });
      if (filter !== this.#inbox.filter || query !== this.#inbox.query) return;
      this.#inbox.append(page);
      this.#failed = false;
    } catch {
      this.#failed = filter === this.#inbox.filter;
    } finally {
      if (filter === this.#inbox.filter && query === this.#inbox.query) this.#loading = false;
      this.#draw();
    }
  }

  /** @param {string[]} ids */
  async #complete(ids) {
    const wanted = ids.filter((id) => !this.#asked.has(id));
    if (wanted.length === 0) return;
    for (const id of wanted) this.#asked.add(id);
    const found = await this.#client.named(wanted).catch(() => null);
    for (const id of wanted) this.#asked.delete(id);
    if (found) this.#inbox.learn(found.chats);
    this.#draw();
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
    if (state === "open" && this.#failed) void this.#load();
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
    this.#empty.show(this.#inbox, this.#failed);
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

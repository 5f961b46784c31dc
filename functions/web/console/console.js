// @ts-check
import { ManagerClient } from "../client/manager.js";
import { h, icon, perFrame, say, set } from "../view/dom.js";
import { Format } from "../view/format.js";
import { Alerts } from "./alerts.js";
import { Broadcast } from "./broadcast.js";
import { Desk } from "./desk.js";
import { Inbox } from "./inbox.js";
import { listen } from "./keys.js";
import { List } from "./list.js";
import { FILTERS, lang, texts } from "./texts.js";
/** @import { ManagerFrame, Me, Summary } from "../client/types.js" */
/** @import { Filter } from "./texts.js" */

const SEARCH_AFTER = 250;
const TICK = 15_000;
const LOST_AFTER = 2_500;
const SAID_FOR = 8_000;

/** The whole console: chats on the left, one of them on the right. */
export class Console {
  #me;
  #client;
  #format = new Format(lang);
  #inbox = new Inbox();
  #list;
  #alerts = new Alerts((id) => void this.choose(id));
  #broadcast;
  /** @type {Desk | null} */
  #desk = null;
  /** @type {import("../client/open_chat.js").OpenChat | null} */
  #opened = null;
  #loading = false;
  #failed = false;
  /** @type {Set<string>} */
  #asked = new Set();
  #draw = perFrame(() => this.#drawNow());
  #lostAt = 0;
  #trouble = "";

  #banner = h("p", { class: "banner", role: "status", hidden: true });
  #search = h("input", {
    type: "search",
    "aria-label": texts.search,
    placeholder: texts.search,
    autocomplete: "off",
  });
  #tabs = new Map(FILTERS.map((filter) => [filter, this.#tab(filter)]));
  #empty = h("div", { class: "empty", hidden: true });
  #side = h("main", { class: "side" });
  #help = h("dialog", { class: "help", "aria-label": texts.help });

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
      state: () => this.#linkIs(),
    });
    this.#list = new List(
      this.#inbox,
      this.#format,
      me.id,
      {
        choose: (id) => void this.choose(id),
        more: () => void this.#load(),
        complete: (ids) => void this.#complete(ids),
      },
      this.#draw,
    );
    this.#broadcast = new Broadcast(this.#client, this.#format);
    this.element = this.#build();
    this.#choosePrompt();
    listen({
      before: () => this.#step(-1),
      after: () => this.#step(1),
      longest: () => this.#longest(),
      takeOver: () => this.#desk?.takeOver(),
      handBack: () => this.#desk?.handBack(),
      stop: () => this.#desk?.stop(),
      close: () => this.#desk?.close(),
      broadcast: () => this.#mayBroadcast && this.#broadcast.open(),
      search: () => this.#search.focus(),
      help: () => this.#help.showModal(),
    });
    document.addEventListener("visibilitychange", this.#draw);
    setInterval(this.#draw, TICK);
    this.#client.link.start();
    void this.#look("all", "");
    void this.#whoWaits();
  }

  get #mayBroadcast() {
    return this.#me.role === "admin";
  }

  /** Open a chat. @param {string} id */
  async choose(id) {
    const summary = this.#inbox.chats.get(id);
    if (!summary || this.#opened?.chat.chatId === id) return this.#desk?.composer.focus();
    if (this.#opened) this.#client.leave(this.#opened);
    this.#opened = this.#client.open(summary, this.#draw);
    this.#desk = new Desk(this.#client, this.#opened, this.#me.id, this.#format, {
      back: () => this.#leave(),
      learned: (learned) => {
        this.#inbox.learn([learned]);
        this.#draw();
      },
      failed: (why) => this.#say(why),
    });
    this.#side.replaceChildren(this.#desk.element);
    this.element.classList.add("chosen");
    this.#list.chosen = id;
    this.#desk.composer.focus();
    this.#list.reveal(id);
    this.#draw();
  }

  #leave() {
    if (this.#opened) this.#client.leave(this.#opened);
    this.#opened = this.#desk = null;
    this.#list.chosen = "";
    this.element.classList.remove("chosen");
    this.#choosePrompt();
    this.#draw();
  }

  #build() {
    const bare = (/** @type {import("../view/dom.js").Icon} */ name, /** @type {string} */ label) =>
      h("button", { type: "button", class: "bare", "aria-label": label, title: label }, icon(name));
    const sound = bare(this.#alerts.sounds ? "bell" : "muted", texts.sound);
    set(sound, "aria-pressed", String(this.#alerts.sounds));
    sound.onclick = () => {
      this.#alerts.sounds = !this.#alerts.sounds;
      set(sound, "aria-pressed", String(this.#alerts.sounds));
      sound.replaceChildren(icon(this.#alerts.sounds ? "bell" : "muted"));
    };
    const send = bare("megaphone", texts.broadcast);
    send.hidden = !this.#mayBroadcast;
    send.onclick = () => this.#broadcast.open();
    const notify = h("button", { type: "button", class: "notify" }, texts.notify);
    notify.hidden = !this.#alerts.mayAsk;
    notify.onclick = async () => {
      await this.#alerts.ask();
      notify.hidden = !this.#alerts.mayAsk;
    };
    const help = h(
      "button",
      { type: "button", class: "bare", "aria-label": texts.help, title: texts.help },
      "?",
    );
    help.onclick = () => this.#help.showModal();
    this.#help.append(
      h("h2", {}, texts.help),
      h(
        "dl",
        {},
        ...Object.entries(texts.shortcuts).flatMap(([keys, does]) => [
          h("dt", {}, keys),
          h("dd", {}, does),
        ]),
      ),
      h(
        "button",
        { type: "button", class: "primary", onclick: () => this.#help.close() },
        texts.done,
      ),
    );
    const head = h(
      "header",
      {},
      h("span", { class: "badge" }, icon("spark")),
      h("div", { class: "names" }, h("h1", {}, texts.title), this.#whoIAm()),
      sound,
      send,
      help,
    );
    const wait = () =>
      setTimeout(
        () => void this.#look(this.#inbox.filter, this.#search.value.trim()),
        SEARCH_AFTER,
      );
    let typed = 0;
    this.#search.oninput = () => {
      clearTimeout(typed);
      typed = wait();
    };
    const finder = h("div", { class: "finder" }, icon("search"), this.#search);
    const tabs = h(
      "div",
      { class: "tabs", role: "group", "aria-label": texts.filterBy },
      ...this.#tabs.values(),
    );
    const inbox = h(
      "nav",
      { class: "inbox", "aria-label": texts.chats },
      head,
      finder,
      tabs,
      notify,
      this.#empty,
      this.#list.element,
    );
    const open = this.#me.open && h("p", { class: "open-mode" }, texts.openMode);
    return h(
      "div",
      { class: "console" },
      h("div", { class: "bars" }, open, this.#banner),
      inbox,
      this.#side,
      this.#broadcast.element,
      this.#help,
    );
  }

  #whoIAm() {
    if (this.#me.open) return h("p", { class: "about" }, this.#me.name);
    const out = h("button", { type: "button", class: "out" }, texts.signOut);
    out.onclick = async () => {
      await this.#client.signOut().catch(() => {});
      location.reload();
    };
    return h("p", { class: "about" }, h("bdi", {}, this.#me.name), " · ", out);
  }

  /** @param {Filter} filter */
  #tab(filter) {
    const count = h("span", { class: "n" });
    const button = h(
      "button",
      { type: "button" },
      texts.filters[filter],
      filter === "waiting" && count,
    );
    button.onclick = () => void this.#look(filter, this.#inbox.query);
    return button;
  }

  /**
   * @param {Filter} filter
   * @param {string} query
   */
  async #look(filter, query) {
    this.#inbox.look(filter, query);
    this.#loading = this.#failed = false;
    this.#list.element.scrollTop = 0;
    for (const [name, tab] of this.#tabs) set(tab, "aria-pressed", String(name === filter));
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

  #linkIs() {
    const { state } = this.#client.link;
    if (state === "open") {
      this.#lostAt = 0;
      if (this.#failed) void this.#load();
    } else if (!this.#lostAt) {
      this.#lostAt = Date.now();
      setTimeout(this.#draw, LOST_AFTER + 50);
    }
    this.#draw();
  }

  /** Say what went wrong, for a moment. @param {string} why */
  #say(why) {
    this.#trouble = why;
    setTimeout(() => {
      if (this.#trouble === why) this.#trouble = "";
      this.#draw();
    }, SAID_FOR);
    this.#draw();
  }

  #drawNow() {
    this.#inbox.arrange();
    this.#list.draw();
    const { state } = this.#client.link;
    const lost = this.#lostAt > 0 && Date.now() - this.#lostAt > LOST_AFTER;
    this.#desk?.draw(lost);
    const banner = state === "refused" ? texts.refused : lost ? texts.lost : this.#trouble;
    say(this.#banner, banner);
    this.#banner.hidden = !banner;
    const { size } = this.#inbox.waiting;
    this.#alerts.badge(size);
    const count = this.#tabs.get("waiting")?.querySelector(".n");
    if (count) say(count, size > 0 ? String(size) : "");
    this.#drawEmpty();
  }

  #drawEmpty() {
    const { entries, cursor, query, filter } = this.#inbox;
    this.#empty.hidden = entries.length > 0 || (cursor === undefined && !this.#failed);
    if (this.#empty.hidden) return;
    if (this.#failed) {
      const again = h("button", { type: "button", onclick: () => void this.#load() }, texts.again);
      if (!this.#empty.querySelector("button")) {
        this.#empty.replaceChildren(h("p", {}, texts.loadFailed), again);
      }
      return;
    }
    const [title, more] = texts.empty[query ? "search" : filter] ?? [];
    if (this.#empty.textContent === `${title}${more}`) return;
    this.#empty.replaceChildren(h("h2", {}, title), h("p", {}, more));
  }

  #choosePrompt() {
    this.#side.replaceChildren(
      h(
        "div",
        { class: "nothing" },
        icon("chat"),
        h("h2", {}, texts.choose),
        h("p", {}, texts.chooseMore),
      ),
    );
  }

  /** @param {-1 | 1} way */
  #step(way) {
    const id = this.#list.neighbour(way);
    if (id) void this.choose(id);
  }

  #longest() {
    const [first] = [...this.#inbox.waiting].sort((a, b) => a[1] - b[1]);
    if (first) void this.choose(first[0]);
  }
}

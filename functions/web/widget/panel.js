// @ts-check
import { storedValue } from "../client/storage.js";
import { Composer } from "../view/composer.js";
import { h, icon, say } from "../view/dom.js";
import { Format } from "../view/format.js";
import { Thread } from "../view/thread.js";
import { Absent, comesBack } from "./absent.js";
import { answers, event, status, who } from "./texts.js";
/** @import { VisitorClient } from "../client/visitor.js" */
/** @import { Options } from "./options.js" */
/** @import { Texts } from "./texts.js" */

const PATIENCE = 2_500;

/** The open chat: who answers, the messages, and where one writes. */
export class Panel {
  #client;
  #texts;
  #status = h("p", { class: "status" });
  #banner = h("p", { class: "banner", role: "status", hidden: true });
  #greeting;
  #person;
  #wish = h("span");
  #options;
  #format;
  #absent;
  #wasOpen = false;
  /** Since when there is no connection. */
  #lostAt = 0;
  #loading = false;

  /**
   * @param {VisitorClient} client
   * @param {Options} options
   * @param {Texts} texts
   * @param {() => void} close
   * @param {HTMLElement | null} [tool] beside the title
   */
  constructor(client, options, texts, close, tool = null) {
    this.#client = client;
    this.#texts = texts;
    this.#options = options;
    const format = new Format(options.lang);
    this.#format = format;
    this.#absent = new Absent(texts, format, (email) => client.leaveEmail(email));
    this.thread = new Thread({
      mine: (message) => message.role === "user",
      texts: { ...texts, who: (one) => who(one, texts), event: (one) => event(one, texts) },
      format,
      older: () => void this.#older(),
      again: (id) => client.outbox.again(id),
      discard: (id) => client.outbox.discard(id),
    });
    this.composer = new Composer(
      texts,
      options.placeholder,
      storedValue("sessionStorage", `switchboard ${options.store} writing`),
      {
        send: (text) => client.send(text),
        typing: () => client.typing(),
        stop: () => client.stop(),
      },
    );
    const usual = options.mode === "never" ? texts.greetingOfTeam : texts.greeting;
    this.#greeting = h("p", { class: "greeting" }, options.greeting || usual);
    this.thread.scroller.prepend(this.#greeting);
    this.thread.scroller.append(this.#absent.element);
    const ask = () => {
      client.askForPerson(!this.#asked);
      this.composer.focus();
    };
    this.#person = h("button", { class: "person", type: "button", onclick: ask });
    this.#person.append(icon("person"), this.#wish);
    this.element = this.#build(options, options.title || texts.title, close, tool);
    this.composer.catchFiles(this.element, texts.noFiles);
  }

  /**
   * @param {Options} options
   * @param {string} title
   * @param {() => void} close
   * @param {HTMLElement | null} tool
   */
  #build(options, title, close, tool) {
    const name = this.#texts.close;
    const closer = h("button", {
      class: "bare",
      type: "button",
      "aria-label": name,
      onclick: close,
    });
    closer.append(icon("close"));
    const head = h(
      "header",
      {},
      h("span", { class: "badge" }, icon("spark")),
      h("div", { class: "names" }, h("h2", {}, title), this.#status),
      tool,
      closer,
    );
    const foot = h("footer", {}, this.composer.element, this.#person, this.#privacy(options));
    return h(
      "section",
      { class: "panel", role: "dialog", "aria-label": title, hidden: true },
      ...[head, this.#banner, this.thread.element, foot],
    );
  }

  /** What the page says about privacy, where one begins to write. @param {Options} options */
  #privacy({ consent, privacy }) {
    if (!consent && !privacy) return null;
    const link = h("a", { href: privacy, target: "_blank", rel: "noopener" }, this.#texts.privacy);
    return h("p", { class: "privacy" }, consent && h("bdi", {}, consent), privacy && link);
  }

  show() {
    const { chat, outbox, socket } = this.#client;
    const { transcript, summary } = chat ?? {};
    const messages = transcript?.messages ?? [];
    this.#absent.show(summary, chat?.availability);
    this.#greeting.hidden = Boolean(transcript?.older) || (Boolean(chat) && !transcript?.begun);
    this.thread.show({
      messages,
      draft: transcript?.draft ?? null,
      thinking: Boolean(chat?.thinking),
      typing: chat?.types("manager") ? this.#texts.typing(summary?.manager?.name ?? "") : "",
      unsent: outbox.unsent,
      seen: chat?.seen("manager") ?? 0,
      offline: socket.state !== "open" && this.#isLost(),
    });
    say(this.#status, summary ? status(summary, this.#texts, chat?.availability) : this.#before);
    this.element.dataset.owner = summary?.owner ?? "assistant";
    this.element.dataset.answers = answers(summary ?? null);
    this.#person.hidden = summary?.owner === "manager" && !this.#asked;
    say(this.#wish, this.#asked ? this.#texts.noPerson : this.#texts.person);
    this.composer.showStop(Boolean(chat?.pending));
    this.composer.enable(socket.state !== "refused");
    this.#showBanner();
  }

  /** Who answers, before there is a chat: as the site was published. */
  get #before() {
    const { mode, back } = this.#options;
    if (mode !== "never") return this.#texts.answersNow;
    const isAway = Date.parse(back) > Date.now();
    if (!isAway) return this.#texts.teamAnswers;
    return comesBack({ state: "closed", back_at: back }, this.#texts, this.#format);
  }

  /** Whether a person was asked for, and none has come. */
  get #asked() {
    const summary = this.#client.chat?.summary;
    return summary?.waiting_for === "asked" && !summary.manager;
  }

  #showBanner() {
    const { socket, notice } = this.#client;
    if (socket.state === "open") this.#wasOpen = true;
    let text = notice;
    if (socket.state === "refused") text = this.#texts.refused;
    else if (this.#isLost()) text = this.#wasOpen ? this.#texts.lost : this.#texts.unreachable;
    say(this.#banner, text);
    this.#banner.hidden = !text;
  }

  /** Without a connection for longer than a moment, which is not worth a word. */
  #isLost() {
    const { state } = this.#client.socket;
    if (state === "open" || state === "idle" || state === "refused") {
      this.#lostAt = 0;
      return false;
    }
    if (!this.#lostAt) {
      this.#lostAt = Date.now();
      setTimeout(() => this.show(), PATIENCE + 50);
    }
    // The browser knows already.
    if (navigator.onLine === false) return true;
    return Date.now() - this.#lostAt > PATIENCE;
  }

  async #older() {
    if (this.#loading) return;
    this.#loading = true;
    await this.#client.older().catch(() => {});
    this.#loading = false;
  }
}

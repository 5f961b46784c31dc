// @ts-check
import { h, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { ofPage } from "../of_page.js";
import { nameOf, own } from "../texts.js";
import { forField, timesAhead } from "../times.js";
import { isDone } from "../undo.js";
/** @import { ChatSummary } from "../../client/types.js" */
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{ title: "Snooze", put: "Snooze the chat", back: "Bring it back now" },
    ...{ hour: "In an hour", evening: "This evening", tomorrow: "Tomorrow", monday: "Monday" },
    ...{ writes: "Until they write", own: "Another time", cancel: "Cancel" },
    until: (/** @type {string} */ time) => `Snoozed until ${time}.`,
    forWrites: "Snoozed until they write.",
    comes: "It comes back by itself: at its time, or when the visitor writes.",
    done: (/** @type {string} */ name) => `The chat with ${name} is snoozed.`,
  },
  de: {
    ...{ title: "Zurückstellen", put: "Chat zurückstellen" },
    ...{ back: "Jetzt zurückholen", hour: "In einer Stunde", evening: "Heute Abend" },
    ...{ tomorrow: "Morgen", monday: "Montag", writes: "Bis wieder geschrieben wird" },
    ...{ own: "Zu einer anderen Zeit", cancel: "Abbrechen" },
    until: (/** @type {string} */ time) => `Zurückgestellt bis ${time}.`,
    forWrites: "Zurückgestellt, bis wieder geschrieben wird.",
    comes: "Er kommt von selbst zurück: zu seiner Zeit, oder wenn die Person schreibt.",
    done: (/** @type {string} */ name) => `Der Chat mit ${name} ist zurückgestellt.`,
  },
});

const snoozingOf = ofPage((context) => new Snoozing(context));

/** Put a chat off, so that it leaves the lists until its time. @type {Panel} */
export const snooze = {
  order: 14,
  details(context) {
    const snoozing = snoozingOf(context);
    const state = h("p", {});
    const button = h("button", { type: "button", class: "quiet" });
    return {
      title: texts.title,
      element: h("div", { class: "snoozing" }, state, button),
      draw(chat) {
        snoozing.chat = chat;
        const { snoozed, status } = chat;
        const until = snoozed?.until;
        say(
          state,
          snoozed ? (until ? texts.until(context.format.full(until)) : texts.forWrites) : "",
        );
        say(button, snoozed ? texts.back : `${texts.put}…`);
        button.hidden = status !== "open";
        button.onclick = () => (snoozed ? void snoozing.end(chat) : snoozing.open());
      },
    };
  },
  commands(context) {
    const snoozing = snoozingOf(context);
    return [
      {
        ...{ title: texts.put, keys: "Alt+L", run: () => snoozing.open() },
        possible: () => snoozing.shown?.status === "open",
      },
      {
        ...{ title: texts.back, run: () => snoozing.shown && void snoozing.end(snoozing.shown) },
        possible: () => Boolean(snoozing.shown?.snoozed),
      },
    ];
  },
};

/** Until when the chat that is open is put off. */
class Snoozing {
  #context;
  /** The chat that was shown last. @type {ChatSummary | undefined} */
  chat;
  #list = h("div", { class: "choices", role: "group" });
  #time = h("input", { type: "datetime-local", id: "snooze-until", required: true });
  #element = h(
    "dialog",
    { class: "snooze", "aria-label": texts.put },
    h("h2", {}, texts.put),
    h("p", { class: "hint" }, texts.comes),
    this.#list,
  );

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    const form = h(
      "form",
      { class: "own-time" },
      h("label", { for: this.#time.id }, texts.own),
      this.#time,
      h("button", { type: "submit", class: "quiet" }, texts.put),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#put(new Date(this.#time.value));
    };
    const cancel = h("button", { type: "button", class: "quiet" }, texts.cancel);
    cancel.onclick = () => this.#element.close();
    this.#element.append(form, h("div", { class: "buttons" }, cancel));
    this.#element.onkeydown = (event) => this.#key(event);
  }

  /** The chat, while it is open here. */
  get shown() {
    return this.#context.route.place.chat === this.chat?.chat_id ? this.chat : undefined;
  }

  open() {
    if (!this.shown) return;
    // Above all there is, also where the details are hidden.
    if (!this.#element.isConnected) document.body.append(this.#element);
    const times = timesAhead();
    const { format } = this.#context;
    this.#list.replaceChildren(
      ...times.map(({ name, until }) => {
        const iso = until.toISOString();
        const soon = name === "hour" || name === "evening";
        const when = soon ? format.clock(iso) : format.full(iso);
        return this.#choice(texts[name], when, until);
      }),
      // Who waits for a person is not put off for good.
      ...(this.shown.waiting_since ? [] : [this.#choice(texts.writes, "", null)]),
    );
    this.#time.min = forField(new Date());
    this.#time.value = forField(times.at(-1)?.until ?? new Date());
    this.#element.showModal();
    /** @type {HTMLElement} */ (this.#list.firstElementChild).focus();
  }

  /** @param {string} title @param {string} when @param {Date | null} until */
  #choice(title, when, until) {
    const button = h("button", { type: "button", class: "quiet" }, title);
    if (when) button.append(h("span", { class: "when" }, when));
    button.onclick = () => this.#put(until);
    return button;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = [...this.#list.children];
    const at = all.indexOf(/** @type {Element} */ (document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    /** @type {HTMLElement} */ (all[(at + step + all.length) % all.length]).focus();
  }

  /** @param {Date | null} until null: until they write */
  #put(until) {
    const chat = this.shown;
    this.#element.close();
    if (chat) void this.#snooze(chat, until);
  }

  /** @param {ChatSummary} chat @param {Date | null} until */
  async #snooze(chat, until) {
    const { moveOn, undo } = this.#context;
    const goOn = moveOn();
    const act = { act: "snooze", ...(until && { until: until.toISOString() }) };
    const said = texts.done(nameOf(chat));
    if (isDone(await undo.change([chat.chat_id], act, () => said))) goOn();
  }

  /** Bring it back. @param {ChatSummary} chat */
  async end({ chat_id: id }) {
    const { client, learn, changed } = this.#context;
    const call = () => client.call(`manager/chats/${id}/snooze`, { method: "DELETE" });
    const back = await attempt(this.#context, call);
    if (back) learn([back]);
    changed();
  }
}

// @ts-check
import { Problem } from "../client/http.js";
import { newId } from "../client/outbox.js";
import { newUuid } from "./uuid.js";
import { h, say } from "../view/dom.js";
import { cannedOf } from "./canned.js";
import { bodyOf, stepsOf } from "./macro_steps.js";
import { texts } from "./macro_texts.js";
import { texts as common } from "./texts.js";
import { filled, unfilled } from "./variables.js";
/** @import { OpenChat } from "../client/open_chat.js" */
/** @import { ChatSummary } from "../client/types.js" */
/** @import { Context } from "./context.js" */
/** @import { Macro } from "./macros.js" */

/** Choose a macro, see what it does here, and run it. */
export class MacroDialog {
  #context;
  #canned;
  /** @type {OpenChat | undefined} */
  #opened;
  /** @type {Macro | undefined} */
  #macro;
  /** One name for all tries: what was stored is not stored again. */
  #client = "";
  #undo = "";
  /** A text that was held back once. */
  #held = "";
  #anyway = false;
  /** What is on its way, by its message's id. It may be closed meanwhile, and another one opened. */
  #busy = "";
  #title = h("h2", {});
  #filter = h("input", { "aria-label": texts.filter, placeholder: texts.filter, type: "search" });
  #list = h("div", { class: "choices", role: "group", "aria-label": texts.macros });
  #none = h("p", { class: "hint" }, texts.none);
  #choosing = h("div", { class: "own-time" }, this.#filter);
  #text = h("textarea", { id: "macro-says", rows: "5", dir: "auto" });
  #label = h("label", { for: this.#text.id }, texts.message);
  #steps = h("ul", { "aria-label": texts.does });
  #why = h("p", { class: "unfilled", role: "status" });
  #run = h("button", { class: "primary" }, texts.run);
  #form = h("form", {}, this.#label, this.#text, this.#steps);
  #element = h("dialog", { class: "snooze macro", "aria-label": texts.runOne }, this.#title);

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#canned = cannedOf(context);
    const cancel = h("button", { type: "button", class: "quiet" }, texts.cancel);
    cancel.onclick = () => this.#element.close();
    this.#form.append(this.#why, h("div", { class: "buttons" }, this.#run));
    this.#element.append(this.#choosing, this.#list, this.#none, this.#form);
    this.#element.append(h("div", { class: "buttons" }, cancel));
    this.#filter.oninput = () => this.#choices();
    this.#text.oninput = () => this.#typed();
    this.#element.onkeydown = (event) => this.#key(event);
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      void this.#send();
    };
  }

  /** @param {OpenChat} opened @param {Macro} [macro] */
  open(opened, macro) {
    if (this.#element.open) return;
    if (!this.#element.isConnected) document.body.append(this.#element);
    this.#opened = opened;
    this.#filter.value = "";
    this.#element.showModal();
    if (macro) return this.#choose(macro);
    this.#choose();
    void this.#canned.ask().then((came) => came && !this.#macro && this.#choices());
  }

  /** One of them, or none yet. @param {Macro} [macro] */
  #choose(macro) {
    this.#macro = macro;
    for (const part of [this.#choosing, this.#list]) part.hidden = Boolean(macro);
    this.#none.hidden = true;
    this.#form.hidden = !macro;
    say(this.#title, macro?.name ?? texts.runOne);
    if (macro) return this.#show(macro);
    this.#choices();
    this.#filter.focus();
  }

  #choices() {
    const wanted = this.#filter.value.trim().toLowerCase();
    const found = this.#canned.findMacros(wanted, this.#opened?.chat.summary ?? null);
    const buttons = found.map((macro) => {
      const what = [...(macro.text ? [texts.says(macro.text)] : []), ...stepsOf(macro)].join(" · ");
      const button = h("button", { type: "button", class: "quiet" }, h("bdi", {}, macro.name));
      button.append(h("span", { class: "when", dir: "auto" }, what.slice(0, 80)));
      button.onclick = () => this.#choose(macro);
      return button;
    });
    this.#list.replaceChildren(...buttons);
    this.#none.hidden = found.length > 0;
  }

  /** @param {Macro} macro */
  #show(macro) {
    [this.#client, this.#undo, this.#held, this.#anyway] = [newId(), newUuid(), "", false];
    const values = this.#canned.values(this.#opened?.chat.summary ?? null);
    this.#text.value = macro.text ? filled(macro.text, values) : "";
    for (const part of [this.#label, this.#text]) part.hidden = !macro.text;
    this.#steps.replaceChildren(...stepsOf(macro).map((step) => h("li", { dir: "auto" }, step)));
    this.#run.disabled = false;
    const left = unfilled(this.#text.value);
    say(this.#why, left.length > 0 ? texts.open(left.join(", ")) : "");
    if (left.length > 0) this.#select(left);
    else this.#run.focus();
  }

  #typed() {
    this.#held = "";
    if (unfilled(this.#text.value).length === 0) say(this.#why, "");
  }

  /** Mark the first of what is left. @param {string[]} left */
  #select([first = ""]) {
    const at = this.#text.value.indexOf(first);
    this.#text.focus();
    this.#text.setSelectionRange(at, at + first.length);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.isComposing) return;
    const { activeElement: at } = document;
    if (event.key === "Enter" && at === this.#filter) {
      event.preventDefault();
      return /** @type {HTMLElement | null} */ (this.#list.firstElementChild)?.click();
    }
    if (event.key === "Enter" && at === this.#text && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      return void this.#send();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = /** @type {HTMLElement[]} */ ([this.#filter, ...this.#list.children]);
    const from = all.indexOf(/** @type {HTMLElement} */ (at));
    if (!step || from < 0 || this.#macro) return;
    event.preventDefault();
    all[(from + step + all.length) % all.length]?.focus();
  }

  /** Nobody has seen that something is left. */
  get #holds() {
    const text = this.#text.value;
    const left = unfilled(text);
    if (left.length === 0 || this.#held === text) return false;
    this.#held = text;
    say(this.#why, texts.held(left.join(", ")));
    this.#select(left);
    return true;
  }

  async #send() {
    const [macro, opened, text] = [this.#macro, this.#opened, this.#text.value];
    if (!macro || !opened || this.#busy === this.#client) return;
    if (macro.text && !text.trim()) return say(this.#why, texts.empty);
    if (macro.text && this.#holds) return;
    const client = this.#client;
    this.#busy = client;
    say(this.#why, "");
    await this.#call(macro, opened, text, () => this.#client === client && this.#element.open);
    if (this.#busy === client) this.#busy = "";
    this.#context.changed();
  }

  /**
   * @param {Macro} macro
   * @param {OpenChat} opened
   * @param {string} text
   * @param {() => boolean} isShown whether the dialog still shows it
   */
  async #call(macro, opened, text, isShown) {
    const { moveOn, client, failed } = this.#context;
    const undo = this.#undo;
    const goOn = macro.closes || macro.snooze ? moveOn() : () => {};
    const said = macro.text && {
      ...{ text, client_id: this.#client },
      ...(!this.#anyway && { after_seq: opened.read }),
    };
    const body = { ...bodyOf(macro), ...said, undo_id: undo };
    try {
      const done = await client.macro(opened.chat.chatId, body);
      if (!done) return;
      if (isShown()) this.#element.close();
      this.#learn(opened, done.chat);
      this.#tell(macro, opened.chat.chatId, done.result === "done" ? undo : "");
      goOn();
    } catch (error) {
      if (isShown()) this.#refused(error, opened);
      else failed(error instanceof Error ? error.message : "");
    }
  }

  /** @param {OpenChat} opened @param {ChatSummary | null | undefined} summary */
  #learn({ chat }, summary) {
    if (!summary) return;
    chat.summarise(summary);
    chat.settle();
    this.#context.learn([summary]);
  }

  /** @param {Macro} macro @param {string} chatId @param {string} undone without one nothing was done */
  #tell(macro, chatId, undone) {
    const { undo, toast } = this.#context;
    if (!undone) return toast.offer(texts.already, "", () => {});
    if (stepsOf(macro).length === 0) return toast.offer(texts.done(macro.name), "", () => {});
    undo.made(undone, [chatId], (macro.text ? texts.sent : texts.done)(macro.name));
  }

  /** @param {unknown} error @param {OpenChat} opened */
  #refused(error, opened) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401) this.#context.client.socket.reset();
    // It may have been done, and only the answer is lost: what it was stays one.
    if (error.passing) return say(this.#why, error.message || common.unreachable);
    this.#anyway = error.code === "newer_reply";
    if (this.#anyway) void opened.catchUp();
    say(this.#why, this.#anyway ? texts.newer : texts.nothing(error.message));
  }
}

// @ts-check
import { storedValue } from "../client/storage.js";
import { chime } from "../view/chime.js";
import { isQuiet, Rules } from "./rules.js";
import { capped, lang, nameOf, texts, waitsFor } from "./texts.js";
import { Wake } from "./wake.js";
/** @import { Context } from "./context.js" */
/** @import { ManagerClient } from "../client/manager.js" */
/** @import { ListedChat } from "./summaries.js" */
/** @import { ManagerAssignedFrame } from "../client/types.js" */
/** @import { Group, Way } from "./rules.js" */

const WAITING = "chat.waiting";
/** The kind of the notice for whom others have made responsible. */
export const YOURS = "chat.yours";
const SOON = 300;

/** What tells a manager who looks elsewhere: a sound, the tab, the desktop. */
export class Alerts {
  #stored = storedValue("localStorage", "switchboard sound");
  #choose;
  #me;
  #turned = () => {};
  /** What the icon of the installed console shows. */
  #badge = -1;
  /** What this manager has got just now. @type {ManagerAssignedFrame[]} */
  #got = [];
  /** @type {number | undefined} */
  #soon;

  /**
   * @param {ManagerClient} client
   * @param {string} me
   * @param {(id: string) => void} choose open a chat from its notification
   */
  constructor(client, me, choose) {
    this.#me = me;
    this.#choose = choose;
    this.rules = new Rules(client, me);
    this.wake = new Wake(client, lang);
    this.wake.listen(choose);
  }

  /** What is known of this browser and of the manager's wishes. @param {Context["on"]} on */
  begin(on) {
    on("assigned", (frame) => frame.type === "assigned" && this.#gets(frame));
    on("notices", (frame) => frame.type === "notices" && this.rules.hear(frame));
    void this.wake.keep();
    void this.rules.load();
  }

  get sounds() {
    return this.#stored.read() !== "off";
  }

  /** @param {boolean} on */
  set sounds(on) {
    this.#stored.write(on ? null : "off");
    if (on) chime();
    this.#turned();
  }

  /** Be told when the sound was turned on or off. @param {() => void} turned */
  watch(turned) {
    this.#turned = turned;
  }

  get mayAsk() {
    return "Notification" in window && Notification.permission === "default";
  }

  /** Ask the browser, which asks its user. */
  async ask() {
    await Notification.requestPermission();
  }

  /** Chats began to wait. @param {ListedChat[]} chats */
  wait(chats) {
    const told = (/** @type {Way} */ way) => chats.filter((chat) => this.rules.tells(way, chat));
    if (this.sounds && told("sound").length > 0) chime();
    if (!document.hidden || !("Notification" in window)) return;
    if (Notification.permission !== "granted") return;
    for (const chat of told("desktop")) void this.#notify(chat);
  }

  /**
   * Something else happened in a chat, for this manager.
   * @param {string} kind as its push has it
   * @param {string} title
   * @param {string} id of the chat
   * @param {Group} [group] who does not wish to hear of those does not
   */
  tell(kind, title, id, group) {
    const { now } = this.rules;
    if (isQuiet(now, new Date())) return;
    const wished = (/** @type {Way} */ way) => !group || now[way].includes(group);
    if (this.sounds && wished("sound")) chime();
    if (!wished("desktop") || !document.hidden || !("Notification" in window)) return;
    if (Notification.permission === "granted") void this.#show(title, "", id, kind);
  }

  /** Others have made this manager responsible. Many at once are one piece of news. @param {ManagerAssignedFrame} frame */
  #gets(frame) {
    this.#got.push(frame);
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => {
      const [{ chat_id: id, name } = frame, ...more] = this.#got;
      this.#got = [];
      const title = more.length > 0 ? texts.manyYours(more.length + 1) : texts.yours(name ?? "");
      this.tell(YOURS, title, id, "mine");
    }, SOON);
  }

  /** @param {ListedChat} chat */
  #notify(chat) {
    const body = waitsFor(chat, this.#me);
    return this.#show(texts.theWait(nameOf(chat)), body, chat.chat_id, WAITING);
  }

  /**
   * @param {string} title
   * @param {string} body
   * @param {string} id of the chat
   * @param {string} kind
   */
  async #show(title, body, id, kind) {
    // One of each kind for a chat: the next one takes its place, and so does a push.
    const options = { body, tag: kind === WAITING ? id : `${kind} ${id}` };
    const data = { chat_id: id, kind };
    const worker = await this.wake.worker();
    if (worker?.active) return worker.showNotification(title, { ...options, data });
    const shown = new Notification(title, options);
    shown.onclick = () => {
      window.focus();
      this.#choose(id);
      shown.close();
    };
  }

  /**
   * How many wait for this manager or for anybody, on the tab.
   * @param {number} waiting
   * @param {boolean} more there may be more
   */
  badge(waiting, more) {
    const title = waiting > 0 ? `(${capped(waiting, more)}) ${texts.title}` : texts.title;
    if (document.title !== title) document.title = title;
    if (this.#badge === waiting || !navigator.setAppBadge) return;
    this.#badge = waiting;
    void navigator.setAppBadge(waiting).catch(() => undefined);
  }
}

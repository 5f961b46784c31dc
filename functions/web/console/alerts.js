// @ts-check
import { storedValue } from "../client/storage.js";
import { capped, concerns, nameOf, texts, waitsFor } from "./texts.js";
/** @import { ListedChat } from "./inbox.js" */

const NOTES = [660, 880];

/** What tells a manager who looks elsewhere: a sound, the tab, the desktop. */
export class Alerts {
  #stored = storedValue("localStorage", "switchboard sound");
  /** @type {AudioContext | undefined} */
  #audio;
  #choose;
  #me;
  #turned = () => {};

  /**
   * @param {string} me
   * @param {(id: string) => void} choose open a chat from its notification
   */
  constructor(me, choose) {
    this.#me = me;
    this.#choose = choose;
  }

  get sounds() {
    return this.#stored.read() !== "off";
  }

  /** @param {boolean} on */
  set sounds(on) {
    this.#stored.write(on ? null : "off");
    if (on) this.#play();
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
    const mine = chats.filter((chat) => concerns(chat, this.#me));
    if (mine.length > 0 && this.sounds) this.#play();
    if (!document.hidden || !("Notification" in window)) return;
    if (Notification.permission !== "granted") return;
    for (const chat of mine) this.#notify(chat);
  }

  /** @param {ListedChat} chat */
  #notify(chat) {
    const body = waitsFor(chat, this.#me);
    // One for each chat: the next one about it takes its place.
    const shown = new Notification(texts.theWait(nameOf(chat)), { body, tag: chat.chat_id });
    shown.onclick = () => {
      window.focus();
      this.#choose(chat.chat_id);
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
  }

  #play() {
    // A browser lets a page be heard only after its user touched it.
    this.#audio ??= new AudioContext();
    if (this.#audio.state === "suspended") void this.#audio.resume();
    const begin = this.#audio.currentTime;
    for (const [n, frequency] of NOTES.entries()) this.#note(frequency, begin + n * 0.14);
  }

  /**
   * @param {number} frequency
   * @param {number} at
   */
  #note(frequency, at) {
    const audio = /** @type {AudioContext} */ (this.#audio);
    const tone = new OscillatorNode(audio, { frequency });
    const volume = new GainNode(audio, { gain: 0 });
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.16, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(at);
    tone.stop(at + 0.32);
  }
}

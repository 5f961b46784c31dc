// @ts-check
/** @import { Texts } from "./texts_en.js" */

const MAC = /Mac|iP(?:hone|ad)/.test(globalThis.navigator?.platform ?? "");
// So long after the first key of two the second one is waited for.
const SECOND_WITHIN = 1_500;

/**
 * @typedef {object} Command
 * @property {string} title
 * @property {() => void} run
 * @property {string} [keys] as in `Alt+T`, `Mod+K`, `?`, or `G W` for one after the other
 * @property {() => boolean} [possible] without it, always
 * @property {string} [link] it leads to an address
 * @property {string} [id] where another one may have its title
 */

/** Everything that can be done, with its keys: the palette shows it, and the keyboard does it. */
export class Commands {
  /** @type {Command[]} */
  #all = [];
  /** @type {(() => Command[])[]} */
  #more = [];
  #first = "";
  #at = 0;

  /** @param {...Command} commands */
  add(...commands) {
    this.#all.push(...commands);
  }

  /** Some without keys, which come and go. @param {() => Command[]} more */
  also(more) {
    this.#more.push(more);
  }

  /** What can be done now. */
  get possible() {
    return [...this.#all, ...this.#more.flatMap((more) => more())].filter(isPossible);
  }

  /** All that have keys. */
  get taught() {
    return this.#all.filter((one) => one.keys);
  }

  /** What a key means now. @param {KeyboardEvent} event @returns {Command | undefined} */
  wanted(event) {
    if (isSign(event)) return;
    const pressed = pressedBy(event);
    const alone = !pressed.includes("+");
    const writes = isField(event.target);
    // Where somebody writes, one character is a character; in an empty field "?" is none yet.
    if (alone && writes && !(pressed === "?" && isEmpty(event.target))) return;
    const both = this.#follows(pressed, alone && !writes);
    const named = (/** @type {string} */ keys) =>
      this.#all.find((one) => one.keys === keys && isPossible(one));
    return named(both) ?? named(pressed);
  }

  /**
   * The two keys of which this is the second.
   * @param {string} pressed
   * @param {boolean} counts
   */
  #follows(pressed, counts) {
    const inTime = Date.now() - this.#at < SECOND_WITHIN;
    const both = counts && inTime && this.#first ? `${this.#first} ${pressed}` : "";
    this.#first = counts ? pressed : "";
    this.#at = Date.now();
    return both;
  }
}

/** @param {Command} command */
const isPossible = ({ possible }) => !possible || possible();

/**
 * Where keys are for something else.
 * @param {EventTarget | null} target
 * @returns {target is HTMLTextAreaElement | HTMLSelectElement | HTMLInputElement}
 */
export const isField = (target) =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && target.type !== "checkbox");

/** @param {EventTarget | null} target */
const isEmpty = (target) => isField(target) && target.value === "" && target.type !== "password";

/** Some keyboards of Macs write "@" and brackets with Alt. @param {KeyboardEvent} event */
const isSign = ({ altKey, ctrlKey, metaKey, key, target }) =>
  altKey &&
  !ctrlKey &&
  !metaKey &&
  isField(target) &&
  (key === "Dead" || /^[!-/:-@[-`{-~]$/.test(key));

/** By the key's place where Alt or Ctrl is held, since it is another character on some keyboards.
 * @param {KeyboardEvent} event
 */
function pressedBy({ altKey, ctrlKey, metaKey, shiftKey, code, key }) {
  const mod = ctrlKey || metaKey;
  if (!altKey && !mod) return key.length === 1 ? key.toUpperCase() : key;
  if (mod && key === "/") return "Mod+/";
  const held = [mod && "Mod", altKey && "Alt", shiftKey && "Shift"].filter(Boolean);
  return [...held, code.replace(/^(?:Key|Digit|Arrow)/, "")].join("+");
}

/** @type {Record<string, string>} */
const MAC_SIGNS = { Mod: "⌘", Alt: "⌥", Shift: "⇧" };
/** @type {Record<string, string>} */
const SIGNS = { Up: "↑", Down: "↓", Enter: "⏎", Escape: "Esc" };

/** Keys as they stand on the keyboard. @param {string} keys @param {Texts} texts */
export function shown(keys, texts) {
  const sign = (/** @type {string} */ key) => {
    if (MAC && MAC_SIGNS[key]) return MAC_SIGNS[key];
    return key === "Mod" ? texts.control : (SIGNS[key] ?? key);
  };
  return keys
    .split(" ")
    .map((one) => one.split("+").map(sign).join(" "))
    .join(" ");
}

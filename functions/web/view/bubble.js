// @ts-check
import { h } from "./dom.js";
import { safe } from "./markup.js";
/** @import { Message } from "../client/types.js" */

// Longer ones are folded: a wall of text must not push the chat away.
const LONG_TEXT = 2_400;
const LONG_LINES = 28;

/**
 * @typedef {object} BubbleTexts
 * @property {string} interrupted
 * @property {string} failed
 * @property {string} erased
 * @property {string} cut
 * @property {string} more
 * @property {string} less
 */

/**
 * What a message says. Text is text; HTML is the server's, copied through a list of what may be.
 * @param {Message} message
 * @param {BubbleTexts} texts
 */
export function bubble(message, texts) {
  const body = h("div", { class: "body", dir: "auto" });
  if (message.state === "erased") body.append(h("em", {}, texts.erased));
  else fill(body, message);
  const element = h("div", { class: `bubble ${message.state}` }, body);
  if (isLong(message.text)) fold(element, body, texts);
  if (message.truncated) element.append(h("p", { class: "note" }, texts.cut));
  if (message.state === "interrupted") {
    element.append(h("p", { class: "note" }, texts.interrupted));
  }
  if (message.state === "failed") element.append(h("p", { class: "note" }, texts.failed));
  return element;
}

/**
 * @param {HTMLElement} body
 * @param {Message} message
 */
function fill(body, message) {
  const nodes = message.html ? safe(message.html) : null;
  if (nodes) body.append(nodes);
  else body.textContent = message.text;
  body.classList.toggle("plain", !nodes);
}

/** @param {string} text */
function isLong(text) {
  return text.length > LONG_TEXT || text.split("\n", LONG_LINES + 1).length > LONG_LINES;
}

/**
 * @param {HTMLElement} element
 * @param {HTMLElement} body
 * @param {BubbleTexts} texts
 */
function fold(element, body, texts) {
  const button = h(
    "button",
    { class: "fold", type: "button", "aria-expanded": "false" },
    texts.more,
  );
  body.classList.add("folded");
  button.onclick = () => {
    const folded = body.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
    button.textContent = folded ? texts.more : texts.less;
  };
  element.append(button);
}

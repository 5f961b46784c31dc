// @ts-check
import { h, say, set } from "./dom.js";
import { linked } from "./links.js";
import { safe } from "./markup.js";
/** @import { Message } from "../client/types.js" */

/**
 * @typedef {object} BubbleTexts
 * @property {string} interrupted
 * @property {string} failed
 * @property {string} erased
 * @property {string} edited
 * @property {string} cut
 * @property {string} copy
 * @property {string} copied
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
  decorate(body, texts);
  const element = h("div", { class: `bubble ${message.state}` }, body);
  if (message.change && message.state !== "erased") {
    element.append(h("p", { class: "edited" }, texts.edited));
  }
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
  else body.append(...linked(message.text));
  body.classList.toggle("plain", !nodes);
}

const TASK = /^\[([ xX])\]\s+/;

/**
 * What the server's HTML does not say: a task is done or not, code can be copied, and what is wider
 * than the chat can be reached by the keyboard.
 * @param {HTMLElement} body
 * @param {BubbleTexts} texts
 */
function decorate(body, texts) {
  for (const item of body.querySelectorAll("li")) markTask(item);
  for (const wide of body.querySelectorAll("pre, table")) {
    const box = h("div", { class: "wide" });
    wide.replaceWith(box);
    box.append(wide);
    if (wide instanceof HTMLPreElement && navigator.clipboard) box.append(copier(wide, texts));
    const look = new ResizeObserver(() => {
      set(wide, "tabindex", wide.scrollWidth > wide.clientWidth ? "0" : null);
    });
    look.observe(wide);
  }
}

/** @param {HTMLElement} item */
function markTask(item) {
  const text = document.createTreeWalker(item, NodeFilter.SHOW_TEXT).nextNode();
  if (!(text instanceof Text)) return;
  const found = TASK.exec(text.data);
  if (!found) return;
  text.data = (found[1] === " " ? "☐ " : "☑ ") + text.data.slice(found[0].length);
  item.classList.add("task");
}

/**
 * @param {HTMLElement} code
 * @param {BubbleTexts} texts
 */
function copier(code, texts) {
  const button = h("button", { class: "copy", type: "button" }, texts.copy);
  button.onclick = async () => {
    await navigator.clipboard.writeText(code.textContent ?? "").then(
      () => say(button, texts.copied),
      () => getSelection()?.selectAllChildren(code),
    );
    setTimeout(() => say(button, texts.copy), 2_000);
  };
  return button;
}

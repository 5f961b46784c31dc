// @ts-check
import { h, say } from "../view/dom.js";
import { texts } from "./texts.js";

const COPIED_FOR = 2_000;

/**
 * A button that copies a text. A browser lets only a page copy that came by HTTPS.
 * @param {string} label
 * @param {() => string} text
 */
export function copyButton(label, text) {
  const button = h("button", { type: "button", class: "quiet" }, label);
  button.hidden = !navigator.clipboard;
  button.onclick = async () => {
    await navigator.clipboard.writeText(text());
    say(button, texts.copied);
    setTimeout(() => say(button, label), COPIED_FOR);
  };
  return button;
}

// @ts-check
import { h } from "../view/dom.js";
import { texts } from "./texts.js";

/** The list of shortcuts. */
export function helpDialog() {
  const close = () => dialog.close();
  const lines = Object.entries(texts.shortcuts);
  const dialog = h(
    "dialog",
    { class: "help", "aria-label": texts.help },
    h("h2", {}, texts.help),
    h("dl", {}, ...lines.flatMap(([keys, does]) => [h("dt", {}, keys), h("dd", {}, does)])),
    h("button", { type: "button", class: "primary", onclick: close }, texts.done),
  );
  return dialog;
}

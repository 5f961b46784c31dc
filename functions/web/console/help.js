// @ts-check
import { h } from "../view/dom.js";
import { taughtLine } from "./taught.js";
import { texts } from "./texts.js";
/** @import { Commands } from "./commands.js" */

/** @param {[string, string]} line */
const filterLine = ([typed, does]) =>
  h("div", {}, h("dt", {}, h("code", {}, typed)), h("dd", {}, does));

/** The list of shortcuts. @param {Commands} commands */
export function helpDialog(commands) {
  const close = () => dialog.close();
  const dialog = h("dialog", { class: "help", "aria-label": texts.help });
  const show = () => {
    const taught = commands.taught.map((one) => [one.keys ?? "", one.title]);
    const lines = [...taught, ...texts.moreKeys].map(([keys, does]) => taughtLine(keys, does));
    dialog.replaceChildren(
      h("h2", {}, texts.help),
      h("dl", { class: "taught" }, ...lines),
      h("p", {}, texts.searchHelp),
      h("dl", { class: "taught" }, ...texts.searchFilters.map(filterLine)),
      h("button", { type: "button", class: "primary", onclick: close }, texts.done),
    );
    dialog.showModal();
  };
  return { element: dialog, show };
}

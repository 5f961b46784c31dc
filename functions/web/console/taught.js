// @ts-check
import { h } from "../view/dom.js";
import { shown } from "./commands.js";
import { texts } from "./texts.js";

/** An action with its keys beside it, for a list of them. @param {string} keys @param {string} does */
export function taughtLine(keys, does) {
  const each = shown(keys, texts)
    .split(" ")
    .map((one) => h("kbd", {}, one));
  return h("div", {}, h("dt", {}, does), h("dd", {}, ...each));
}

// @ts-check
import { h } from "../view/dom.js";
import { texts } from "./texts.js";

/**
 * What stands where.
 * @param {boolean} isOpen nobody has to sign in
 * @param {object} parts
 * @param {() => void} parts.skip go past the list
 * @param {HTMLElement[]} parts.bars what is wrong
 * @param {HTMLElement} parts.rail where one can go
 * @param {HTMLElement} parts.room the first one; the others come after it
 * @param {HTMLElement[]} parts.above what comes up over both
 */
export function layout(isOpen, { skip, bars, rail, room, above }) {
  const open = isOpen && h("p", { class: "open-mode" }, texts.openMode);
  return h(
    "div",
    { class: "console" },
    h("button", { type: "button", class: "skip", onclick: skip }, texts.skip),
    h("div", { class: "bars", role: "banner" }, open, ...bars),
    rail,
    room,
    ...above,
  );
}

// @ts-check
import { h, icon } from "../view/dom.js";

export const HUES = 8;
const WORD = /[\p{L}\p{N}]\S*/gu;

/**
 * Who a face is of.
 * @typedef {object} Person
 * @property {"visitor" | "manager" | "assistant" | "nobody"} kind
 * @property {string} [id]
 * @property {string} [name]
 * @property {number} [hue] the colour that the person chose
 */

/** A person's face until there are pictures: the initials, in a colour of the person's own.
 * @param {Person} person
 */
export function avatar(person) {
  return paint(h("span", { class: "avatar", "aria-hidden": "true" }), person);
}

/** Show another person. @param {HTMLElement} face @param {Person} person */
export function paint(face, { kind, id = "", name = "", hue }) {
  const key = `${kind} ${id} ${name} ${hue}`;
  if (face.dataset.of === key) return face;
  face.dataset.of = key;
  const coloured = kind === "visitor" || kind === "manager" ? ` hue-${hue ?? hueOf(id)}` : "";
  const small = face.classList.contains("by") ? "by " : "";
  face.className = `${small}avatar ${kind}${coloured}`;
  face.replaceChildren(sign(kind, name));
  return face;
}

/** @param {Person["kind"]} kind @param {string} name */
function sign(kind, name) {
  if (kind === "assistant") return icon("spark");
  if (kind === "nobody") return "";
  return initials(name) || icon("person");
}

/** The first letters of a name's first and last word. @param {string} name */
export function initials(name) {
  const words = name.match(WORD) ?? [];
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}

/** The same for the same id, always. @param {string} id */
export function hueOf(id) {
  let sum = 0;
  for (const one of id) sum = (sum * 31 + (one.codePointAt(0) ?? 0)) >>> 0;
  return sum % HUES;
}

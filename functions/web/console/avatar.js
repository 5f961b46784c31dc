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
  face.replaceChildren(sign(kind, name, id));
  return face;
}

/** @param {Person["kind"]} kind @param {string} name @param {string} id */
function sign(kind, name, id) {
  if (kind === "assistant") return icon("spark");
  if (kind === "nobody") return "";
  return initials(name) || (id ? pattern(id) : icon("person"));
}

const SVG = "http://www.w3.org/2000/svg";

/** Who gave no name is known again by a pattern of their own. @param {string} id */
function pattern(id) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 5 5");
  svg.setAttribute("class", "pattern");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", squares(id));
  svg.append(path);
  return svg;
}

/** Squares in five rows, the same on the left and on the right. @param {string} id */
export function squares(id) {
  const bits = mixed(id);
  let d = "";
  for (let n = 0; n < 15; n++) {
    if (!(bits & (1 << n))) continue;
    const [x, y] = [n % 3, Math.floor(n / 3)];
    for (const at of new Set([x, 4 - x])) d += `M${at} ${y}h1v1h-1z`;
  }
  return d || "M2 2h1v1h-1z";
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
  return sumOf(id) % HUES;
}

/** @param {string} id */
function sumOf(id) {
  let sum = 0;
  for (const one of id) sum = (sum * 31 + (one.codePointAt(0) ?? 0)) >>> 0;
  return sum;
}

/** All bits of a name's sum depend on all of its letters. @param {string} id */
function mixed(id) {
  let bits = Math.imul(sumOf(id) ^ 0x9e3779b9, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

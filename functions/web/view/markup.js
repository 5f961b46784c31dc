// @ts-check
import { trustedHtml } from "./trusted.js";

/** What may stand in a message, and with which attributes. Everything else becomes its text. */
const ALLOWED = new Map([
  ...["P", "BR", "HR", "STRONG", "EM", "S", "DEL", "CODE", "PRE", "BLOCKQUOTE", "UL", "LI"].map(
    (tag) => /** @type {[string, string[]]} */ ([tag, []]),
  ),
  ...["TABLE", "THEAD", "TBODY", "TR", "TH", "TD"].map(
    (tag) => /** @type {[string, string[]]} */ ([tag, []]),
  ),
  ["A", ["href", "title"]],
  ["OL", ["start"]],
]);
const HEADINGS = /^H[1-6]$/;
const HARMFUL = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "SVG", "MATH"]);
const SCHEMES = new Set(["http:", "https:", "mailto:", "tel:"]);
const DEEPEST = 60;
const TURNS = /[\u202a-\u202e\u2066-\u2069]+/g;

/**
 * The server's HTML of a message as nodes of ours: each is made anew from a short list, so that
 * nothing gets into the page that is not on it, whatever the server was made to say. Null where
 * the page around forbids parsing; show the text then.
 *
 * @param {string} html
 * @returns {DocumentFragment | null}
 */
export function safe(html) {
  const parsed = parse(html);
  if (!parsed) return null;
  const fragment = document.createDocumentFragment();
  copy(parsed.body, fragment, 0);
  return fragment;
}

/** @param {string} html */
function parse(html) {
  try {
    return new DOMParser().parseFromString(trustedHtml(html), "text/html");
  } catch {
    return null;
  }
}

/**
 * @param {Node} from
 * @param {Node} to
 * @param {number} depth
 */
function copy(from, to, depth) {
  for (const node of from.childNodes) {
    if (node instanceof Text) to.appendChild(document.createTextNode(node.data));
    else if (node instanceof Element) copyElement(node, to, depth);
  }
}

/**
 * @param {Element} element
 * @param {Node} to
 * @param {number} depth
 */
function copyElement(element, to, depth) {
  if (HARMFUL.has(element.tagName.toUpperCase())) return;
  if (depth > DEEPEST) {
    to.appendChild(document.createTextNode(element.textContent ?? ""));
    return;
  }
  const made = counterpart(element);
  if (made) to.appendChild(made);
  copy(element, made ?? to, depth + 1);
}

/** @param {Element} element */
function counterpart(element) {
  // A message's headings are not the page's.
  if (HEADINGS.test(element.tagName)) return heading();
  const attributes = ALLOWED.get(element.tagName);
  if (!attributes) return null;
  const made = document.createElement(element.tagName);
  for (const name of attributes) {
    const value = element.getAttribute(name);
    if (value !== null && (name !== "href" || isPlainLink(value))) made.setAttribute(name, value);
  }
  if (!(made instanceof HTMLAnchorElement)) return made;
  // A link that leads nowhere is its text.
  return made.href ? leave(made) : null;
}

/**
 * A link out of the chat. Nothing in its text turns the direction of what follows.
 * @param {string} href
 * @param {...(Node | string)} children
 */
export function link(href, ...children) {
  const made = document.createElement("a");
  made.href = href;
  made.append(...children);
  const texts = document.createTreeWalker(made, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = /** @type {Text} */ (texts.currentNode);
    const plain = text.data.replace(TURNS, "");
    if (plain !== text.data) text.data = plain;
  }
  return leave(made);
}

/** @param {HTMLAnchorElement} made */
function leave(made) {
  made.target = "_blank";
  made.rel = "noopener noreferrer nofollow";
  return made;
}

function heading() {
  const made = document.createElement("p");
  made.className = "heading";
  return made;
}

/** @param {string} href */
export function isPlainLink(href) {
  try {
    return SCHEMES.has(new URL(href).protocol);
  } catch {
    return false;
  }
}

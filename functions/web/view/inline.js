// @ts-check
import { h } from "./dom.js";
import { linked, readable, target, WEB, withoutEnd } from "./links.js";
import { isPlainLink, link } from "./markup.js";

// Beyond this the text of a block is shown as it is: nobody writes so, and it would take long.
const MOST_MARKS = 300;

const INLINE = new RegExp(
  [
    /(?<ticks>`+)(?<code>[\s\S]*?[^`])\k<ticks>(?!`)/,
    /!?\[(?<label>[^\]]*)\]\(<?(?<href>[^\s)>]*)>?(?:\s+"[^"]*")?\)/,
    /\*{3}(?=\S)(?<both>[\s\S]*?\S)\*{3}/,
    /(?<two>\*\*|__)(?=\S)(?<strong>[\s\S]*?\S)\k<two>/,
    /\*(?=[^\s*])(?<em>[\s\S]*?[^\s*])\*(?!\*)/,
    /(?<!\w)_(?=[^\s_])(?<under>[\s\S]*?[^\s_])_(?!\w)/,
    /~~(?=\S)(?<gone>[\s\S]*?\S)~~/,
    /\\(?<sign>[!-/:-@[-`{-~])/,
    new RegExp(`(?<![\\w@/])(?<address>${WEB})`),
    // What the rest of the answer will close.
    /\[(?<opened>[^\]]+)\]\([^)]*$/,
    /(?:\*\*|__)(?=\S)(?<open>[\s\S]*)$/,
    /`(?<openCode>[^`]+)$/,
  ]
    .map((one) => one.source)
    .join("|"),
  "g",
);
const MARKS = /[*_`[\\~]/g;

/**
 * Emphasis, code and links as nodes: what an unfinished answer needs. The server's HTML follows.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function inline(text) {
  if ((text.match(MARKS)?.length ?? 0) > MOST_MARKS) return lines(text);
  /** @type {(Node | string)[]} */
  const nodes = [];
  const marks = new RegExp(INLINE);
  let at = 0;
  for (let found = marks.exec(text); found; found = marks.exec(text)) {
    const whole = found.groups?.address ? withoutEnd(found[0]) : found[0];
    nodes.push(...lines(text.slice(at, found.index)), ...made(whole, found.groups ?? {}));
    at = found.index + Math.max(1, whole.length);
    marks.lastIndex = at;
  }
  return [...nodes, ...lines(text.slice(at))];
}

/**
 * @param {string} whole
 * @param {Record<string, string | undefined>} groups
 * @returns {(Node | string)[]}
 */
function made(whole, groups) {
  const { label, href = "", address, sign, opened } = groups;
  const code = groups.code ?? groups.openCode;
  if (code) return [h("code", {}, code)];
  if (label !== undefined) {
    const plain = !whole.startsWith("!") && isPlainLink(href);
    return plain ? [outermost(link(href, ...inline(label)))] : inline(label);
  }
  if (opened) return inline(opened);
  if (sign) return [sign];
  if (address) return [link(target(whole), readable(whole))];
  return [emphasis(groups) ?? whole];
}

/** @param {Record<string, string | undefined>} groups */
function emphasis({ both, strong, open, em, under, gone }) {
  const bold = strong ?? open;
  const slanted = em ?? under;
  if (both) return h("strong", {}, h("em", {}, ...inline(both)));
  if (bold) return h("strong", {}, ...inline(bold));
  if (slanted) return h("em", {}, ...inline(slanted));
  return gone ? h("del", {}, ...inline(gone)) : null;
}

/** An address within a link is no link of its own. @param {HTMLElement} outer */
function outermost(outer) {
  for (const inner of outer.querySelectorAll("a")) inner.replaceWith(...inner.childNodes);
  return outer;
}

/** Each line break is one. @param {string} text @returns {(Node | string)[]} */
function lines(text) {
  const [first, ...rest] = text.split("\n");
  return [...linked(first), ...rest.flatMap((line) => [h("br"), ...linked(line)])];
}

// @ts-check
import { h } from "./dom.js";
import { inline } from "./inline.js";

const FENCE = /^ {0,3}(`{3,}|~{3,})([^`]*)$/;
const HEADING = /^ {0,3}#{1,6} +(.*?)(?: +#+)?$/;
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( *)([-*+]|\d{1,9}[.)])(?: +|$)/;
const TABLE_RULE = /^ {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$/;
const DEEPEST = 8;
// Other numbers begin a year or a day; see `core/protocol/markdown.py`.
const FIRST_NUMBERS = 10;

/**
 * @typedef {{source: string[], make: (depth: number) => HTMLElement}} Block
 */

/**
 * The blocks of a text, each with its own lines. Whatever is still open is closed at the end.
 * @param {string[]} lines
 * @returns {Block[]}
 */
export function blocks(lines) {
  /** @type {Block[]} */
  const found = [];
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === "") {
      at++;
      continue;
    }
    const [end, make] = block(lines, at);
    found.push({ source: lines.slice(at, end), make });
    at = end;
  }
  return found;
}

/**
 * The end of the block that begins here, and what makes it.
 * @param {string[]} lines
 * @param {number} at
 * @returns {[number, (depth: number) => HTMLElement]}
 */
function block(lines, at) {
  const line = lines[at];
  const fence = FENCE.exec(line);
  if (fence) return fenced(lines, at, fence[1]);
  const heading = HEADING.exec(line);
  if (heading) return [at + 1, () => h("p", { class: "heading" }, ...inline(heading[1]))];
  if (RULE.test(line)) return [at + 1, () => h("hr")];
  if (QUOTE.test(line)) return quote(lines, at);
  if (beginsList(line)) return list(lines, at);
  if (isTable(lines, at)) return table(lines, at);
  const end = until(lines, at + 1, (one, i) => endsParagraph(lines, one, i));
  const text = lines.slice(at, end).map((one) => one.trim());
  return [end, () => h("p", {}, ...inline(text.join("\n")))];
}

/**
 * @param {string[]} lines
 * @param {number} from
 * @param {(line: string, i: number) => boolean} ends
 */
function until(lines, from, ends) {
  let at = from;
  while (at < lines.length && !ends(lines[at], at)) at++;
  return at;
}

/**
 * @param {string[]} lines
 * @param {string} line
 * @param {number} i
 */
function endsParagraph(lines, line, i) {
  if (line.trim() === "" || FENCE.test(line) || HEADING.test(line) || RULE.test(line)) return true;
  return QUOTE.test(line) || beginsList(line) || isTable(lines, i);
}

/** @param {string} line */
function beginsList(line) {
  const item = ITEM.exec(line);
  return item !== null && !(parseInt(item[2], 10) >= FIRST_NUMBERS);
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @param {string} marks
 * @returns {[number, () => HTMLElement]}
 */
function fenced(lines, at, marks) {
  const end = until(lines, at + 1, (one) => one.trim().startsWith(marks) && !/[^`~\s]/.test(one));
  const code = lines.slice(at + 1, end).join("\n");
  return [Math.min(end + 1, lines.length), () => h("pre", {}, h("code", {}, `${code}\n`))];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[number, (depth: number) => HTMLElement]}
 */
function quote(lines, at) {
  const end = until(lines, at + 1, (one) => one.trim() === "");
  const inner = lines.slice(at, end).map((one) => one.replace(QUOTE, ""));
  return [end, (depth) => fill(h("blockquote"), inner, depth)];
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[number, (depth: number) => HTMLElement]}
 */
function list(lines, at) {
  const first = /** @type {RegExpExecArray} */ (ITEM.exec(lines[at]));
  const indent = first[1].length;
  const ordered = /\d/.test(first[2]);
  const isItem = (/** @type {string} */ line) => {
    const item = ITEM.exec(line);
    return item !== null && item[1].length <= indent + 1 && /\d/.test(item[2]) === ordered;
  };
  const end = until(lines, at + 1, (line, i) => {
    if (line.trim() === "")
      return !isInside(lines[i + 1] ?? "", indent) && !isItem(lines[i + 1] ?? "");
    return (
      (lines[i - 1].trim() === "" || endsParagraph(lines, line, i)) &&
      !isItem(line) &&
      !isInside(line, indent)
    );
  });
  const items = groups(lines.slice(at, end), isItem);
  const start = ordered ? parseInt(first[2], 10) : 1;
  return [end, (depth) => listOf(ordered, start, items, depth)];
}

/**
 * @param {string} line
 * @param {number} indent
 */
const isInside = (line, indent) => line.trim() !== "" && line.search(/\S/) >= indent + 2;

/**
 * The lines of each item, without its mark and its indent.
 * @param {string[]} lines
 * @param {(line: string) => boolean} isItem
 */
function groups(lines, isItem) {
  /** @type {string[][]} */
  const items = [];
  let width = 0;
  for (const line of lines) {
    if (isItem(line)) {
      width = ITEM.exec(line)?.[0].length ?? 0;
      items.push([line.slice(width)]);
    } else items.at(-1)?.push(line.slice(Math.min(width, Math.max(0, line.search(/\S|$/)))));
  }
  return items;
}

/**
 * @param {boolean} ordered
 * @param {number} start
 * @param {string[][]} items
 * @param {number} depth
 */
function listOf(ordered, start, items, depth) {
  const loose = items.some((item, i) => hasGap(item, i === items.length - 1));
  const made = ordered ? h("ol", { start: start === 1 ? null : start }) : h("ul");
  for (const item of items) {
    const li = fill(h("li"), item, depth);
    // Items that stand close have no paragraphs.
    if (!loose) for (const p of li.querySelectorAll(":scope > p")) p.replaceWith(...p.childNodes);
    made.append(li);
  }
  return made;
}

/**
 * @param {string[]} item
 * @param {boolean} isLast
 */
function hasGap(item, isLast) {
  const end = item.findLastIndex((line) => line.trim() !== "");
  return item.some((line, i) => line.trim() === "" && (i < end || !isLast));
}

/**
 * @param {string[]} lines
 * @param {number} at
 */
function isTable(lines, at) {
  const rule = lines[at + 1] ?? "";
  return lines[at].includes("|") && rule.includes("-") && TABLE_RULE.test(rule);
}

/**
 * @param {string[]} lines
 * @param {number} at
 * @returns {[number, () => HTMLElement]}
 */
function table(lines, at) {
  const end = until(lines, at + 2, (one) => one.trim() === "" || !one.includes("|"));
  const heads = cells(lines[at]);
  const row = (/** @type {string} */ line) => {
    const given = cells(line);
    return h("tr", {}, ...heads.map((_, i) => h("td", {}, ...inline(given[i] ?? ""))));
  };
  const head = () => h("tr", {}, ...heads.map((one) => h("th", {}, ...inline(one))));
  const body = () => h("tbody", {}, ...lines.slice(at + 2, end).map(row));
  return [end, () => h("table", {}, h("thead", {}, head()), body())];
}

/** @param {string} line */
function cells(line) {
  const inner = line
    .trim()
    .replace(/^\|/, "")
    .replace(/(?<!\\)\|$/, "");
  return inner.split(/(?<!\\)\|/).map((one) => one.trim().replaceAll("\\|", "|"));
}

/**
 * @template {HTMLElement} T
 * @param {T} element
 * @param {string[]} lines
 * @param {number} depth
 */
function fill(element, lines, depth) {
  if (depth > DEEPEST) element.append(lines.join("\n"));
  else element.append(...blocks(lines).map((one) => one.make(depth + 1)));
  return element;
}

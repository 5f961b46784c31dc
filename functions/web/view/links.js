// @ts-check
import { link } from "./markup.js";

// As `core/protocol/links.py` finds them.
const ENDS = '\\s<>"`，。、；：！？（）【】「」『』《》〈〉“”„»«…';
export const WEB = `(?:https?://|www\\.(?=[\\w-]))[^${ENDS}]{1,2000}`;
const MAIL = "[\\w.+%-]{1,64}@(?:[\\w-]{1,63}\\.){1,8}[a-zA-Z]{2,63}";
const PHONE = "\\+\\d[\\d ()/.-]{6,22}\\d";
const LINK = new RegExp(
  `(?<web>(?<![\\w@/])${WEB})|(?<![\\w.+%-])(?<mail>${MAIL})|(?<![\\w+/])(?<phone>${PHONE})(?!\\w)`,
  "gi",
);
const MOST_LINKS = 100;
const [FEWEST_DIGITS, MOST_DIGITS] = [7, 15];
const CLOSERS = ")]}";

/**
 * A text that is no markup, with its addresses as links.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function linked(text) {
  /** @type {(Node | string)[]} */
  const nodes = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    const shown = found.groups?.web ? withoutEnd(found[0]) : found[0];
    const leads = found.groups?.phone ? phone(shown) : target(shown);
    if (!leads) continue;
    if (nodes.length >= 2 * MOST_LINKS) break;
    nodes.push(text.slice(at, found.index), link(leads, readable(shown)));
    at = found.index + shown.length;
  }
  return [...nodes, text.slice(at)];
}

/**
 * Without what belongs to the sentence: its full stop, and brackets that it does not open.
 * @param {string} address
 */
export function withoutEnd(address) {
  let end = address.length;
  while (end > 0) {
    const last = address[end - 1];
    const closer = CLOSERS.indexOf(last);
    const isClosed = closer >= 0 && count(address, end, last) > count(address, end, "([{"[closer]);
    if (!"?!.,:;*_~'|".includes(last) && !isClosed) break;
    end--;
  }
  return address.slice(0, end);
}

/**
 * @param {string} text
 * @param {number} end
 * @param {string} sign
 */
const count = (text, end, sign) => text.slice(0, end).split(sign).length - 1;

/** Where an address of the web or of mail leads. @param {string} shown */
export function target(shown) {
  if (shown.includes("://")) return shown;
  return /^www\./i.test(shown) ? `https://${shown}` : `mailto:${shown}`;
}

const SCRIPTS = [
  /\p{sc=Latin}/u,
  /\p{sc=Cyrillic}/u,
  /\p{sc=Greek}/u,
  /(?![\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Bopo}\p{sc=Hang}ー])\p{L}/u,
];

/**
 * An address as it is shown: as `core/protocol/hosts.py` does it, in ASCII if its host mixes
 * scripts.
 * @param {string} address
 */
export function readable(address) {
  const host = /^(?:https?:\/\/)?(?:[^/?#]*@)?([^/?#:]+)/i.exec(address)?.[1] ?? "";
  if (SCRIPTS.filter((script) => script.test(host)).length < 2) return address;
  try {
    const { hostname } = new URL(`https://${host}`);
    return address.replace(host, hostname);
  } catch {
    return address;
  }
}

/** @param {string} shown */
function phone(shown) {
  const digits = shown.replace(/\D/g, "");
  const isPhone = digits.length >= FEWEST_DIGITS && digits.length <= MOST_DIGITS;
  return isPhone ? `tel:+${digits}` : "";
}

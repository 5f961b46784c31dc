// @ts-check

// More of a message than this nobody reads again.
const MOST = 400;

/** A text as markdown quotes it, without what it quotes itself. @param {string} text */
export function quoted(text) {
  const lines = text.split("\n").filter((line) => !line.startsWith(">"));
  const [...signs] = lines.join("\n").trim();
  const short = signs.slice(0, MOST).join("") + (signs.length > MOST ? "…" : "");
  const quotes = short.split("\n").map((line) => `> ${line}`.trimEnd());
  return quotes.join("\n");
}

// @ts-check

/** What of markdown's source stands in no line of a list. @type {[RegExp, string][]} */
const SOURCE = [
  // Fences, rules of tables, and lines under or between texts.
  [/^ *(```|~~~).*$/gm, ""],
  [/^ *\|?(?: *:?-+:? *\|)+(?: *:?-+:?)? *$/gm, ""],
  [/^ *(?:-{3,}|={3,}|\*{3,}) *$/gm, ""],
  // Headings, quotations, tasks, points.
  [/^ *(?:#{1,6} +|(?:> ?)+)/gm, ""],
  [/^ *[-*+] +\[[ xX]\] +/gm, "• "],
  [/^ *[-*+] +/gm, "• "],
  // Cells of a table.
  [/^ *\| *| *\| *$/gm, ""],
  [/ \| /g, " · "],
  // Links and images: what they are called.
  [/!?\[([^\]]*)\]\((?:[^()]|\([^()]*\))*\)/g, "$1"],
  [/!?\[([^\]]*)\]\([^)]*$/g, "$1"],
  [/<((?:https?|mailto):[^>\s]+)>/g, "$1"],
  // Emphasis, also where the end of it is cut off.
  [/\*\*|__|~~/g, ""],
  [/(^|[^\w*])\*([^*\s][^*]*)\*/g, "$1$2"],
  [/(^|\W)_([^_\s][^_]*)_(?!\w)/g, "$1$2"],
  [/`+([^`]*)`*/g, "$1"],
  [/\\([\\`*_{}[\]()#+.!|>~-])/g, "$1"],
  [/\s+/g, " "],
];

/** A markdown text as one line without its source. @param {string} text */
export function plain(text) {
  return SOURCE.reduce((line, [source, shown]) => line.replace(source, shown), text).trim();
}

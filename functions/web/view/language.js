// @ts-check

/** @typedef {"en" | "de"} Language */

/** The reader's language, of those there are. @param {string | null} [wish] @returns {Language} */
export function language(wish) {
  const wishes = wish ? [wish] : navigator.languages;
  for (const one of wishes) {
    const found = one.toLowerCase().split(/[-_]/)[0];
    if (found === "de" || found === "en") return found;
  }
  return "en";
}

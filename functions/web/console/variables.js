// @ts-check

const VARIABLE = /\{\{\s*([\w.]+)\s*(?:\|([^{}]*))?\}\}/gu;
const UNFILLED = /\{\{[^{}]*\}\}/gu;
/** What can be filled in. */
export const NAMES = ["visitor.name", "visitor.email", "me.name", "site.name", "chat.id"];
/** What other products call it. */
const ALSO = new Map([
  ["contact.name", "visitor.name"],
  ["contact.email", "visitor.email"],
  ["agent.name", "me.name"],
]);

/**
 * A text with what is known filled in. `{{visitor.name|there}}` has something to say instead.
 * @param {string} text
 * @param {Record<string, string | undefined>} values
 */
export const filled = (text, values) => {
  const known = new Map(Object.entries(values));
  return text.replace(
    VARIABLE,
    (whole, name, instead) => known.get(ALSO.get(name) ?? name) || (instead?.trim() ?? whole),
  );
};

/** A reply that was looked for and not chosen, if there is nothing else. */
const ALONE = /^\s*\/[^\s/]{1,40}\s*$/u;

/** What is left to be filled in. @param {string} text @returns {string[]} */
export const unfilled = (text) => [
  ...new Set(ALONE.test(text) ? [text.trim()] : text.match(UNFILLED)),
];

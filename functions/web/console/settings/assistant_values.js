// @ts-check
/** @import { Values } from "./values.js" */

/**
 * @typedef {{id: string, name: string}} Author
 *
 * @typedef {object} AssistantInfo what the list has of an assistant
 * @property {string} id
 * @property {string} name
 * @property {boolean} file it is a file, and cannot be changed here
 * @property {boolean} archived
 * @property {string} [site] the only one that may choose it
 * @property {string} [model]
 * @property {string[]} sites those that have chosen it
 *
 * @typedef {object} AssistantsFound
 * @property {AssistantInfo[]} assistants
 * @property {string} usual who answers where nothing is chosen
 * @property {string} usual_model
 * @property {boolean} echoes there is no key, so the echo answers
 *
 * @typedef {Record<string, string | number | boolean>} Options
 *
 * @typedef {AssistantInfo & {instructions: string, options: Options, rev: number,
 *   saved_at: string, saved_by?: Author}} Assistant
 *
 * @typedef {object} Version
 * @property {number} version
 * @property {string} name
 * @property {string} saved_at
 * @property {Author} [saved_by]
 * @property {number} [restored_from]
 */

export const ASSISTANTS = "manager/assistants";
export const TRY = `${ASSISTANTS}/try`;
/** @param {string} id */
export const assistantPath = (id) => `${ASSISTANTS}/${encodeURIComponent(id)}`;

/** What holds where nothing is written. @type {Options} */
export const USUAL = { history_tokens: 6000, history_messages: 60, ask_for_person: true };
const NUMBERS = ["max_output_tokens", "history_tokens", "history_messages"];
const NAMES = [
  ...["model", "max_output_tokens", "reasoning_effort", "temperature", "verbosity"],
  ...["history_tokens", "history_messages", "ask_for_person"],
];

/** @param {Pick<Assistant, "name" | "instructions" | "options">} assistant @returns {Values} */
export function assistantValues({ name, instructions, options }) {
  const shown = NAMES.map((one) => [one, options[one] === USUAL[one] ? "" : text(options[one])]);
  return { name, instructions, ...Object.fromEntries(shown) };
}

/** The body that changes these. @param {Values} values @param {string[]} names */
export const assistantBody = (values, names) =>
  Object.fromEntries(names.map((name) => [name, sent(name, (values[name] ?? "").trim())]));

/** @param {string} name @param {string} value */
function sent(name, value) {
  if (name === "name" || name === "instructions") return value;
  if (!value) return USUAL[name] ?? null;
  if (name === "ask_for_person") return value === "true";
  if (name === "temperature") return number(value.replace(",", "."), value);
  // People write large numbers with spaces or dots. What is none the server refuses with a sentence.
  return NUMBERS.includes(name) ? number(value.replace(/[\s.,'’]/g, ""), value) : value;
}

/** @param {string} digits @param {string} written */
const number = (digits, written) => (/^\d+(\.\d+)?$/.test(digits) ? Number(digits) : written);

/** @param {Options[string] | undefined} value */
const text = (value) => (value === undefined ? "" : String(value));

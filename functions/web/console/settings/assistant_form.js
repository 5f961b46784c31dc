// @ts-check
import { h } from "../../view/dom.js";
import { lang } from "../texts.js";
import { assistantTexts as texts } from "./assistant_texts.js";
import { USUAL } from "./assistant_values.js";
import { Field, line, lines, oneOf } from "./fields.js";
import { section } from "./form.js";
/** @import { Options } from "./assistant_values.js" */
/** @import { Values } from "./values.js" */

const MOST_CHARACTERS = "20000";
const ONLY = { dir: "ltr", spellcheck: "false" };

/** The fields of an assistant. */
export class AssistantForm {
  /** @type {Map<string, Field>} */
  #fields = new Map();

  /** @param {string} usualModel @param {() => void} changed */
  constructor(usualModel, changed) {
    this.element = h(
      "div",
      {},
      section(texts.instructions, ...this.#words()),
      section(texts.model, ...this.#limits(usualModel)),
    );
    this.element.addEventListener("input", changed);
  }

  /** @returns {Values} */
  get values() {
    return Object.fromEntries([...this.#fields].map(([name, field]) => [name, field.value]));
  }

  /** @param {Values} values */
  show(values) {
    for (const [name, field] of this.#fields) field.show(values[name] ?? "");
  }

  /** @param {string} name @param {string} why */
  fail(name, why) {
    this.#fields.get(name)?.fail(why);
    return this.#fields.has(name);
  }

  /** @param {string} name */
  labelOf(name) {
    return this.#fields.get(name)?.label ?? name;
  }

  #words() {
    const { fields, hints } = texts;
    const told = lines({ rows: "14", maxlength: MOST_CHARACTERS });
    return [
      this.#add({ name: "name", label: fields.name, control: line({ maxlength: "200" }) }),
      this.#add({
        ...{ name: "instructions", label: fields.instructions, control: told },
        hint: hints.instructions,
      }),
    ];
  }

  /** @param {string} usualModel */
  #limits(usualModel) {
    const { fields, hints, yes, no } = texts;
    const number = (/** @type {string} */ inputmode) => line({ inputmode, dir: "ltr" });
    return [
      this.#add({
        ...{ name: "model", label: fields.model, control: line({ maxlength: "200", ...ONLY }) },
        inherited: texts.fromEnvironment(usualModel),
      }),
      this.#add({
        ...{ name: "max_output_tokens", label: fields.max_output_tokens },
        ...{ control: number("numeric"), hint: hints.max_output_tokens },
        inherited: texts.ifUnset(texts.asProvider),
      }),
      this.#add({
        ...{ name: "reasoning_effort", label: fields.reasoning_effort },
        control: oneOf(texts.efforts, texts.asProvider),
      }),
      this.#add({
        ...{ name: "verbosity", label: fields.verbosity },
        control: oneOf(texts.amounts, texts.asProvider),
      }),
      this.#add({
        ...{ name: "temperature", label: fields.temperature },
        ...{ control: number("decimal"), hint: hints.temperature },
        inherited: texts.ifUnset(texts.asProvider),
      }),
      ...this.#history(number),
      this.#add({
        ...{ name: "ask_for_person", label: fields.ask_for_person },
        control: oneOf({ false: no }, yes),
      }),
    ];
  }

  /** @param {(inputmode: string) => HTMLInputElement} number */
  #history(number) {
    return /** @type {const} */ (["history_tokens", "history_messages"]).map((name) =>
      this.#add({
        ...{ name, label: texts.fields[name], control: number("numeric") },
        inherited: texts.ifUnset(new Intl.NumberFormat(lang).format(Number(USUAL[name]))),
      }),
    );
  }

  /** @param {import("./fields.js").FieldOptions} options */
  #add(options) {
    const field = new Field({ ...options, of: "assistant" });
    this.#fields.set(options.name, field);
    return field.element;
  }
}

/** What the options of a version say. @param {Options} options @returns {[string, string][]} */
export function spoken(options) {
  const { fields, efforts, amounts } = texts;
  const said = {
    reasoning_effort: efforts[/** @type {keyof typeof efforts} */ (options.reasoning_effort)],
    verbosity: amounts[/** @type {keyof typeof amounts} */ (options.verbosity)],
    ask_for_person: options.ask_for_person === false ? texts.no : texts.yes,
  };
  const all = /** @type {Record<string, string | number | boolean>} */ ({ ...options, ...said });
  return Object.entries(fields)
    .filter(([name]) => name in options)
    .map(([name, label]) => [label, String(all[name] ?? options[name])]);
}

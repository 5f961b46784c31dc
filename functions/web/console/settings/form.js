// @ts-check
import { h, say } from "../../view/dom.js";
import { textsIn } from "../../widget/texts.js";
import { choices } from "../choices.js";
import { lang } from "../texts.js";
import { assistantTexts } from "./assistant_texts.js";
import { color, Field, line, lines, oneOf } from "./fields.js";
import { hours } from "./hours.js";
import { texts } from "./texts.js";
/** @import { Language } from "../../view/language.js" */
/** @import { AssistantsFound } from "./assistant_values.js" */
/** @import { Site, Values } from "./values.js" */

/** As in widget/launcher.css. */
const USUAL = "#2847c7";
const LANGUAGES = /** @type {Language[]} */ (["en", "de"]);
const WORDS = /** @type {const} */ (["title", "greeting", "label", "placeholder"]);
const LONGEST = "500";

/** The fields of a site. */
export class SiteForm {
  /** @type {Map<string, Field>} */
  #fields = new Map();
  /** What no field shows: set by a program. @type {Values} */
  #others = {};
  #today = h("p", { class: "hint" });
  /** @type {Map<string, HTMLElement>} */
  #byLanguage = new Map();
  /** The one whose words are shown. @type {Language} */
  words = lang;
  #changed;

  /**
   * @param {Site} site
   * @param {AssistantsFound} assistants
   * @param {() => void} changed
   * @param {import("./hours.js").Propose} propose
   */
  constructor(site, assistants, changed, propose) {
    this.#changed = changed;
    this.element = h(
      "div",
      {},
      section(texts.general, ...this.#general(site)),
      section(texts.answering, ...hours((options) => this.#field(options), propose)),
      section(assistantTexts.one, ...this.#answers(site, assistants)),
      section(texts.looks, ...this.#looks()),
      section(texts.words, ...this.#words()),
      section(texts.privacy, ...this.#privacy()),
      section(texts.closing, ...this.#closing()),
      section(texts.limits, this.#today, ...this.#limits(site)),
    );
    this.element.addEventListener("input", changed);
  }

  /** @returns {Values} */
  get values() {
    const shown = [...this.#fields].map(([name, field]) => [name, field.value]);
    return { ...this.#others, ...Object.fromEntries(shown) };
  }

  /** @param {Values} values */
  show(values) {
    const unshown = Object.entries(values).filter(([name]) => !this.#fields.has(name));
    this.#others = Object.fromEntries(unshown);
    for (const [name, field] of this.#fields) field.show(values[name] ?? "");
  }

  /** Say at its field what is wrong. Without a field, the page has to. @param {string} name @param {string} why */
  fail(name, why) {
    const field = this.#fields.get(name);
    const [whole, locale] = name.split(".");
    if (whole === "texts") this.#speak(/** @type {Language} */ (locale));
    field?.fail(why);
    return Boolean(field);
  }

  /** What people call a value. @param {string} name */
  labelOf(name) {
    return this.#fields.get(name)?.label ?? texts.other;
  }

  /**
   * Today's figures. Both limits hold: the site's own, and the installation's for all together.
   * @param {number} here
   * @param {{tokens_today: number, tokens_per_day: number}} all
   * @param {number} own the site's limit; 0: none
   */
  spent(here, { tokens_today: used, tokens_per_day: limit }, own) {
    const full = own > 0 && here >= own ? texts.spentAll : "";
    const near = own > 0 && here * 100 >= own * 80 ? texts.spentMost : "";
    const site = texts.todayHere(number(here), tokens(own));
    say(this.#today, [site, texts.today(number(used), tokens(limit)), full || near].join(" "));
    this.#today.className = near ? "sure" : "hint";
  }

  /** @param {import("./fields.js").FieldOptions} options */
  #field(options) {
    const field = new Field(options);
    this.#fields.set(options.name, field);
    return field;
  }

  /** @param {import("./fields.js").FieldOptions} options */
  #add(options) {
    return this.#field(options).element;
  }

  /** @param {Site} site */
  #general({ inherited }) {
    const { fields, hints } = texts;
    const origins = inherited.origins.join(", ") || texts.noOrigin;
    const zones = h("datalist", { id: "zones" });
    for (const value of Intl.supportedValuesOf("timeZone")) zones.append(h("option", { value }));
    const zone = line({ list: "zones", placeholder: hints.time_zone, dir: "ltr" });
    return [
      this.#add({ name: "name", label: fields.name, control: line({ maxlength: "200" }) }),
      this.#add({
        ...{ name: "origins", label: fields.origins, hint: hints.origins },
        control: lines({ dir: "ltr", spellcheck: "false" }),
        inherited: texts.fromEnvironment(origins),
      }),
      this.#add({
        ...{ name: "locale", label: fields.locale },
        control: oneOf(texts.languages, texts.fromBrowser),
      }),
      this.#add({
        ...{ name: "time_zone", label: fields.time_zone, control: zone },
        inherited: texts.notSet,
      }),
      zones,
    ];
  }

  /** @param {Site} site @param {AssistantsFound} found */
  #answers({ id }, { assistants, usual, echoes }) {
    const among = assistants.filter((one) => !one.archived && (!one.site || one.site === id));
    const names = Object.fromEntries(among.map((one) => [one.id, one.name]));
    return [
      this.#add({
        ...{ name: "assistant_id", label: assistantTexts.whoAnswers },
        control: oneOf(names, texts.fromEnvironment(usual)),
        hint: echoes ? assistantTexts.echoes : "",
      }),
    ];
  }

  #looks() {
    const { fields, sides, themes } = texts;
    return [
      this.#add({
        ...{ name: "theme.accent", label: fields["theme.accent"], ...color(USUAL) },
        inherited: texts.fromWidget(texts.itsBlue),
      }),
      this.#add({
        ...{ name: "theme.position", label: fields["theme.position"] },
        control: oneOf(sides, texts.fromWidget(sides.right)),
      }),
      this.#add({
        ...{ name: "theme.theme", label: fields["theme.theme"] },
        control: oneOf(themes, texts.fromWidget(themes.auto)),
      }),
    ];
  }

  #words() {
    for (const one of LANGUAGES) {
      const usual = textsIn(one);
      const said = { ...usual, label: usual.open, placeholder: usual.write };
      const fields = WORDS.map((name) =>
        this.#add({
          ...{ name: `texts.${one}.${name}`, label: texts.fields[name] },
          control: (name === "greeting" ? lines : line)({ maxlength: LONGEST, lang: one }),
          inherited: texts.fromWidget(said[name]),
        }),
      );
      this.#byLanguage.set(one, h("div", { hidden: one !== this.words }, ...fields));
    }
    const among = LANGUAGES.map((one) => /** @type {[string, string]} */ ([one, nameOf(one)]));
    const choose = choices(texts.wordsIn, "words-in", among, this.words, (one) => {
      this.#speak(/** @type {Language} */ (one));
      this.#changed();
    });
    return [choose, ...this.#byLanguage.values()];
  }

  /** @param {Language} language */
  #speak(language) {
    if (!this.#byLanguage.has(language)) return;
    this.words = language;
    for (const [one, part] of this.#byLanguage) part.hidden = one !== language;
    const input = this.element.querySelector(`[name=words-in][value=${language}]`);
    if (input instanceof HTMLInputElement) input.checked = true;
  }

  #privacy() {
    const { fields } = texts;
    const link = line({ type: "text", inputmode: "url", dir: "ltr" });
    return [
      this.#add({
        ...{ name: "privacy_url", label: fields.privacy_url, control: link },
        inherited: texts.notSet,
      }),
      this.#add({
        ...{ name: "consent", label: fields.consent, control: lines({ maxlength: LONGEST }) },
        inherited: texts.notSet,
      }),
    ];
  }

  #closing() {
    const { fields, hints } = texts;
    const minutes = () => line({ inputmode: "numeric" });
    return [
      this.#add({
        ...{ name: "close_after", label: fields.close_after, control: minutes() },
        ...{ hint: hints.close_after, inherited: texts.afterADay },
      }),
      this.#add({
        ...{ name: "hand_back_after", label: fields.hand_back_after, control: minutes() },
        ...{ hint: hints.hand_back_after, inherited: texts.never },
      }),
      this.#add({
        ...{ name: "after_closing", label: fields.after_closing, hint: hints.after_closing },
        control: oneOf(texts.afterClosing, texts.fromWidget(texts.afterClosing.reopen)),
      }),
    ];
  }

  /** @param {Site} site */
  #limits({ inherited }) {
    return /** @type {const} */ (["tokens_per_day", "tokens_per_chat"]).map((name) =>
      this.#add({
        ...{ name, label: texts.fields[name], control: line({ inputmode: "numeric" }) },
        hint: name === "tokens_per_day" ? texts.hints.tokens_per_day : "",
        inherited: texts.fromEnvironment(tokens(inherited[name])),
      }),
    );
  }
}

/** @param {Language} language */
const nameOf = (language) => texts.languages[language];

/** @param {number} n */
export const number = (n) => new Intl.NumberFormat(lang).format(n);

/** @param {number} limit */
const tokens = (limit) => (limit ? number(limit) : texts.noLimit);

/** @param {string} title @param {...Node} parts */
export const section = (title, ...parts) =>
  h("section", { class: "panel", "aria-label": title }, h("h2", {}, title), ...parts);

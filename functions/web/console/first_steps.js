// @ts-check
import { Problem } from "../client/http.js";
import { h, say } from "../view/dom.js";
import { why } from "./contact_list.js";
import { copyButton } from "./copy.js";
import { follow } from "./follow.js";
import { wrongField } from "./settings/values.js";
import { texts } from "./start_texts.js";
/** @import { Context } from "./context.js" */
/** @import { Place } from "./route.js" */

/**
 * @typedef {object} Start what `GET /manager/start` gives
 * @property {string} site
 * @property {string} key
 * @property {string} name
 * @property {string} snippet
 * @property {string[]} origins
 * @property {number} managers
 * @property {"assistant" | "echo" | "nobody"} answers
 * @property {boolean} open
 */

/** How many of its steps are left. @param {Start} start */
export const left = ({ origins, managers, answers, open }) =>
  [!open && !origins.length, !open && managers < 2, answers === "echo", open].filter(Boolean)
    .length;

/** What is left to do before visitors are answered, each with the thing to do. */
export class FirstSteps {
  #context;
  #loaded;
  #asked = false;
  #shown = "";
  element = h("ol", { class: "steps" });

  /** @param {Context} context @param {(start: Start) => void} [loaded] */
  constructor(context, loaded = () => {}) {
    this.#context = context;
    this.#loaded = loaded;
  }

  /** Ask once for each time that they come into sight. */
  async load() {
    if (this.#asked) return;
    this.#asked = true;
    try {
      this.#show(await this.#context.client.call("manager/start"));
    } catch (error) {
      this.#context.failed(why(error));
    } finally {
      this.#asked = false;
    }
  }

  /** @param {Start} start */
  #show(start) {
    this.#loaded(start);
    // What somebody is writing there stays.
    const shown = JSON.stringify(start);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const steps = start.open ? [this.#open()] : [this.#origin(start)];
    steps.push(this.#snippet(start), this.#tryIt(start));
    if (!start.open) steps.push(this.#team(start));
    steps.push(this.#answers(start));
    this.element.replaceChildren(...steps);
  }

  #open() {
    return step(texts.signIn, false, texts.open);
  }

  /** @param {Start} start */
  #origin({ site, origins }) {
    if (origins.length > 0) return step(texts.origin, true, texts.originNow(origins.join(", ")));
    const id = "first-origin";
    const told = h("p", { class: "why", role: "alert", id: `${id}-why` });
    const attributes = { id, inputmode: "url", autocomplete: "url", dir: "ltr", required: true };
    const field = h("input", { ...attributes, "aria-describedby": told.id });
    field.oninput = () => say(told, "");
    const form = h(
      "form",
      { class: "asked", novalidate: true },
      h("label", { for: id }, texts.address),
      h("div", { class: "beside" }, field, h("button", { class: "primary" }, texts.save)),
      told,
    );
    form.onsubmit = async (event) => {
      event.preventDefault();
      const refused = await this.#change(site, { origins: [originOf(field.value)] });
      say(told, refused);
      if (refused) field.focus();
    };
    return step(texts.origin, false, texts.originHint, form);
  }

  /** @param {string} site @param {object} body @returns {Promise<string>} why not */
  async #change(site, body) {
    try {
      await this.#context.client.call(`manager/sites/${site}`, { method: "PATCH", body });
    } catch (error) {
      return (error instanceof Problem && wrongField(error.message)?.why) || why(error);
    }
    await this.load();
    return "";
  }

  /** @param {Start} start */
  #snippet({ site, snippet }) {
    const code = h("pre", { tabindex: "0", dir: "ltr" }, h("code", {}, snippet));
    const copy = copyButton(texts.copy, () => snippet);
    const recipes = this.#link(texts.recipes, { room: "settings", rest: `sites/${site}` });
    return step(texts.snippet, null, texts.snippetHint, code, copy, recipes);
  }

  /** @param {Start} start */
  #tryIt({ key }) {
    const { base } = this.#context.client;
    const page = new URL(`manager/try?site=${encodeURIComponent(key)}`, base).href;
    const link = h("a", { class: "quiet", href: page, target: "_blank" }, texts.tryNow);
    return step(texts.tryIt, null, texts.tryHint, link);
  }

  /** @param {Start} start */
  #team({ managers }) {
    if (managers > 1) return step(texts.team, true, texts.teamNow(managers));
    const link = this.#link(texts.invite, { room: "settings", rest: "team" });
    return step(texts.team, false, texts.teamHint, link);
  }

  /** @param {Start} start */
  #answers({ site, answers }) {
    const isEcho = answers === "echo";
    const itself = h("button", { type: "button", class: "quiet" }, texts.byItself);
    itself.onclick = async () => {
      itself.disabled = true;
      const refused = await this.#change(site, { answering_mode: "never" });
      itself.disabled = false;
      if (refused) this.#context.failed(refused);
    };
    return step(texts.answers, !isEcho, texts[answers], ...(isEcho ? [itself] : []));
  }

  /** @param {string} label @param {Partial<Place>} place */
  #link(label, place) {
    const link = h("a", { class: "quiet", href: this.#context.route.href(place) }, label);
    follow(link, () => this.#context.go(place));
    return link;
  }
}

/**
 * @param {string} title
 * @param {boolean | null} done null: only the reader knows
 * @param {string} hint
 * @param {...Node} parts
 */
function step(title, done, hint, ...parts) {
  const mark = done && h("span", { class: "chip" }, texts.done);
  return h(
    "li",
    { class: done ? "done" : false },
    h("h3", {}, title, " ", mark),
    h("p", { class: "hint" }, hint),
    ...parts,
  );
}

/** People copy the address of a page, or leave its beginning out. @param {string} typed */
function originOf(typed) {
  const text = typed.trim();
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    // Some browsers make a name of words with spaces, too.
    return /[%\s]/.test(url.host) ? text : url.origin;
  } catch {
    return text;
  }
}

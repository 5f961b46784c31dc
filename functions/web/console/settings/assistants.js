// @ts-check
import { h, icon, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { follow } from "../follow.js";
import { assistantTexts as texts } from "./assistant_texts.js";
import { ASSISTANTS, assistantPath } from "./assistant_values.js";
import { oneOf } from "./fields.js";
import { section } from "./form.js";
/** @import { Context } from "../context.js" */
/** @import { Assistant, AssistantInfo, AssistantsFound } from "./assistant_values.js" */

/** All assistants, and a way to make one. */
export class Assistants {
  #context;
  #place;
  #usual = "";
  #model = "";
  #rows = h("ul", { class: "things sites" });
  #echoes = h("p", { class: "sure", hidden: true }, texts.echoes);
  #beginsAs = h("p", { class: "hint" });
  #field = h("input", { id: "new-assistant", maxlength: "200", required: true });
  #sites = h("div", { class: "ask-for" });

  /** @param {Context} context @param {(rest: string) => Partial<import("../route.js").Place>} place */
  constructor(context, place) {
    this.#context = context;
    this.#place = place;
    this.#field.autocomplete = "off";
    const form = h(
      "form",
      { class: "asked" },
      this.#beginsAs,
      this.#sites,
      h("label", { for: "new-assistant" }, texts.newName),
      h("div", { class: "beside" }, this.#field, h("button", { class: "primary" }, texts.add)),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#make();
    };
    this.element = h(
      "div",
      {},
      h("p", { class: "presence lead" }, texts.lead),
      this.#echoes,
      section(texts.back, this.#rows),
      section(texts.newOne, form),
    );
  }

  async load() {
    const { client } = this.#context;
    const calls = () => Promise.all([client.call(ASSISTANTS), client.call("manager/sites")]);
    const answers = await attempt(this.#context, calls);
    if (!answers) return;
    /** @type {[AssistantsFound, {sites: {id: string, name: string}[]}]} */
    const [found, { sites }] = answers;
    const names = Object.fromEntries(sites.map(({ id, name }) => [id, name]));
    this.#usual = found.usual;
    this.#model = found.usual_model;
    this.#echoes.hidden = !found.echoes;
    say(this.#beginsAs, texts.beginsAs(found.usual));
    this.#rows.replaceChildren(
      ...found.assistants.map((one) => this.#row(one, names, one.id === found.usual)),
    );
    this.#offer(names);
  }

  /** @param {AssistantInfo} one @param {Record<string, string>} names @param {boolean} isUsual */
  #row(one, names, isUsual) {
    const place = this.#place(`assistants/${one.id}`);
    const link = h("a", { class: "what", href: this.#context.route.href(place) });
    link.append(h("bdi", {}, one.name));
    follow(link, () => this.#context.go(place));
    const chip = (/** @type {boolean} */ is, /** @type {string} */ text) =>
      is && h("span", { class: "chip" }, text);
    const title = h("p", {}, link, chip(one.file, texts.file), chip(isUsual, texts.usual));
    title.append(chip(one.archived, texts.archived) || "");
    const sites = one.sites.map((id) => names[id] ?? id).join(", ");
    const where = sites ? texts.answersOn(sites) : texts.answersNowhere;
    const only = one.site && `${names[one.site] ?? one.site} · `;
    const said = h("div", {}, title, h("p", { class: "presence" }, only, where));
    return h("li", {}, h("span", { class: "sign" }, icon("spark")), said, icon("hand"));
  }

  /** Where there are several sites, it may be of one. @param {Record<string, string>} names */
  #offer(names) {
    this.#sites.hidden = Object.keys(names).length < 2;
    const control = oneOf(names, texts.everySite);
    control.id = "assistant-site";
    this.#sites.replaceChildren(h("label", { for: control.id }, texts.forSite), control);
  }

  async #make() {
    const { client, go } = this.#context;
    const made = await attempt(this.#context, async () => {
      const name = this.#field.value;
      const site = this.#sites.querySelector("select")?.value || undefined;
      const usual = await client.call(assistantPath(this.#usual));
      return copied(this.#context, usual, this.#model, name, site);
    });
    if (!made) return;
    this.#field.value = "";
    go(this.#place(`assistants/${made.id}`));
  }
}

/**
 * Make an assistant that says the same. The environment's model is not written down: it may change.
 * @param {Context} context
 * @param {Assistant} assistant
 * @param {string} usualModel
 * @param {string} name
 * @param {string} [site]
 * @returns {Promise<Assistant>}
 */
export function copied({ client }, { instructions, options }, usualModel, name, site) {
  const { model, ...others } = options;
  const own = model === usualModel ? undefined : model;
  return client.post(ASSISTANTS, { name, site, instructions, ...others, model: own });
}

// @ts-check
import { h, icon, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { follow } from "../follow.js";
import { pathOf } from "./editing.js";
import { texts } from "./texts.js";
/** @import { Context } from "../context.js" */
/** @import { Site } from "./values.js" */

/** All sites, and a way to make one. */
export class Sites {
  #context;
  #place;
  #rows = h("ul", { class: "things sites" });
  #field = h("input", { id: "new-site", maxlength: "200", required: true, autocomplete: "off" });

  /** @param {Context} context @param {(rest: string) => Partial<import("../route.js").Place>} place */
  constructor(context, place) {
    this.#context = context;
    this.#place = place;
    const make = h("button", { class: "primary" }, texts.make);
    const form = h(
      "form",
      { class: "asked" },
      h("label", { for: "new-site" }, texts.newName),
      h("div", { class: "beside" }, this.#field, make),
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#make();
    };
    const panel = h("section", { class: "panel", "aria-label": texts.sites }, this.#rows, form);
    this.element = h("div", {}, h("p", { class: "presence lead" }, texts.sitesHint), panel);
  }

  async load() {
    const { client } = this.#context;
    const list = await attempt(this.#context, () => client.call("manager/sites"));
    if (!list) return;
    this.#rows.replaceChildren(
      ...list.sites.map((/** @type {Site} */ site) => {
        const origins = h("p", { class: "presence" }, "\u00a0");
        void client.call(pathOf(site.id)).then(
          (known) => say(origins, originsOf(known)),
          () => {},
        );
        return this.#row(site, origins);
      }),
    );
  }

  /** @param {Site} site @param {HTMLElement} origins */
  #row({ id, name, archived }, origins) {
    const place = this.#place(`sites/${id}`);
    const link = h("a", { class: "what", href: this.#context.route.href(place) });
    link.append(h("bdi", {}, name));
    follow(link, () => this.#context.go(place));
    const mark = archived && h("span", { class: "chip" }, texts.archived);
    const said = h("div", {}, h("p", {}, link, mark), origins);
    return h("li", {}, h("span", { class: "sign" }, icon("screen")), said, icon("hand"));
  }

  async #make() {
    const { client, go } = this.#context;
    const body = { name: this.#field.value };
    const made = await attempt(this.#context, () => client.post("manager/sites", body));
    if (!made) return;
    this.#field.value = "";
    go(this.#place(`sites/${made.id}`));
  }
}

/** @param {Site} site */
const originsOf = ({ origins, inherited }) =>
  origins?.join(", ") || texts.fromEnvironment(inherited.origins.join(", ") || texts.noOrigin);

// @ts-check
import { h, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { follow } from "../follow.js";
import { sureButton } from "../sure.js";
import { Editing, pathOf } from "./editing.js";
import { section } from "./form.js";
import { LeaveDialog } from "./leave.js";
import { Members } from "./members.js";
import { snippet } from "./snippet.js";
import { texts } from "./texts.js";
import { FIRST_SITE } from "./values.js";
/** @import { Context } from "../context.js" */
/** @import { Site } from "./values.js" */

/** One site: its settings, its snippet, its members, and its end. */
export class SitePage {
  #context;
  #id = "";
  #back;
  /** @type {Editing | null} */
  #editing = null;
  #leave = new LeaveDialog(
    async () => (await this.#editing?.save()) ?? true,
    () => this.#editing?.discard(),
  );
  #body = h("div", {});
  element = h("div", {}, this.#body, this.#leave.element);

  /** @param {Context} context @param {Partial<import("../route.js").Place>} all where all sites are */
  constructor(context, all) {
    this.#context = context;
    this.#back = h("a", { class: "back-to", href: context.route.href(all) }, texts.back);
    follow(this.#back, () => context.go(all));
  }

  /** @param {string} id */
  async show(id) {
    this.#id = id;
    this.#editing = null;
    this.#body.replaceChildren(this.#back);
    const { client } = this.#context;
    const site = await attempt(this.#context, () => client.call(pathOf(id)));
    if (site && id === this.#id) this.#draw(site);
  }

  /** Somebody is about to leave. @param {() => void} goOn @returns {boolean} whether they are asked first */
  holds(goOn) {
    if (!this.#editing?.isChanged) return false;
    this.#leave.ask(goOn);
    return true;
  }

  /** Nobody is here any more. */
  left() {
    this.#id = "";
    this.#editing = null;
  }

  /** @param {Site} site */
  #draw(site) {
    const name = h("bdi", {}, site.name);
    const mark = h("span", { class: "chip" }, texts.archived);
    const install = snippet(site);
    const end = h("div", {});
    const drawn = (/** @type {Site} */ now) => {
      say(name, now.name);
      mark.hidden = !now.archived;
      install.show(now);
      end.replaceChildren(...this.#archive(now, editing));
    };
    const editing = new Editing(this.#context, site, drawn);
    this.#editing = editing;
    drawn(site);
    this.#body.replaceChildren(
      this.#back,
      h("h1", { tabindex: "-1", class: "site-name" }, name, " ", mark),
      section(texts.install, install.element),
      editing.element,
      section(texts.members, new Members(this.#context, site).element),
      section(texts.archive, end),
    );
    // The first one stands for every page without a site.
    /** @type {HTMLElement} */ (this.#body.lastElementChild).hidden = site.id === FIRST_SITE;
  }

  /** @param {Site} site @param {Editing} editing */
  #archive({ archived, rev }, editing) {
    const set = async (/** @type {boolean} */ wanted) => {
      const { client } = this.#context;
      const body = { rev, archived: wanted };
      const call = () => client.call(pathOf(this.#id), { method: "PATCH", body });
      const now = await attempt(this.#context, call);
      if (now) editing.take(now);
    };
    const restore = h("button", { type: "button", class: "quiet" }, texts.restore);
    restore.onclick = () => void set(false);
    const archive = sureButton(texts.archive, texts.archiveSure, () => set(true));
    return [
      h("p", { class: "hint" }, archived ? texts.isArchived : texts.archiveHint),
      archived ? restore : archive,
    ];
  }
}

// @ts-check
import { h, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { follow } from "../follow.js";
import { sureButton } from "../sure.js";
import { Editing, pathOf } from "./editing.js";
import { SiteForm, section } from "./form.js";
import { LeaveDialog } from "./leave.js";
import { Members } from "./members.js";
import { Notices } from "./notices.js";
import { Preview } from "./preview.js";
import { snippet } from "./snippet.js";
import { texts } from "./texts.js";
import { bodyOf, FIRST_SITE, valuesOf } from "./values.js";
/** @import { AssistantsFound } from "./assistant_values.js" */
/** @import { Context } from "../context.js" */
/** @import { Site } from "./values.js" */

/** One site: its settings, its snippet, its members, and its end. */
export class SitePage {
  #context;
  #id = "";
  #back;
  /** @type {Editing<Site> | null} */
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
    const found = await attempt(this.#context, () =>
      Promise.all([client.call(pathOf(id)), client.call("manager/assistants")]),
    );
    if (found && id === this.#id) this.#draw(found[0], found[1]);
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
    this.#body.replaceChildren();
  }

  /** @param {Site} site @param {AssistantsFound} assistants */
  #draw(site, assistants) {
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
    const editing = new Editing(this.#context, this.#subject(site, assistants), site, drawn);
    this.#editing = editing;
    const notices = new Notices(this.#context, site.id);
    drawn(site);
    this.#body.replaceChildren(
      this.#back,
      h("h1", { tabindex: "-1", class: "site-name" }, name, " ", mark),
      section(texts.install, install.element),
      editing.element,
      section(texts.members, new Members(this.#context, site).element),
      section(notices.title, notices.element),
      section(texts.archive, end),
    );
    // The first one stands for every page without a site.
    /** @type {HTMLElement} */ (this.#body.lastElementChild).hidden = site.id === FIRST_SITE;
  }

  /**
   * @param {Site} site
   * @param {AssistantsFound} assistants
   * @returns {import("./editing.js").Subject<Site>}
   */
  #subject(site, assistants) {
    const preview = new Preview();
    const propose = (/** @type {string} */ country, /** @type {string} */ region) => {
      const query = new URLSearchParams({ country, ...(region && { region }) });
      const path = `${pathOf(site.id)}/holidays?${query}`;
      return attempt(this.#context, () => this.#context.client.call(path));
    };
    const aside = h("aside", { class: "beside-form", "aria-label": texts.preview });
    aside.append(h("h2", {}, texts.preview), preview.element);
    return {
      ...{ path: pathOf(site.id), kept: ` site ${site.id}`, conflict: texts.conflict },
      ...{ valuesOf, bodyOf, aside },
      form: (changed) => new SiteForm(site, assistants, changed, propose),
      figures: (form, now) => void this.#figures(/** @type {SiteForm} */ (form), now),
      drawn: (form) => preview.show(form.values, /** @type {SiteForm} */ (form).words),
    };
  }

  /** What was spent today, here and on all sites. @param {SiteForm} form @param {Site} site */
  async #figures(form, site) {
    const { client } = this.#context;
    const calls = [`manager/budget?site=${encodeURIComponent(site.id)}`, "manager/budget"];
    const [here, all] = await Promise.all(calls.map((path) => client.call(path))).catch(() => []);
    if (here) form.spent(here.tokens_today, all, site.tokens_per_day ?? 0);
  }

  /** @param {Site} site @param {Editing<Site>} editing */
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

// @ts-check
import { Problem } from "../client/http.js";
import { h, say, set } from "../view/dom.js";
import { FILTERS } from "./filters.js";
import { follow } from "./follow.js";
import { sureButton } from "./sure.js";
import { texts as common, own } from "./texts.js";
import { newUuid } from "./uuid.js";
import { PATH } from "./views.js";
/** @import { Command } from "./commands.js" */
/** @import { Context } from "./context.js" */
/** @import { InboxRoom } from "./inbox_room.js" */
/** @import { Filter } from "./texts.js" */
/** @import { Found, View, Views } from "./views.js" */

const texts = own({
  en: {
    ...{ change: "Change the view", name: "Name", place: "For whom", mine: "Only me" },
    ...{ site: "Team of the website", save: "Save", cancel: "Cancel", remove: "Delete" },
    ...{ sure: "Delete it now?", team: "Team", view: "View", shared: "Shared view" },
  },
  de: {
    ...{ change: "Ansicht ändern", name: "Name", place: "Für wen", mine: "Nur für mich" },
    ...{ site: "Team der Website", save: "Speichern", cancel: "Abbrechen", remove: "Löschen" },
    ...{ sure: "Jetzt löschen?", team: "Team", view: "Ansicht", shared: "Geteilte Ansicht" },
  },
});
// How a parameter of the list is typed in a search.
const TYPED = { tag: "tag", person: "from", team: "team", site: "site", priority: "priority" };
const WHERE = { in: "in", after: "after", before: "before" };

/**
 * @typedef {object} Shown
 * @property {string} id
 * @property {string} title
 * @property {Filter} filter
 * @property {string} query as it is typed
 * @property {HTMLAnchorElement} link
 * @property {HTMLElement} change
 * @property {View} [view] without it, a team of the manager
 */

/** Views that were saved, and the teams that the manager is in, below the lists. */
export class Saved {
  #context;
  #room;
  #views;
  #nav;
  /** @type {Shown[]} */
  #shown = [];
  #sites = /** @type {Found["sites"]} */ ([]);
  #element = h("div", { class: "saved", role: "group", "aria-label": common.savedViews });
  #dialog;

  /**
   * @param {Context} context
   * @param {HTMLElement} nav
   * @param {InboxRoom} room
   * @param {Views} views
   */
  constructor(context, nav, room, views) {
    this.#context = context;
    this.#room = room;
    this.#views = views;
    this.#nav = nav;
    this.#dialog = new ViewDialog(context, (id) => this.#changed(id));
    context.commands.also(() => this.#commands());
  }

  /** @param {Found} found */
  show({ views, sites, teams }) {
    this.#sites = sites;
    const at = this.#shown.find(({ link }) => link === document.activeElement)?.id;
    this.#shown = [
      ...views.map((view) => this.#entry({ id: view.id, title: view.name, ...asked(view), view })),
      ...teams.map(({ id, name }) => {
        const title = `${texts.team}: ${name}`;
        return this.#entry({ id: `team ${id}`, title, filter: "open", query: `team:${id}` });
      }),
    ];
    this.#element.replaceChildren(...this.#shown.flatMap(({ link, change }) => [link, change]));
    if (this.#shown.length > 0) this.#nav.append(this.#element);
    else this.#element.remove();
    this.mark();
    if (at) this.#linkOf(at)?.focus();
  }

  /** The list shows something else. */
  mark() {
    const { view, query } = this.#room.place;
    for (const one of this.#shown) {
      const isShown = one.filter === view && one.query === query;
      set(one.link, "aria-current", isShown && "true");
      one.change.hidden = !isShown || !one.view?.editable;
    }
  }

  get first() {
    return this.#shown[0]?.link;
  }

  /** Save what the list shows, or change a view that is there. @param {View} [view] */
  open(view) {
    const { view: filter, query: q } = this.#room.place;
    const made = { id: newUuid(), name: "", query: { filter, q } };
    this.#dialog.open(view ?? made, this.#sites, Boolean(view));
  }

  /** @param {Omit<Shown, "link" | "change">} one @returns {Shown} */
  #entry(one) {
    const { title, filter, query, view } = one;
    const href = this.#context.route.href({ view: filter, query });
    const link = h("a", { href, title }, h("bdi", {}, title));
    follow(link, () => void this.#room.look(filter, query));
    const label = `${texts.change} ${title}`;
    const change = h("button", { type: "button", class: "bare", "aria-label": label }, "…");
    change.onclick = () => this.open(view);
    return { ...one, link, change };
  }

  /** @returns {Command[]} */
  #commands() {
    const { view: filter, query } = this.#room.place;
    const go = this.#shown.map((one) => ({
      id: `view ${one.id}`,
      title: one.view ? `${one.view.site ? texts.shared : texts.view}: ${one.title}` : one.title,
      run: () => void this.#room.goTo(one.filter, one.query),
    }));
    const here = this.#shown.filter((one) => one.filter === filter && one.query === query);
    const changes = here.flatMap(({ id, title, view }) => {
      const run = () => this.open(view);
      return view?.editable
        ? [{ id: `change ${id}`, title: `${texts.change}: ${title}`, run }]
        : [];
    });
    return [...go, ...changes];
  }

  /** @param {string} id */
  #linkOf(id) {
    return this.#shown.find((one) => one.id === id)?.link;
  }

  /** One was saved or deleted. @param {string} id */
  async #changed(id) {
    await this.#views.load();
    const link = this.#linkOf(id) ?? this.#nav.querySelector("[aria-current]");
    if (link instanceof HTMLElement && !document.querySelector("dialog[open]")) link.focus();
  }
}

/** What a view asks of the list, as the page's address has it. @param {View} view */
function asked({ query }) {
  const filter = FILTERS.find((one) => one === query.filter) ?? "all";
  const parts = Object.entries({ ...TYPED, ...WHERE }).flatMap(([name, typed]) => {
    const value = query[name];
    return value ? [`${typed}:${/\s/.test(value) ? `"${value}"` : value}`] : [];
  });
  return { filter, query: [query.q ?? "", ...parts].join(" ").trim() };
}

/** A view's name, and who has it. */
class ViewDialog {
  #context;
  #done;
  /** @type {Pick<View, "id" | "name" | "query" | "site">} */
  #view = { id: "", name: "", query: {} };
  /** What is on its way. It may be closed meanwhile, and another one opened. */
  #busy = /** @type {object | undefined} */ (undefined);
  #opening = {};
  #title = h("h2", {});
  #what = h("p", { class: "hint", dir: "auto" });
  #name = h("input", { id: "view-name", required: true, maxlength: "60", autocomplete: "off" });
  #place = h("select", { id: "view-place" });
  #placing = h("div", { class: "labelled" }, h("label", { for: "view-place" }, texts.place));
  #why = h("p", { class: "unfilled", role: "status" });
  #remove;
  #element;

  /** @param {Context} context @param {(id: string) => Promise<void>} done */
  constructor(context, done) {
    this.#context = context;
    this.#done = done;
    this.#remove = sureButton(texts.remove, texts.sure, () => this.#send("DELETE"));
    const cancel = h("button", { type: "button", class: "quiet" }, texts.cancel);
    cancel.onclick = () => this.#element.close();
    this.#placing.append(this.#place);
    const form = h(
      "form",
      {},
      h("div", { class: "labelled" }, h("label", { for: "view-name" }, texts.name), this.#name),
      this.#placing,
      this.#why,
      h("div", { class: "buttons" }, h("button", { class: "primary" }, texts.save), this.#remove),
    );
    form.lastElementChild?.append(cancel);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#send("PUT");
    };
    this.#element = h("dialog", { class: "snooze", "aria-labelledby": "view-title" });
    this.#title.id = "view-title";
    this.#element.append(this.#title, this.#what, form);
  }

  /**
   * @param {Pick<View, "id" | "name" | "query" | "site">} view
   * @param {Found["sites"]} sites where it may be shared
   * @param {boolean} isThere
   */
  open(view, sites, isThere) {
    if (this.#element.open) return;
    if (!this.#element.isConnected) document.body.append(this.#element);
    this.#view = view;
    this.#opening = {};
    say(this.#title, isThere ? texts.change : common.saveView);
    const { filter, query } = asked({ ...view, editable: true });
    say(this.#what, [common.filters[filter], query].filter(Boolean).join(" · "));
    this.#name.value = view.name;
    const known = sites.some(({ id }) => id === view.site) || !view.site;
    const all = known ? sites : [...sites, { id: view.site ?? "", name: view.site ?? "" }];
    this.#place.replaceChildren(
      h("option", { value: "" }, texts.mine),
      ...all.map(({ id, name }) => h("option", { value: id }, `${texts.site}: ${name}`)),
    );
    this.#place.value = view.site ?? "";
    this.#placing.hidden = all.length === 0;
    this.#remove.hidden = !isThere;
    say(this.#why, "");
    this.#element.showModal();
    this.#name.focus();
    this.#name.select();
  }

  /** @param {"PUT" | "DELETE"} method */
  async #send(method) {
    const opening = this.#opening;
    if (this.#busy === opening) return;
    this.#busy = opening;
    say(this.#why, "");
    const { id, query } = this.#view;
    const site = this.#place.value;
    const body = { name: this.#name.value, query, ...(site && { site }) };
    try {
      const options = method === "PUT" ? { method, body } : { method };
      await this.#context.client.call(`${PATH}/${id}`, options);
      if (this.#opening === opening) this.#element.close();
      await this.#done(id);
    } catch (error) {
      if (this.#opening !== opening) return;
      say(
        this.#why,
        error instanceof Problem && error.message ? error.message : common.unreachable,
      );
    } finally {
      if (this.#busy === opening) this.#busy = undefined;
    }
  }
}

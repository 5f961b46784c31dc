// @ts-check
import { h, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { newUuid } from "../uuid.js";
import { section } from "./form.js";
import { LeaveDialog } from "./leave.js";
import { TeamCard } from "./team_card.js";
import { TEAMS, teamPath } from "./team_values.js";
import { texts } from "./teams_texts.js";
/** @import { Context } from "../context.js" */
/** @import { SiteName } from "./people.js" */
/** @import { SiteTeam, TeamPerson } from "./team_values.js" */

/** All teams, and a way to make one. */
export class Teams {
  #context;
  #asked = 0;
  #none = h("p", { class: "presence", role: "status" });
  #rows = h("ul", { class: "things teams", tabindex: "-1", "aria-label": texts.all });
  #name = h("input", { id: "new-team", maxlength: "200", required: true, autocomplete: "off" });
  #site = h("select", { id: "new-team-site" });
  #ofSite = h("div", {}, h("label", { for: "new-team-site" }, texts.site), this.#site);
  #make = h("button", { class: "primary", disabled: true }, texts.make);
  /** The id of the next one: a repeat makes no second one. */
  #next = newUuid();
  /** @type {Map<string, TeamCard>} */
  #all = new Map();
  /** @type {TeamPerson[]} */
  #people = [];
  /** @type {SiteName[]} */
  #sites = [];
  #leave = new LeaveDialog(
    async () => {
      for (const one of this.#changed) if (!(await one.save())) return false;
      return true;
    },
    () => {
      for (const one of this.#changed) one.discard();
    },
  );

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    const beside = h("div", { class: "beside" }, this.#name, this.#make);
    const label = h("label", { for: "new-team" }, texts.name);
    const form = h("form", { class: "asked" }, this.#ofSite, label, beside);
    form.onsubmit = (event) => {
      event.preventDefault();
      void this.#begin();
    };
    this.element = h(
      "div",
      {},
      h("p", { class: "presence lead" }, texts.lead),
      section(texts.all, this.#none, this.#rows),
      section(texts.newOne, form),
      this.#leave.element,
    );
  }

  async load() {
    const asked = ++this.#asked;
    const { client } = this.#context;
    const calls = () => Promise.all([client.call(TEAMS), client.call("manager/sites")]);
    const found = await attempt(this.#context, calls);
    if (!found || asked !== this.#asked) return;
    /** @type {[{teams: SiteTeam[], people: TeamPerson[]}, {sites: SiteName[]}]} */
    const [{ teams, people }, { sites }] = found;
    this.#people = people;
    this.#sites = sites;
    this.#all.clear();
    this.#rows.replaceChildren();
    for (const team of teams) this.#add(team);
    this.#offer();
    this.#count();
  }

  /** Somebody is about to leave. @param {() => void} goOn @returns {boolean} whether they are asked first */
  holds(goOn) {
    if (this.#changed.length === 0) return false;
    this.#leave.ask(goOn);
    return true;
  }

  /** Nobody is here any more. */
  left() {
    this.#asked++;
  }

  get #changed() {
    return [...this.#all.values()].filter((one) => one.isChanged);
  }

  /** Where there are several websites, it is of one. */
  #offer() {
    const used = this.#sites.filter(({ archived }) => !archived);
    const chosen = this.#site.value;
    this.#site.replaceChildren(...used.map(({ id, name }) => h("option", { value: id }, name)));
    if (used.some(({ id }) => id === chosen)) this.#site.value = chosen;
    this.#ofSite.hidden = used.length < 2;
    this.#make.disabled = used.length === 0;
  }

  #count() {
    say(this.#none, this.#all.size === 0 ? texts.none : "");
  }

  /** @param {SiteTeam} team */
  #add(team) {
    const site = this.#sites.find(({ id }) => id === team.site)?.name ?? team.site;
    const events = {
      saved: () => this.#again(),
      gone: (/** @type {string} */ id) => this.#gone(id),
    };
    const named = this.#sites.length > 1 ? site : "";
    const card = new TeamCard(this.#context, team, this.#people, named, events);
    this.#all.set(team.id, card);
    this.#rows.append(card.element);
    return card;
  }

  /** @param {string} id */
  #gone(id) {
    this.#all.get(id)?.element.remove();
    this.#all.delete(id);
    this.#count();
    this.#rows.focus();
  }

  /** One of them has changed, and with it maybe who gets new chats. */
  async #again() {
    const asked = ++this.#asked;
    const { client } = this.#context;
    const found = await attempt(this.#context, () => client.call(TEAMS));
    if (!found || asked !== this.#asked) return;
    this.#people = found.people;
    for (const team of found.teams) this.#all.get(team.id)?.take(team, found.people);
  }

  async #begin() {
    const { client } = this.#context;
    const body = { site: this.#site.value, name: this.#name.value };
    this.#make.disabled = true;
    const call = () => client.call(teamPath(this.#next), { method: "PUT", body });
    const made = await attempt(this.#context, call);
    this.#make.disabled = false;
    if (!made) return;
    this.#next = newUuid();
    this.#name.value = "";
    // Whoever has left meanwhile finds it when they are back.
    if (!this.element.isConnected || this.element.hidden) return;
    this.#add(made).open();
    this.#count();
  }
}

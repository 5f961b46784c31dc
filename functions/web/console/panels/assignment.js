// @ts-check
import { h } from "../../view/dom.js";
import { YOURS } from "../alerts.js";
import { attempt } from "../failing.js";
import { own } from "../texts.js";
/** @import { ChatSummary } from "../../client/types.js" */
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{ title: "Responsible", who: "Person", team: "Team", nobody: "Nobody", none: "No team" },
    ...{
      me: "Assign to me",
      assigned: "The chat is assigned.",
      back: "Give my waiting chats back to the team",
    },
    ...{ look: "Show unassigned", notice: "Now responsible" },
    given: (/** @type {number} */ chats) =>
      chats === 1 ? "1 chat is the team's again." : `${chats} chats are the team's again.`,
  },
  de: {
    ...{ title: "Zuständig", who: "Person", team: "Team", nobody: "Niemand", none: "Kein Team" },
    ...{
      me: "Mir zuweisen",
      assigned: "Der Chat ist zugewiesen.",
      back: "Meine wartenden Chats dem Team zurückgeben",
    },
    ...{ look: "Nicht zugewiesene zeigen", notice: "Jetzt zuständig" },
    given: (/** @type {number} */ chats) =>
      chats === 1 ? "1 Chat gehört wieder dem Team." : `${chats} Chats gehören wieder dem Team.`,
  },
});

/**
 * @typedef {{id: string, name: string}} Named
 * @typedef {Named & {sites?: string[]}} Person
 * @typedef {Named & {site: string}} TeamName
 */

/** Who may be responsible: asked for once, and again where somebody is about to choose. */
class Choices {
  #context;
  #asked = false;
  /** @type {Person[]} */
  people = [];
  /** @type {TeamName[]} */
  teams = [];

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  async ask() {
    this.#asked = true;
    const found = await attempt(this.#context, () => this.#context.client.call("manager/teams"));
    if (!found) return;
    this.people = found.people;
    this.teams = found.teams;
    this.#context.changed();
  }

  /** @param {ChatSummary} chat @returns {Named[]} */
  peopleOf({ site = "", assignee }) {
    if (!this.#asked) void this.ask();
    const { me } = this.#context;
    const see = this.people.filter(({ sites }) => !sites || sites.includes(site));
    return withOne(withOne(see, me), assignee);
  }

  /** @param {ChatSummary} chat @returns {Named[]} */
  teamsOf({ site, team }) {
    return withOne(
      this.teams.filter((one) => one.site === site),
      team,
    );
  }
}

/** @param {Named[]} all @param {{id?: string | null, name: string} | null | undefined} one */
function withOne(all, one) {
  const { id, name = "" } = one ?? {};
  return !id || all.some((other) => other.id === id) ? all : [...all, { id, name }];
}

/** Who is responsible for a chat. Who answers it stays as it is. @type {Panel} */
export const assignment = {
  order: 15,
  notices: { [YOURS]: texts.notice },
  details(context) {
    const choices = new Choices(context);
    /** @type {ChatSummary | undefined} */
    let shown;
    const chooser = (/** @type {"assignee" | "team"} */ field, /** @type {string} */ none) => {
      const select = h("select", { id: `assign-${field}` });
      let drawn = "";
      select.onfocus = () => void choices.ask();
      select.onchange = () => shown && assign(context, shown, { [field]: select.value || null });
      return {
        select,
        /** @param {Named[]} all @param {string} chosen */
        draw(all, chosen) {
          const now = JSON.stringify([all, chosen]);
          if (now === drawn) return;
          drawn = now;
          const options = [{ id: "", name: none }, ...all];
          select.replaceChildren(
            ...options.map(({ id, name }) => h("option", { value: id }, name)),
          );
          select.value = chosen;
        },
      };
    };
    const who = chooser("assignee", texts.nobody);
    const team = chooser("team", texts.none);
    const teamField = labelled(texts.team, team.select);
    return {
      title: texts.title,
      element: h("div", {}, labelled(texts.who, who.select), teamField),
      draw(chat) {
        shown = chat;
        who.draw(choices.peopleOf(chat), chat.assignee?.id ?? "");
        const teams = choices.teamsOf(chat);
        team.draw(teams, chat.team?.id ?? "");
        teamField.hidden = teams.length === 0;
      },
    };
  },
  commands: (context) => [
    {
      ...{ title: texts.me, keys: "Alt+A" },
      possible: () => context.route.place.chat !== "",
      run: () =>
        assign(context, { chat_id: context.route.place.chat }, { assignee: context.me.id }),
    },
    { title: texts.back, run: () => void giveBack(context) },
  ],
};

/** @param {string} label @param {HTMLSelectElement} select */
const labelled = (label, select) =>
  h("p", { class: "fields" }, h("label", { for: select.id }, label), select);

/**
 * @param {Context} context
 * @param {Pick<ChatSummary, "chat_id">} chat
 * @param {{assignee?: string | null, team?: string | null}} to
 */
async function assign(context, { chat_id: chat }, to) {
  await context.undo.change([chat], { act: "assign", ...to }, () => texts.assigned);
}

/** @param {Context} context */
async function giveBack(context) {
  const call = () => context.client.post("manager/assignments/give-back", {});
  const given = await attempt(context, call);
  if (!given) return;
  const look = () => context.go({ view: "unassigned" });
  context.toast.offer(texts.given(given.chats), texts.look, look);
}

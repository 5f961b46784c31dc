// @ts-check
import { h, set } from "../../view/dom.js";
import { FirstSteps } from "../first_steps.js";
import { follow } from "../follow.js";
import { texts as common } from "../texts.js";
import { AssistantPage } from "./assistant_page.js";
import { assistantTexts } from "./assistant_texts.js";
import { Assistants } from "./assistants.js";
import { SitePage } from "./site_page.js";
import { Sites } from "./sites.js";
import { Team } from "./team.js";
import { Teams } from "./teams.js";
import { texts as teamsTexts } from "./teams_texts.js";
import { texts } from "./texts.js";
/** @import { Context } from "../context.js" */
/** @import { Room } from "../panels.js" */

/**
 * @typedef {{element: HTMLElement, load: () => Promise<void>, left?: () => void,
 *   holds?: (goOn: () => void) => boolean}} All what a part shows first
 * @typedef {{element: HTMLElement, show: (id: string) => Promise<void>, left: () => void,
 *   holds: (goOn: () => void) => boolean}} One a page for one of them
 * @typedef {{name: string, title: string, all: All, one?: One}} Part
 */

const USUAL = "sites";

/** @param {string} rest */
const place = (rest) => ({ room: "settings", rest });

/** @param {Context} context @returns {Part[]} */
const partsOf = (context) => [
  { name: "start", title: texts.start, all: new FirstSteps(context) },
  {
    ...{ name: "sites", title: texts.sites, all: new Sites(context, place) },
    one: new SitePage(context, place("sites")),
  },
  {
    ...{ name: "assistants", title: assistantTexts.title, all: new Assistants(context, place) },
    one: new AssistantPage(context, place),
  },
  { name: "team", title: texts.team, all: new Team(context) },
  { name: "teams", title: teamsTexts.title, all: new Teams(context) },
];

/**
 * The settings, in a page that is there already.
 * @param {Context} context
 * @param {HTMLElement} element
 * @returns {Room}
 */
export function makeRoom(context, element) {
  const { route, go } = context;
  const parts = partsOf(context);
  const links = parts.map(({ name, title }) => {
    const link = h("a", { href: route.href(place(name)) }, title);
    follow(link, () => go(place(name)));
    return link;
  });
  const nav = h("nav", { class: "parts", "aria-label": texts.parts }, ...links);
  const lists = h(
    "div",
    {},
    h("h1", {}, common.settings),
    nav,
    ...parts.map(({ all }) => all.element),
  );
  const pages = parts.flatMap(({ one }) => (one ? [one] : []));
  element.replaceChildren(lists, ...pages.map((one) => one.element));
  /** @param {Part} part @param {One | undefined} one */
  const show = (part, one) => {
    lists.hidden = Boolean(one);
    for (const [n, link] of links.entries()) {
      set(link, "aria-current", parts[n] === part ? "page" : null);
    }
    for (const { all } of parts) all.element.hidden = all !== part.all;
    for (const page of pages) page.element.hidden = page !== one;
    const places = [...parts.map(({ all }) => all), ...pages];
    for (const other of places) if (other !== (one ?? part.all)) other.left?.();
    element.scrollTop = 0;
  };
  return {
    element,
    holds: (goOn) =>
      pages.some((one) => one.holds(goOn)) || parts.some(({ all }) => all.holds?.(goOn)),
    moved({ rest }) {
      const [named, id] = rest.split("/");
      const part =
        parts.find(({ name }) => name === named) ?? parts.find(({ name }) => name === USUAL);
      if (!part) return;
      // Every part has one address.
      if (part.name !== named) route.searched(place(part.name));
      const one = id ? part.one : undefined;
      show(part, one);
      void (one && id ? one.show(id) : part.all.load());
    },
  };
}

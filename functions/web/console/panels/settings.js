// @ts-check
import { h, set } from "../../view/dom.js";
import { follow } from "../follow.js";
import { SitePage } from "../settings/site_page.js";
import { Sites } from "../settings/sites.js";
import { Team } from "../settings/team.js";
import { texts } from "../settings/texts.js";
/** @import { Context } from "../context.js" */
/** @import { Panel, Room } from "../panels.js" */

const SETTINGS = "settings";
const PARTS = /** @type {const} */ (["sites", "team"]);

/** @param {string} rest */
const place = (rest) => ({ room: SETTINGS, rest });

/** How the installation works, for admins. @type {Panel} */
export const settings = {
  order: 20,
  room: { name: SETTINGS, icon: "settings", title: texts.title, admin: true, make },
  commands: ({ me, go }) =>
    me.role === "admin" ? [{ title: texts.title, keys: "G S", run: () => go(place("sites")) }] : [],
};

/** @param {Context} context @returns {Room} */
function make(context) {
  const { route, go } = context;
  const sites = new Sites(context, place);
  const team = new Team(context);
  const site = new SitePage(context, place("sites"));
  const links = PARTS.map((part) => {
    const link = h("a", { href: route.href(place(part)) }, texts[part]);
    follow(link, () => go(place(part)));
    return link;
  });
  const nav = h("nav", { class: "parts", "aria-label": texts.parts }, ...links);
  const all = h("div", {}, h("h1", {}, texts.title), nav, sites.element, team.element);
  const element = h(
    "main",
    { class: "page settings", hidden: true, tabindex: "-1", "aria-label": texts.title },
    all,
    site.element,
  );
  return {
    element,
    holds: (goOn) => site.holds(goOn),
    moved({ rest }) {
      const [part, id = ""] = rest.split("/");
      const isTeam = part === "team";
      // Every part has one address.
      if (!PARTS.some((one) => one === part)) route.searched(place("sites"));
      const isOne = Boolean(id) && !isTeam;
      all.hidden = isOne;
      site.element.hidden = !isOne;
      sites.element.hidden = isTeam;
      team.element.hidden = !isTeam;
      for (const [n, link] of links.entries()) {
        set(link, "aria-current", PARTS[n] === part ? "page" : null);
      }
      element.scrollTop = 0;
      if (isOne) return void site.show(id);
      site.left();
      void (isTeam ? team.load() : sites.load());
    },
  };
}

// @ts-check
import { h, icon } from "../../view/dom.js";
import { ago } from "../ago.js";
import { browserOf } from "../browser.js";
import { attempt } from "../failing.js";
import { sureButton } from "../sure.js";
import { own } from "../texts.js";
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */
/** @import { SessionInfo } from "../../client/types.js" */

const texts = own({
  en: {
    ...{ title: "Where you are signed in", here: "This browser", unknown: "Unknown browser" },
    ...{ end: "End", sure: "End it now?", others: "End all others", all: "End all others now?" },
    seen: (/** @type {string} */ when) => `Seen ${when}`,
    since: (/** @type {string} */ when) => `signed in ${when}`,
    hint: "A browser that you end is signed out at once. So is a link that nobody has used.",
  },
  de: {
    ...{ title: "Wo Sie angemeldet sind", here: "Dieser Browser", unknown: "Unbekannter Browser" },
    ...{ end: "Beenden", sure: "Jetzt beenden?", others: "Alle anderen beenden" },
    ...{ all: "Alle anderen jetzt beenden?" },
    seen: (/** @type {string} */ when) => `Zuletzt gesehen: ${when}`,
    since: (/** @type {string} */ when) => `angemeldet ${when}`,
    hint: "Ein beendeter Browser ist sofort abgemeldet. Ein unbenutzter Link gilt nicht mehr.",
  },
});

/** Where the manager is signed in, and the end of it. @type {Panel} */
export const sessions = {
  order: 25,
  account(context) {
    const list = h("ul", { class: "things" });
    const load = async () => {
      const found = await attempt(context, () => context.client.call("manager/sessions"));
      if (found) draw(found.sessions);
    };
    /** @param {string} id empty: all but this one */
    const end = async (id) => {
      const path = id ? `manager/sessions/${id}` : "manager/sessions";
      await attempt(context, () => context.client.call(path, { method: "DELETE" }));
      // Where the button was, the keyboard goes on.
      list.focus();
      await load();
    };
    const others = sureButton(texts.others, texts.all, () => end(""));
    /** @param {SessionInfo[]} all */
    const draw = (all) => {
      list.replaceChildren(...all.map((one) => row(context, one, end)));
      others.hidden = all.length < 2;
    };
    list.tabIndex = -1;
    list.setAttribute("aria-label", texts.title);
    const element = h("div", {}, list, h("p", { class: "hint" }, texts.hint), others);
    return { title: texts.title, element, hidden: context.me.open, moved: () => void load() };
  },
};

/**
 * @param {Context} context
 * @param {SessionInfo} session
 * @param {(id: string) => Promise<void>} end
 */
function row({ format }, { id, user_agent: agent, current, seen_at: seen, created_at: made }, end) {
  const { name, small } = browserOf(agent ?? "");
  const known = name || texts.unknown;
  const when = `${texts.seen(ago(seen))} · ${texts.since(format.full(made))}`;
  return h(
    "li",
    {},
    h("span", { class: "sign" }, icon(small ? "device" : "screen")),
    h(
      "div",
      {},
      h("p", { class: "what" }, known, " ", current && h("span", { class: "chip" }, texts.here)),
      h("p", { class: "presence" }, when),
    ),
    !current && sureButton(texts.end, texts.sure, () => end(id), known),
  );
}

// @ts-check
import { h } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { follow } from "../follow.js";
import { INBOX } from "../route.js";
import { own } from "../texts.js";
/** @import { ChatSummary } from "../../client/types.js" */
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{ title: "Tags", add: "Add a tag", put: "Tag the chat" },
    remove: (/** @type {string} */ name) => `Take away ${name}`,
  },
  de: {
    ...{ title: "Schlagwörter", add: "Schlagwort", put: "Chat verschlagworten" },
    remove: (/** @type {string} */ name) => `${name} wegnehmen`,
  },
});
const FIELD = "tag-name";

/** The team's words about a chat. Each leads to the chats that have it. @type {Panel} */
export const tags = {
  order: 16,
  details(context) {
    const { client } = context;
    const known = h("datalist", { id: "tags-known" });
    const field = h("input", { id: FIELD, list: known.id, maxlength: "41", autocomplete: "off" });
    const list = h("ul", { class: "tags" });
    /** @type {ChatSummary | undefined} */
    let chat;
    let drawn = "";
    field.onfocus = async () => {
      const found = await attempt(context, () => client.call("manager/tags"));
      const here = (found?.tags ?? []).filter(
        (/** @type {{site: string}} */ { site }) => site === chat?.site,
      );
      const names = here.map((/** @type {{name: string}} */ { name }) => name);
      known.replaceChildren(...names.map((/** @type {string} */ value) => h("option", { value })));
    };
    const form = h(
      "form",
      { class: "fields" },
      h("label", { for: FIELD }, texts.add),
      field,
      known,
    );
    form.onsubmit = (event) => {
      event.preventDefault();
      const name = field.value.trim();
      field.value = "";
      if (name && chat) void change(context, chat, { add: [name] });
    };
    return {
      title: texts.title,
      element: h("div", {}, list, form),
      draw(shown) {
        chat = shown;
        const now = JSON.stringify([shown.chat_id, shown.tags]);
        if (now === drawn) return;
        drawn = now;
        list.replaceChildren(...(shown.tags ?? []).map((one) => row(context, shown, one)));
      },
    };
  },
  commands: (context) => [
    {
      ...{ title: texts.put, keys: "Alt+G" },
      possible: () => context.route.place.chat !== "",
      run: () => {
        const field = document.getElementById(FIELD);
        // Where they have no column, the details are shown first.
        if (!field?.offsetParent) context.details();
        field?.focus();
      },
    },
  ],
};

/** @param {Context} context @param {ChatSummary} chat @param {{id: string, name: string}} tag */
function row(context, chat, { id, name }) {
  const query = `#${name}`;
  const link = h("a", { href: context.route.href({ room: INBOX, view: "all", query }) }, query);
  follow(link, () => context.go({ room: INBOX, view: "all", query }));
  const label = texts.remove(name);
  const remove = h(
    "button",
    { type: "button", class: "bare", "aria-label": label, title: label },
    "×",
  );
  remove.onclick = () => void change(context, chat, { remove: [id] });
  return h("li", {}, h("bdi", {}, link), remove);
}

/**
 * @param {Context} context
 * @param {ChatSummary} chat
 * @param {{add?: string[], remove?: string[]}} how
 */
async function change(context, { chat_id: id }, how) {
  const call = () => context.client.post(`manager/chats/${id}/tags`, how);
  const changed = await attempt(context, call);
  if (changed) context.learn([changed]);
  context.changed();
}

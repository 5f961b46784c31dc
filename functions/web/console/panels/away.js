// @ts-check
import { h } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { own } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{ title: "Presence", away: "I am away", here: "I am there again" },
    hint: "While you are away, visitors are not told that you are here. It holds in all your browsers.",
  },
  de: {
    ...{ title: "Anwesenheit", away: "Ich bin nicht da", here: "Ich bin wieder da" },
    hint: "Solange Sie nicht da sind, sagt der Chat Besuchern nicht, dass Sie da sind. Das gilt in allen Ihren Browsern.",
  },
});
const PATH = "manager/away";

/** Whether one is away by hand. @type {Panel} */
export const away = {
  order: 12,
  account(context) {
    // Until it is known whether one is away.
    const box = h("input", { type: "checkbox", id: "away", disabled: true });
    const label = h("label", { for: "away" }, texts.away);
    const { client } = context;
    void attempt(context, () => client.call(PATH)).then((now) => {
      box.checked = Boolean(now?.away);
      box.disabled = false;
    });
    box.onchange = async () => {
      const to = { method: "PUT", body: { away: box.checked } };
      const now = await attempt(context, () => client.call(PATH, to));
      box.checked = now ? now.away : !box.checked;
    };
    const element = h("div", {}, h("p", { class: "beside" }, box, label));
    element.append(h("p", { class: "hint" }, texts.hint));
    element.hidden = context.me.open;
    return { title: texts.title, element };
  },
  commands: (context) => {
    if (context.me.open) return [];
    const put = (/** @type {boolean} */ is) => () =>
      void attempt(context, () => context.client.call(PATH, { method: "PUT", body: { away: is } }));
    return [
      { title: texts.away, run: put(true) },
      { title: texts.here, run: put(false) },
    ];
  },
};

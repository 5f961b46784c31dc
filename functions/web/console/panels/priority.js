// @ts-check
import { h, say } from "../../view/dom.js";
import { attempt } from "../failing.js";
import { own } from "../texts.js";
/** @import { ChatSummary } from "../../client/types.js" */
/** @import { Context } from "../context.js" */
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{ title: "Priority", put: "Set the chat's priority", cycle: "Conversation" },
    ...{ low: "Low", normal: "Normal", high: "High", urgent: "Urgent" },
    answered: (/** @type {string} */ time) => `First answered by a person after ${time}`,
    unanswered: "No person has answered yet",
  },
  de: {
    ...{ title: "Dringlichkeit", put: "Dringlichkeit des Chats setzen", cycle: "Gespräch" },
    ...{ low: "Niedrig", normal: "Normal", high: "Hoch", urgent: "Dringend" },
    answered: (/** @type {string} */ time) => `Von einem Menschen beantwortet nach ${time}`,
    unanswered: "Noch kein Mensch hat geantwortet",
  },
});
export const PRIORITIES = /** @type {const} */ (["urgent", "high", "normal", "low"]);
/** @typedef {typeof PRIORITIES[number]} Priority */
const FIELD = "chat-priority";
const MINUTE = 60_000;

/** @param {Priority | undefined | null} which */
export const priorityName = (which) => (which ? texts[which] : "");

/** How much a chat presses, and how soon a person has answered. @type {Panel} */
export const priority = {
  order: 13,
  details(context) {
    const select = h(
      "select",
      { id: FIELD, "aria-label": texts.title },
      ...PRIORITIES.map((one) => h("option", { value: one }, texts[one])),
    );
    const cycle = h("p", { class: "hint" });
    /** @type {ChatSummary | undefined} */
    let shown;
    // One after the other: who goes through them with the keys wants the last one.
    let last = Promise.resolve();
    let asked = 0;
    select.onchange = () => {
      const [chat, how, number] = [shown, select.value, ++asked];
      if (!chat) return;
      last = last.then(async () => {
        if (number < asked && chat.chat_id === shown?.chat_id) return;
        await change(context, chat, how);
        // What was refused is not shown as if it were done.
        if (number === asked && shown) select.value = shown.priority ?? "normal";
      });
    };
    select.onblur = () => context.changed();
    return {
      title: texts.title,
      element: h("div", { class: "fields" }, select, cycle),
      draw(chat) {
        // What somebody is about to choose is not taken away from them.
        if (shown?.chat_id !== chat.chat_id || document.activeElement !== select)
          select.value = chat.priority ?? "normal";
        shown = chat;
        say(cycle, told(chat));
      },
    };
  },
  commands: (context) => [
    {
      ...{ title: texts.put, keys: "Alt+P" },
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

/** @param {ChatSummary} chat */
function told({ cycle }) {
  if (!cycle) return "";
  const which = cycle.number > 1 ? `${texts.cycle} ${cycle.number}. ` : "";
  const { first_response_at: at, began_at: began } = cycle;
  return (
    which + (at ? texts.answered(lasting(Date.parse(at) - Date.parse(began))) : texts.unanswered)
  );
}

/** @param {number} ms */
function lasting(ms) {
  const minutes = Math.round(ms / MINUTE);
  if (minutes < 1) return `${Math.round(ms / 1000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @param {Context} context @param {ChatSummary} chat @param {string} how */
async function change(context, { chat_id: id }, how) {
  const call = () => context.client.post(`manager/chats/${id}/priority`, { priority: how });
  const changed = await attempt(context, call);
  if (changed) context.learn([changed]);
  context.changed();
}

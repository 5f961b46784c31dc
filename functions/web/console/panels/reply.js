// @ts-check
import { own } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({ en: { title: "Reply" }, de: { title: "Antwort" } });

/** What one writes goes to the visitor. @type {Panel} */
export const reply = {
  order: 10,
  tab: (_context, opened) => ({
    name: "reply",
    title: texts.title,
    answers: true,
    send: (text) => opened.send(text),
  }),
};

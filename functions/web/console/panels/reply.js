// @ts-check
import { CannedField } from "../canned_field.js";
import { wordsOf } from "../own_words.js";
import { own } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({ en: { title: "Reply" }, de: { title: "Antwort" } });

/** What one writes goes to the visitor. @type {Panel} */
export const reply = {
  order: 10,
  tab(context, opened) {
    const canned = new CannedField(context, opened);
    const words = wordsOf(context, opened);
    return {
      name: "reply",
      title: texts.title,
      answers: true,
      send: (text) => (words.edits ? void words.save(text) : opened.send(text)),
      holds: (text) => canned.holds(text),
      help: (field, composer) => words.above(canned.help(field), composer),
    };
  },
  acts(context, opened) {
    const words = wordsOf(context, opened);
    return (message) => words.acts(message);
  },
};

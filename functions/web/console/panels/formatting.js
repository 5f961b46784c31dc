// @ts-check
import { h, icon } from "../../view/dom.js";
import { shown } from "../commands.js";
import { own, texts as common } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: { group: "Formatting", bold: "Bold", italic: "Italic", code: "Code", link: "Link" },
  de: { group: "Auszeichnung", bold: "Fett", italic: "Kursiv", code: "Code", link: "Link" },
});

/** What a message of the team is written with: markdown. @type {Panel} */
export const formatting = {
  order: 20,
  tool(_context, { field, wrap }) {
    const tools = [
      { sign: "B", title: texts.bold, key: "KeyB", run: () => wrap("**") },
      { sign: "I", title: texts.italic, key: "KeyI", run: () => wrap("_") },
      { sign: "‹›", title: texts.code, key: "KeyE", run: () => wrap("`") },
      { sign: icon("link"), title: texts.link, key: "", run: () => wrap("[", "](https://)") },
    ];
    field.addEventListener("keydown", (event) => {
      if (event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      const tool = tools.find((one) => one.key === event.code);
      if (!tool) return;
      event.preventDefault();
      tool.run();
    });
    return h(
      "div",
      { class: "formatting", role: "group", "aria-label": texts.group },
      ...tools.map(({ sign, title, key, run }) => {
        const taught = key ? `${title} (${shown(`Mod+${key.slice(3)}`, common)})` : title;
        const label = { "aria-label": title, title: taught };
        return h("button", { type: "button", class: "bare", ...label, onclick: run }, sign);
      }),
    );
  },
};

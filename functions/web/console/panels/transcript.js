// @ts-check
import { h, set } from "../../view/dom.js";
import { lang, own } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: { title: "Transcript", save: "Save as", text: "Text", html: "Page", json: "Data" },
  de: { title: "Protokoll", save: "Speichern als", text: "Text", html: "Seite", json: "Daten" },
});
const FORMATS = /** @type {const} */ (["text", "html", "json"]);

/** The chat as a file. @type {Panel} */
export const transcript = {
  order: 30,
  details({ client }) {
    const links = FORMATS.map((format) => ({
      format,
      link: h("a", { class: "quiet", download: "" }, texts[format]),
    }));
    const row = h("p", { class: "formats", role: "group", "aria-label": texts.save });
    row.append(...links.map(({ link }) => link));
    return {
      title: texts.title,
      element: row,
      draw({ chat_id: chat }) {
        const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
        for (const { format, link } of links) {
          const query = new URLSearchParams({ format, language: lang, time_zone: zone });
          const path = `manager/chats/${encodeURIComponent(chat)}/transcript?${query}`;
          set(link, "href", new URL(path, client.base).href);
        }
      },
    };
  },
};

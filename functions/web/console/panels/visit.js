// @ts-check
import { h } from "../../view/dom.js";
import { link as linkTo } from "../../view/markup.js";
import { copyButton } from "../copy.js";
import { Facts } from "../facts.js";
import { INBOX } from "../route.js";
import { ownerOf } from "../row.js";
import { own } from "../texts.js";
/** @import { Panel } from "../panels.js" */

const texts = own({
  en: {
    ...{ title: "Visit", page: "Page now", since: "Since", active: "Last active" },
    ...{ by: "Answered by", messages: "Messages", link: "Copy link to this chat" },
  },
  de: {
    ...{ title: "Besuch", page: "Seite jetzt", since: "Seit", active: "Zuletzt aktiv" },
    ...{ by: "Es antwortet", messages: "Nachrichten", link: "Link zu diesem Chat kopieren" },
  },
});
const WEB = /^https?:\/\//i;

/** What the visitor does, and since when. @type {Panel} */
export const visit = {
  order: 20,
  details({ format, me, route }) {
    const facts = new Facts();
    let shown = "";
    const link = copyButton(texts.link, () => {
      const address = route.href({ room: INBOX, view: "open", chat: shown });
      return new URL(address, location.href).href;
    });
    return {
      title: texts.title,
      element: h("div", {}, facts.element, link),
      draw(chat) {
        const { page_url: page } = chat.visitor;
        facts.show([
          [texts.page, page && pageOf(page)],
          [texts.since, format.full(chat.created_at)],
          [texts.active, chat.active_at && format.full(chat.active_at)],
          [texts.by, h("bdi", {}, ownerOf(chat, me.id))],
          [texts.messages, format.number(chat.last_seq)],
        ]);
        shown = chat.chat_id;
      },
    };
  },
};

/** A visitor says which page it is; only a web address leads there. @param {string} page */
function pageOf(page) {
  if (!WEB.test(page)) return h("bdi", {}, page);
  const shown = page.replace(WEB, "").replace(/\/$/, "");
  return linkTo(page, shown);
}
